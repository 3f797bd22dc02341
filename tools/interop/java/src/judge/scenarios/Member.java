package judge.scenarios;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/**
 * One of two members of a group whose other member is another client, which made topic, group and messages:
 * says that it holds half of the queues, takes half of the messages, says which, and leaves.
 */
public final class Member implements Scenario {
  private static final int PROGRESS_KNOWN_MS = 1_000;

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 800);
    int queues = context.parameter("queues", 8);
    String topic = context.text("topic", "");
    String reports = context.text("reports", "");
    Tally tally = new Tally(context.text("run", ""), count);
    DefaultMQPushConsumer consumer = context.consumer(context.text("group", ""), topic, "*", tally);
    DefaultMQProducer producer = context.producer();
    Check.await("half of the queues", Context.TIMEOUT_MS, () -> Sharing.queues(consumer, topic) == queues / 2);
    report(producer, reports, "joined", "yes");
    context.awaitAll(tally, count / 2);
    // Where it is it tells at intervals, and when it leaves without waiting for an answer: who takes its queues over may be
    // faster.
    consumer.getDefaultMQPushConsumerImpl().persistConsumerOffset();
    Thread.sleep(PROGRESS_KNOWN_MS);
    tally.verifyIntact();
    Check.equal("duplicates", 0, tally.duplicates());
    String taken =
        IntStream.range(0, count)
            .filter(i -> tally.count(i) > 0)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(","));
    report(producer, reports, "taken", taken);
  }

  private static void report(DefaultMQProducer producer, String topic, String tag, String text) throws Exception {
    Context.stored(producer.send(new Message(topic, tag, text.getBytes(StandardCharsets.UTF_8))));
  }
}
