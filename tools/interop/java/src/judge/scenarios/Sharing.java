package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** Two consumers of a group take half of the queues each; no message goes to both. */
public final class Sharing implements Scenario {
  private static final int QUEUES = 8;

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 800);
    String topic = context.topic(QUEUES);
    String group = context.group("c");
    Tally first = new Tally(context.run(), count);
    Tally second = new Tally(context.run(), count);
    DefaultMQPushConsumer one = context.consumer(group, topic, "*", first);
    DefaultMQPushConsumer two = context.consumer(group, topic, "*", second);
    Check.await(
        "half of the queues for each",
        Context.TIMEOUT_MS,
        () -> queues(one, topic) == QUEUES / 2 && queues(two, topic) == QUEUES / 2);
    DefaultMQProducer producer = context.producer();
    context.sendAll(producer, topic, 0, count);
    Check.await(
        count + " messages",
        Context.TIMEOUT_MS,
        () -> first.distinct() + second.distinct() >= count,
        () -> "but got " + first.distinct() + " and " + second.distinct());
    Thread.sleep(300);
    first.verify(i -> second.count(i) == 0);
    second.verify(i -> first.count(i) == 0);
    Check.equal("duplicates", 0, first.duplicates() + second.duplicates());
    Check.equal("share of the first", count / 2, first.distinct());
  }

  static int queues(DefaultMQPushConsumer consumer, String topic) {
    return (int)
        consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet().stream()
            .filter(queue -> queue.getTopic().equals(topic))
            .count();
  }
}
