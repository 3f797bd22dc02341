package judge.scenarios;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageQueue;

/** The classic pull consumer: statuses, offsets by time, commit and fetch, offsets that are out of range. */
public final class Pull implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 100);
    String topic = context.topic(4);
    long before = System.currentTimeMillis();
    context.sendAll(context.producer(), topic, 0, count);
    DefaultMQPullConsumer consumer = context.configure(new DefaultMQPullConsumer(context.group("c")));
    consumer.start();
    context.onClose(consumer::shutdown);
    Set<MessageQueue> queues = consumer.fetchSubscribeMessageQueues(topic);
    Check.equal("queues", 4, queues.size());
    Tally tally = new Tally(context.run(), count);
    Map<MessageQueue, Long> ends = new HashMap<>();
    for (MessageQueue queue : queues) {
      Check.equal("min offset", 0L, consumer.minOffset(queue));
      Check.equal("offset by an early time", 0L, consumer.searchOffset(queue, before - 60_000));
      Check.equal("no progress yet", true, consumer.fetchConsumeOffset(queue, true) <= 0);
      long max = consumer.maxOffset(queue);
      long late = consumer.searchOffset(queue, System.currentTimeMillis() + 60_000);
      // 4.x answers the last message's offset, later versions the one after it.
      Check.within("offset by a late time", late, max - 1, max);
      long offset = 0;
      while (true) {
        PullResult result = consumer.pull(queue, "*", offset, 7);
        if (result.getPullStatus() != PullStatus.FOUND) {
          Check.equal("status at the end", PullStatus.NO_NEW_MSG, result.getPullStatus());
          break;
        }
        Check.that(result.getMsgFoundList().size() <= 7, "more than asked for");
        tally.addAll(result.getMsgFoundList());
        Check.equal("next offset", offset + result.getMsgFoundList().size(), result.getNextBeginOffset());
        offset = result.getNextBeginOffset();
      }
      Check.equal("max offset", max, offset);
      ends.put(queue, offset);
      consumer.updateConsumeOffset(queue, offset);
    }
    tally.verifyExactlyOnce();
    outOfRange(consumer, queues.iterator().next());
    consumer.getDefaultMQPullConsumerImpl().getOffsetStore().persistAll(queues);
    Check.await(
        "committed offsets", 10_000, () -> queues.stream().allMatch(queue -> committed(consumer, queue) == ends.get(queue)));
    blocked(context, consumer, topic, queues.iterator().next());
  }

  private static long committed(DefaultMQPullConsumer consumer, MessageQueue queue) {
    try {
      return consumer.fetchConsumeOffset(queue, true);
    } catch (Exception e) {
      return -1;
    }
  }

  private static void outOfRange(DefaultMQPullConsumer consumer, MessageQueue queue) throws Exception {
    PullResult beyond = consumer.pull(queue, "*", 1_000_000, 32);
    Check.equal("beyond the end", PullStatus.OFFSET_ILLEGAL, beyond.getPullStatus());
    Check.equal("corrected to", consumer.maxOffset(queue), beyond.getNextBeginOffset());
    PullResult nothing = consumer.pull(queue, "NoSuchTag", 0, 32);
    Check.equal("no such tag", PullStatus.NO_MATCHED_MSG, nothing.getPullStatus());
  }

  private static void blocked(Context context, DefaultMQPullConsumer consumer, String topic, MessageQueue queue)
      throws Exception {
    long end = consumer.maxOffset(queue);
    Thread sender =
        new Thread(
            () -> {
              try {
                Thread.sleep(1_000);
                Context.stored(context.producer().send(context.message(topic, 0), queue));
              } catch (Exception e) {
                e.printStackTrace();
              }
            });
    sender.start();
    PullResult waited = consumer.pullBlockIfNotFound(queue, "*", end, 32);
    Check.equal("status of a pull that waited", PullStatus.FOUND, waited.getPullStatus());
    Check.equal("messages", 1, List.copyOf(waited.getMsgFoundList()).size());
    sender.join();
  }
}
