package judge.scenarios;

import java.nio.file.Files;
import java.nio.file.Path;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;

/**
 * Every instance of a broadcasting group gets everything; progress is kept at the client, and what a listener does not
 * accept is not retried.
 */
public final class Broadcast implements Scenario {
  /** The first retry would come after 10 s. */
  private static final int RETRY_MS = 12_000;

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 100);
    String topic = context.topic(4);
    String group = context.group("c");
    Tally first = new Tally(context.run(), count);
    Tally second = new Tally(context.run(), count);
    consumer(context, group, topic, first);
    consumer(context, group, topic, second);
    context.sendAll(context.producer(), topic, 0, count);
    context.awaitAll(first, count);
    context.awaitAll(second, count);
    first.verifyExactlyOnce();
    second.verifyExactlyOnce();
    Path offsets = Path.of(System.getProperty("user.home"), ".rocketmq_offsets");
    Check.await("the local offset file", 15_000, () -> Files.isDirectory(offsets));
    Thread.sleep(RETRY_MS);
    first.verifyExactlyOnce();
    second.verifyExactlyOnce();
    Check.that(!context.hasRoute("%DLQ%" + group), "a dead-letter topic of a broadcasting group");
  }

  private static void consumer(Context context, String group, String topic, Tally tally) throws Exception {
    DefaultMQPushConsumer consumer = context.newConsumer(group);
    consumer.setMessageModel(Enum.valueOf(consumer.getMessageModel().getDeclaringClass(), "BROADCASTING"));
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              boolean isRefused = tally.add(Context.only(messages)) % 10 == 0;
              return isRefused
                  ? ConsumeConcurrentlyStatus.RECONSUME_LATER
                  : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(consumer);
  }
}
