package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/**
 * One step in the life of a store: a new group reads all that earlier steps stored, then messages
 * {@code from} to {@code to} are added, and a group that lives through all steps gets exactly those.
 */
public final class StoreStep implements Scenario {
  private static final String RUN = "store";
  private static final String TOPIC = "StoreTopic";
  private static final String GROUP = "StoreGroup";

  @Override
  public void run(Context context) throws Exception {
    int from = context.parameter("from", 0);
    int to = context.parameter("to", 0);
    if (from == 0) {
      context.createTopic(TOPIC, 4);
    }
    Check.await("the route of " + TOPIC, Context.TIMEOUT_MS, () -> context.hasRoute(TOPIC));
    if (from > 0) {
      Tally old = new Tally(RUN, from);
      context.consumer(context.group("all"), TOPIC, "*", old);
      context.awaitAll(old, from);
      old.verifyExactlyOnce();
    }
    DefaultMQProducer producer = context.producer();
    for (int i = from; i < to; i++) {
      Context.stored(
          producer.send(
              new org.apache.rocketmq.common.message.Message(
                  TOPIC, "TagA", "k" + i, judge.Body.make(RUN, i, 200 + i % 300))));
    }
    Tally fresh = new Tally(RUN, to);
    DefaultMQPushConsumer consumer = context.consumer(GROUP, TOPIC, "*", fresh);
    // A broker that was killed may have lost where the group was in its last seconds: some then comes again.
    boolean isProgressKept = context.parameter("isProgressKept", 1) == 1;
    Check.await(
        "the messages of this turn",
        Context.TIMEOUT_MS,
        () -> java.util.stream.IntStream.range(from, to).allMatch(i -> fresh.count(i) > 0));
    Thread.sleep(300);
    fresh.verify(i -> i >= from || (!isProgressKept && fresh.count(i) > 0));
    Check.equal("duplicates", 0, fresh.duplicates());
    consumer.shutdown();
    for (int i : new int[] {0, from, to - 1}) {
      var found = producer.queryMessage(TOPIC, "k" + i, 32, 0, System.currentTimeMillis());
      Check.equal("found by key k" + i, 1, found.getMessageList().size());
      Check.equal("key", "k" + i, found.getMessageList().get(0).getKeys());
    }
  }
}
