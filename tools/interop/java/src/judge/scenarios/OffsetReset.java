package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQClientException;

/**
 * An administrator sets a group back in time, once while it is away, once while it consumes, and lets another group
 * begin where it is.
 */
public final class OffsetReset implements Scenario {
  /** A 5.x broker tells with the answer to the next pull; the client then waits 10 s and for a rebalance. */
  private static final long ONLINE_TIMEOUT_MS = 150_000;

  private static final long COMMIT_TIMEOUT_MS = 40_000;

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 100);
    String topic = context.topic(4);
    String group = context.group("c");
    context.sendAll(context.producer(), topic, 0, count);
    Tally first = new Tally(context.run(), count);
    DefaultMQPushConsumer consumer = context.consumer(group, topic, "*", first);
    context.awaitAll(first, count);
    first.verifyExactlyOnce();
    consumer.shutdown();

    Tally nothing = new Tally(context.run(), count);
    consumer = context.consumer(group, topic, "*", nothing);
    Thread.sleep(2_000);
    Check.equal("deliveries after a restart", 0, nothing.total());
    consumer.shutdown();

    // Offline: each queue's offset is set at the broker.
    context.admin().resetOffsetByTimestampOld(group, topic, 0, true);
    Tally second = new Tally(context.run(), count);
    context.consumer(group, topic, "*", second);
    context.awaitAll(second, count);
    second.verifyExactlyOnce();
    online(context, topic, count);
  }

  /**
   * In a group of its own: pulls of members that have left wait at a 5.x broker for up to 20 s, and when they end they
   * take the reset with them.
   */
  private static void online(Context context, String topic, int count) throws Exception {
    String group = context.group("online");
    Tally tally = new Tally(context.run(), count + 1);
    context.consumer(group, topic, "*", tally);
    context.awaitAll(tally, count);
    // A client commits for the first time 10 s after its start, then every 5 s. Before that the group is none that an
    // administrator could reset, and a reset must not be overtaken by an older commit.
    Check.await(
        "the group's progress at its broker",
        COMMIT_TIMEOUT_MS,
        () -> committed(context, group, topic) == count,
        () -> "committed " + committed(context, group, topic) + " of " + count);
    Thread.sleep(6_000);
    // The broker tells the consumers, and answers with what each queue was set to.
    var offsets = context.admin().resetOffsetByTimestamp(topic, group, 0, true);
    Check.equal("queues reset", 4, offsets.size());
    offsets.forEach((queue, offset) -> Check.equal("offset of " + queue, 0L, offset));
    Check.await(
        "everything a second time",
        ONLINE_TIMEOUT_MS,
        () -> tally.total() >= 2 * count,
        () -> "got " + tally.total());
    for (int i = 0; i < count; i++) {
      Check.equal("deliveries of " + i, 2, tally.count(i));
    }

    // Its progress is committed within 5 s. A group with a copy of it has nothing to do but what comes then.
    Thread.sleep(6_000);
    String clone = context.group("clone");
    context.admin().cloneGroupOffset(group, clone, topic, true);
    Tally cloned = new Tally(context.run(), count + 1);
    context.consumer(clone, topic, "*", cloned);
    Context.stored(context.producer().send(context.message(topic, count)));
    context.awaitAll(cloned, 1);
    Thread.sleep(2_000);
    Check.equal("deliveries to the group with a copied offset", 1, cloned.total());
    cloned.verify(i -> i == count);
  }

  /** Messages of the topic that a group is done with, as its broker knows; none while it has not heard of the group. */
  private static long committed(Context context, String group, String topic) {
    try {
      return context.admin().examineConsumeStats(group, topic).getOffsetTable().values().stream()
          .mapToLong(offsets -> Math.max(0, offsets.getConsumerOffset()))
          .sum();
    } catch (MQClientException unknown) {
      return 0;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
