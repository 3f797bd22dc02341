package judge.scenarios;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import judge.Body;
import judge.Check;
import judge.Context;
import judge.Scenario;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.Message;

/** Delay levels, those of the broker's configuration: a message becomes visible at its level's time, not before, not much later. */
public final class Delay implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    // Level 0 is no delay.
    long[] levelMs =
        LongStream.concat(
                LongStream.of(0),
                Arrays.stream(context.text("levelsMs", "1000/5000/10000").split("/")).mapToLong(Long::parseLong))
            .toArray();
    int slackMs = context.parameter("slackMs", 1_500);
    int each = context.parameter("count", 20);
    String topic = context.topic(4);
    int total = levelMs.length * each;
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
      long late = arrived.get(i) - sent[i] - levelMs[i / each];
      Check.within("lateness in ms of level " + i / each, late, -50, slackMs);
      worst = Math.max(worst, late);
    }
    context.fact("worstLatenessMs", worst);
  }
}
