package judge.scenarios;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;

/** Asynchronous sends, 64 at a time: each is answered once, and each arrives. */
public final class Async implements Scenario {
  private static final int WINDOW = 64;

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 2_000);
    String topic = context.topic(4);
    DefaultMQProducer producer = context.producer();
    Semaphore window = new Semaphore(WINDOW);
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    Queue<String> ids = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < count; i++) {
      Check.that(window.tryAcquire(30, TimeUnit.SECONDS), "no callback for 30 s");
      producer.send(
          context.message(topic, i),
          new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
              ids.add(result.getMsgId());
              window.release();
            }

            @Override
            public void onException(Throwable thrown) {
              failures.add(thrown.toString());
              window.release();
            }
          });
    }
    Check.that(window.tryAcquire(WINDOW, 30, TimeUnit.SECONDS), "callbacks are missing");
    Check.that(failures.isEmpty(), "sends failed: " + failures);
    Check.equal("distinct message ids", (long) count, ids.stream().distinct().count());
    Tally tally = new Tally(context.run(), count);
    context.consumer(context.group("c"), topic, "*", tally);
    context.awaitAll(tally, count);
    tally.verifyExactlyOnce();
  }
}
