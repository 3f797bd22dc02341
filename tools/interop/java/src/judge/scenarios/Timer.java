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
import org.apache.rocketmq.common.message.MessageAccessor;

/** Arbitrary delivery times, by each of the three properties that 5.x clients set. */
public final class Timer implements Scenario {
  private static final int EACH = 5;

  @Override
  public void run(Context context) throws Exception {
    String topic = context.topic(4);
    int slackMs = context.parameter("slackMs", 2_500);
    ConcurrentHashMap<Integer, Long> arrived = new ConcurrentHashMap<>();
    DefaultMQPushConsumer consumer = context.newConsumer(context.group("c"));
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              for (var message : messages) {
                arrived.put(Body.indexOf(context.run(), message.getBody()), System.currentTimeMillis());
              }
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(consumer);
    var producer = context.producer();
    long[] due = new long[3 * EACH];
    for (int i = 0; i < due.length; i++) {
      Message message = context.message(topic, i);
      long now = System.currentTimeMillis();
      switch (i / EACH) {
        case 0 -> {
          due[i] = now + 3_500;
          MessageAccessor.putProperty(message, "TIMER_DELIVER_MS", String.valueOf(due[i]));
        }
        case 1 -> {
          due[i] = now + 4_000;
          MessageAccessor.putProperty(message, "TIMER_DELAY_SEC", "4");
        }
        default -> {
          due[i] = now + 5_300;
          MessageAccessor.putProperty(message, "TIMER_DELAY_MS", "5300");
        }
      }
      Context.stored(producer.send(message));
    }
    Check.await(
        "timed messages", Context.TIMEOUT_MS, () -> arrived.size() == due.length, () -> "got " + arrived.size());
    long worst = 0;
    for (int i = 0; i < due.length; i++) {
      long late = arrived.get(i) - due[i];
      Check.within("lateness in ms of message " + i, late, -1_050, slackMs);
      worst = Math.max(worst, late);
    }
    context.fact("worstLatenessMs", worst);
  }
}
