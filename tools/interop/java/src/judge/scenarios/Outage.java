package judge.scenarios;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;

/**
 * Sends and consumes while somebody kills the broker and starts it again. Makes the file {@code sending} once
 * messages flow, and goes on until there is a file {@code stop}. Then everything that was acknowledged must
 * have arrived, and sends must be accepted again.
 */
public final class Outage implements Scenario {
  private static final int THREADS = 8;
  private static final int LIMIT = 2_000_000;
  private static final int AFTERWARDS = 200;

  @Override
  public void run(Context context) throws Exception {
    String topic = context.topic(4);
    Tally tally = new Tally(context.run(), LIMIT, false);
    context.consumer(context.group("c"), topic, "*", tally);
    DefaultMQProducer producer = context.producer();
    producer.setSendMsgTimeout(3_000);
    AtomicInteger next = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    BitSet acknowledged = new BitSet();
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> senders = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      senders.add(
          pool.submit(
              () -> {
                for (int i = next.getAndIncrement(); !Files.exists(Path.of("stop")); i = next.getAndIncrement()) {
                  if (isStored(producer, context, topic, i)) {
                    synchronized (acknowledged) {
                      acknowledged.set(i);
                    }
                  } else {
                    failed.incrementAndGet();
                    Thread.sleep(20);
                  }
                  Thread.sleep(1);
                }
                return null;
              }));
    }
    Check.await("first messages", Context.TIMEOUT_MS, () -> tally.distinct() > 500);
    Files.createFile(Path.of("sending"));
    for (Future<?> sender : senders) {
      sender.get();
    }
    pool.shutdown();
    int first = next.get();
    for (int i = first; i < first + AFTERWARDS; i++) {
      Context.stored(producer.send(context.message(topic, i)));
      acknowledged.set(i);
    }
    context.fact("acknowledged", acknowledged.cardinality());
    context.fact("failed", failed.get());
    Check.await(
        "everything that was acknowledged",
        Context.TIMEOUT_MS,
        () -> missing(acknowledged, tally).isEmpty(),
        () -> "but " + missing(acknowledged, tally).cardinality() + " are missing: " + missing(acknowledged, tally));
    tally.verifyIntact();
    context.fact("duplicates", tally.duplicates());
  }

  private static boolean isStored(DefaultMQProducer producer, Context context, String topic, int index) {
    try {
      SendResult result = producer.send(context.message(topic, index));
      return result.getSendStatus() == SendStatus.SEND_OK;
    } catch (Exception e) {
      return false;
    }
  }

  private static BitSet missing(BitSet acknowledged, Tally tally) {
    BitSet missing = new BitSet();
    acknowledged.stream().filter(i -> tally.count(i) == 0).forEach(missing::set);
    return missing;
  }
}
