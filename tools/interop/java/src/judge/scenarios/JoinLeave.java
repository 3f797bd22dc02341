package judge.scenarios;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** A second consumer joins while messages flow, and leaves again: nothing is lost. */
public final class JoinLeave implements Scenario {
  private static final int QUEUES = 8;
  private static final int LIMIT = 1_000_000;

  @Override
  public void run(Context context) throws Exception {
    int stayMs = context.parameter("stayMs", 3_000);
    String topic = context.topic(QUEUES);
    String group = context.group("c");
    Tally staying = new Tally(context.run(), LIMIT, false);
    Tally visiting = new Tally(context.run(), LIMIT, false);
    DefaultMQPushConsumer one = context.consumer(group, topic, "*", staying);
    DefaultMQProducer producer = context.producer();
    AtomicInteger sent = new AtomicInteger();
    AtomicBoolean isSending = new AtomicBoolean(true);
    AtomicReference<Exception> failure = new AtomicReference<>();
    Thread sender =
        new Thread(
            () -> {
              try {
                while (isSending.get() && sent.get() < LIMIT) {
                  context.sendAll(producer, topic, sent.get(), sent.get() + 1);
                  sent.incrementAndGet();
                  Thread.sleep(2);
                }
              } catch (Exception e) {
                failure.set(e);
              }
            });
    sender.start();
    Check.await("first messages", Context.TIMEOUT_MS, () -> staying.distinct() > 50);
    DefaultMQPushConsumer two = context.consumer(group, topic, "*", visiting);
    Check.await("messages for who joins", Context.TIMEOUT_MS, () -> visiting.distinct() > 50);
    Check.await("half for who stays", Context.TIMEOUT_MS, () -> Sharing.queues(one, topic) == QUEUES / 2);
    Thread.sleep(stayMs);
    two.shutdown();
    Check.await("all queues for who stays", Context.TIMEOUT_MS, () -> Sharing.queues(one, topic) == QUEUES);
    Thread.sleep(stayMs / 3);
    isSending.set(false);
    sender.join();
    Check.that(failure.get() == null, "a send failed: " + failure.get());
    int count = sent.get();
    Check.await(
        count + " messages",
        Context.TIMEOUT_MS,
        () -> union(staying, visiting, count) == count,
        () -> "but got " + union(staying, visiting, count));
    staying.verifyIntact();
    visiting.verifyIntact();
    context.fact("messages", count);
    context.fact("duplicates", staying.total() + visiting.total() - count);
  }

  private static int union(Tally one, Tally two, int count) {
    int sum = 0;
    for (int i = 0; i < count; i++) {
      if (one.count(i) + two.count(i) > 0) {
        sum++;
      }
    }
    return sum;
  }
}
