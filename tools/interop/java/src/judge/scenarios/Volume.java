package judge.scenarios;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** Many messages each way, sent by 16 threads while a consumer takes them; every body is compared. */
public final class Volume implements Scenario {
  private static final int THREADS = 16;
  private static final int SIZE = 256;

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 100_000);
    String topic = context.topic(8);
    Tally tally = new Tally(context.run(), count, false);
    context.consumer(context.group("c"), topic, "*", tally);
    DefaultMQProducer producer = context.producer();
    AtomicInteger next = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> senders = new ArrayList<>();
    long start = System.nanoTime();
    for (int thread = 0; thread < THREADS; thread++) {
      senders.add(
          pool.submit(
              () -> {
                for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                  Context.stored(producer.send(context.message(topic, "TagA", i, SIZE)));
                }
                return null;
              }));
    }
    for (Future<?> sender : senders) {
      sender.get();
    }
    pool.shutdown();
    context.fact("sendMs", (System.nanoTime() - start) / 1_000_000);
    context.awaitAll(tally, count);
    context.fact("allMs", (System.nanoTime() - start) / 1_000_000);
    context.fact("duplicates", tally.duplicates());
    tally.verify(i -> true);
    Check.equal("duplicates", 0, tally.duplicates());
  }
}
