package judge.scenarios;

import java.util.List;
import java.util.concurrent.TimeUnit;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.impl.consumer.RebalanceImpl;
import org.apache.rocketmq.common.message.MessageQueue;

/** A queue's lock is held by one member of a group, given up by it alone, and free when its lease is over. */
public final class Locks implements Scenario {
  private static final long LEASE_MS = 60_000;
  private static final long BUSY_MS = 5_000;

  @Override
  public void run(Context context) throws Exception {
    String topic = context.topic(4);
    String group = context.group("c");
    // They subscribe another topic: nothing but what is asked here locks these queues.
    String idle = context.topic(1);
    DefaultMQPushConsumer first = context.consumer(group, idle, "*", new Tally(context.run(), 1));
    DefaultMQPushConsumer second = context.consumer(group, idle, "*", new Tally(context.run(), 1));
    DefaultMQPushConsumer other = context.consumer(context.group("d"), idle, "*", new Tally(context.run(), 1));
    List<MessageQueue> queues = List.copyOf(context.producer().fetchPublishMessageQueues(topic));
    MessageQueue one = queues.get(0);
    MessageQueue two = queues.get(1);
    Check.that(lock(first, one), "a free queue was not locked");
    Check.that(!lock(second, one), "two members hold the lock of a queue");
    Check.that(lock(other, one), "a lock keeps another group out");
    Check.that(lock(first, one), "the holder could not renew its lock");
    Check.that(lock(second, two), "the lock of a queue keeps members from another queue");
    rebalance(second).unlock(one, false);
    Check.that(!lock(second, one), "a member unlocked what another holds");
    rebalance(first).unlock(one, false);
    Check.that(lock(second, one), "a queue that was unlocked was not locked");
    long heldAt = System.nanoTime();
    Check.that(lock(second, one), "the holder could not renew its lock");
    Check.that(!lock(first, one), "two members hold the lock of a queue");
    Check.await("the end of the lease", LEASE_MS + BUSY_MS, () -> lock(first, one));
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - heldAt);
    Check.within("lease in ms", took, LEASE_MS, LEASE_MS + BUSY_MS);
    Check.that(lock(first, two), "the lease of the other queue is not over");
  }

  private static RebalanceImpl rebalance(DefaultMQPushConsumer consumer) {
    return consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl();
  }

  private static boolean lock(DefaultMQPushConsumer consumer, MessageQueue queue) {
    return rebalance(consumer).lock(queue);
  }
}
