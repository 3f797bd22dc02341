package judge.scenarios;

import java.util.concurrent.ConcurrentHashMap;
import judge.Body;
import judge.Check;
import judge.Context;
import judge.Scenario;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.Message;

/** Delay levels: a message becomes visible at its level's time, not before, not much later. */
public final class Delay implements Scenario {
  private static final long[] LEVEL_MS = {0, 1_000, 5_000, 10_000};

  @Override
  public void run(Context context) throws Exception {
    int levels = context.parameter("levels", 3);
    int slackMs = context.parameter("slackMs", 1_500);
    int each = context.parameter("count", 20);
    String topic = context.topic(4);
    int total = (levels + 1) * each;
    ConcurrentHashMap<Integer, Long> arrived = new ConcurrentHashMap<>();
    DefaultMQPushConsumer consumer = context.newConsumer(context.group("c"));
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              for (var message : messages) {
                int index = Body.indexOf(context.run(), message.getBody());
                Long before = arrived.put(index, System.currentTimeMillis());
                if (before != null) {
                  arrived.put(-1, 0L);
                }
              }
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(consumer);
    var producer = context.producer();
    long[] sent = new long[total];
    for (int i = 0; i < total; i++) {
      Message message = context.message(topic, i);
      message.setDelayTimeLevel(i / each);
      sent[i] = System.currentTimeMillis();
      Context.stored(producer.send(message));
    }
    Check.await(
        total + " delayed messages", Context.TIMEOUT_MS, () -> arrived.size() >= total, () -> "got " + arrived.size());
    Check.that(!arrived.containsKey(-1), "a foreign, changed or second message");
    long worst = 0;
    for (int i = each; i < total; i++) {
      long late = arrived.get(i) - sent[i] - LEVEL_MS[i / each];
      Check.within("lateness in ms of level " + i / each, late, -50, slackMs);
      worst = Math.max(worst, late);
    }
    context.fact("worstLatenessMs", worst);
  }
}
