package judge.scenarios;

import java.util.concurrent.ConcurrentHashMap;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;

/** A message that waits for its time is recalled and never comes; others of its time do. */
public final class Recall implements Scenario {
  private static final int COUNT = 8;
  private static final int AFTER_MS = 6_000;
  private static final int QUIET_MS = 4_000;

  @Override
  public void run(Context context) throws Exception {
    String topic = context.topic(4);
    Tally tally = new Tally(context.run(), COUNT);
    context.consumer(context.group("c"), topic, "*", tally);
    DefaultMQProducer producer = context.producer();
    long due = System.currentTimeMillis() + AFTER_MS;
    ConcurrentHashMap<Integer, SendResult> sent = new ConcurrentHashMap<>();
    for (int i = 0; i < COUNT; i++) {
      Message message = context.message(topic, i);
      MessageAccessor.putProperty(message, "TIMER_DELIVER_MS", String.valueOf(due));
      sent.put(i, Context.stored(producer.send(message)));
    }
    for (int i = 0; i < COUNT; i += 2) {
      String handle = handleOf(sent.get(i));
      Check.that(handle != null && !handle.isEmpty(), "no handle to recall by");
      Check.equal("id of what was recalled", sent.get(i).getMsgId(), recall(producer, topic, handle));
    }
    context.awaitAll(tally, COUNT / 2);
    Thread.sleep(Math.max(0, due - System.currentTimeMillis()) + QUIET_MS);
    tally.verify(index -> index % 2 == 1);
    Check.equal("duplicates", 0, tally.duplicates());
    Exception refused =
        Check.throwing("a handle that is none", () -> recall(producer, topic, "bm90IGEgaGFuZGxl"));
    context.fact("refusal", String.valueOf(refused.getCause()).lines().findFirst().orElse(""));
  }

  // Clients of 4.x have neither, and this judge is built for them too.
  private static String handleOf(SendResult result) throws Exception {
    return (String) SendResult.class.getMethod("getRecallHandle").invoke(result);
  }

  private static String recall(DefaultMQProducer producer, String topic, String handle) throws Exception {
    return (String)
        DefaultMQProducer.class
            .getMethod("recallMessage", String.class, String.class)
            .invoke(producer, topic, handle);
  }
}
