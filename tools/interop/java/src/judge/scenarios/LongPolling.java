package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** A message that comes while a pull waits is delivered at once. */
public final class LongPolling implements Scenario {
  private static final int LIMIT_MS = 1_000;

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 5);
    int pauseMs = context.parameter("pauseMs", 1_700);
    String topic = context.topic(4);
    DefaultMQProducer producer = context.producer();
    Tally tally = new Tally(context.run(), count + 1);
    context.consumer(context.group("c"), topic, "*", tally);
    context.sendAll(producer, topic, 0, 1);
    context.awaitAll(tally, 1);
    long slowest = 0;
    for (int i = 1; i <= count; i++) {
      Thread.sleep(pauseMs);
      long start = System.nanoTime();
      context.sendAll(producer, topic, i, i + 1);
      int expected = i + 1;
      Check.await("message " + i, Context.TIMEOUT_MS, () -> tally.distinct() == expected);
      slowest = Math.max(slowest, (System.nanoTime() - start) / 1_000_000);
    }
    context.fact("slowestMs", slowest);
    Check.within("slowest delivery in ms", slowest, 0, LIMIT_MS);
    tally.verifyExactlyOnce();
  }
}
