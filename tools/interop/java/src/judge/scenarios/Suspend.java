package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

/** A suspended consumer gets nothing and goes on where it was; of a topic it left it gets nothing more. */
public final class Suspend implements Scenario {
  private static final int BEFORE = 40;
  private static final int AFTER = 20;

  /**
   * A pull that waits at the broker when the consumer is suspended still brings what comes meanwhile: it waits for 15 s,
   * and brokers look every 5 s whose time is over.
   */
  private static final int HELD_PULL_MS = 21_500;

  private static final int SURPLUS_MS = 3_000;

  @Override
  public void run(Context context) throws Exception {
    String kept = context.topic(4);
    String left = context.topic(4);
    Tally ofKept = new Tally(context.run(), BEFORE + AFTER);
    Tally ofLeft = new Tally(context.run(), BEFORE + AFTER);
    var consumer = context.newConsumer(context.group("c"));
    consumer.subscribe(kept, "*");
    consumer.subscribe(left, "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              for (MessageExt message : messages) {
                (message.getTopic().equals(kept) ? ofKept : ofLeft).add(message);
              }
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(consumer);
    var producer = context.producer();
    context.sendAll(producer, kept, 0, BEFORE);
    context.sendAll(producer, left, 0, BEFORE);
    context.awaitAll(ofKept, BEFORE);
    context.awaitAll(ofLeft, BEFORE);
    consumer.unsubscribe(left);
    consumer.suspend();
    Thread.sleep(HELD_PULL_MS);
    context.sendAll(producer, kept, BEFORE, BEFORE + AFTER);
    context.sendAll(producer, left, BEFORE, BEFORE + AFTER);
    Thread.sleep(SURPLUS_MS);
    Check.equal("messages while suspended", BEFORE, ofKept.total());
    consumer.resume();
    context.awaitAll(ofKept, BEFORE + AFTER);
    ofKept.verifyExactlyOnce();
    Thread.sleep(SURPLUS_MS);
    ofLeft.verify(i -> i < BEFORE);
    Check.equal("duplicates", 0, ofLeft.duplicates());
  }
}
