package judge.scenarios;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import judge.Body;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Gets what {@link PendingPut} left behind, from another broker: each message once and at its time, undecided halves
 * after the producer group was asked for them, decided ones as they were decided.
 */
public final class PendingTake implements Scenario {
  private static final int TAKE_TIMEOUT_MS = 90_000;
  /** Two rounds of the transaction check. */
  private static final int CHECKS_MS = 7_000;
  private static final int HEARTBEAT_MS = 1_000;
  /** Any index of what is never delivered. */
  private static final int ROLLED_BACK = Pending.Kind.ROLLED_BACK.ordinal();

  @Override
  public void run(Context context) throws Exception {
    boolean hasTimers = context.parameter("timers", 0) == 1;
    int slackMs = context.parameter("slackMs", 3_000);
    IntPredicate isDue =
        i ->
            switch (Pending.kind(i)) {
              case TIMER_SHORT, TIMER_LONG -> hasTimers;
              case ROLLED_BACK, TO_BE_ROLLED_BACK -> false;
              default -> true;
            };
    Check.await("the route of " + Pending.TOPIC, Context.TIMEOUT_MS, () -> context.hasRoute(Pending.TOPIC));
    Set<Integer> checked = ConcurrentHashMap.newKeySet();
    TransactionMQProducer decider = context.start(decider(checked));
    // A 5.x producer tells only those brokers of itself that it has sent to.
    Context.stored(decider.sendMessageInTransaction(Pending.message(ROLLED_BACK), null));
    Tally seen = new Tally(Pending.RUN, Pending.COUNT);
    ConcurrentHashMap<Integer, Long> lateMs = new ConcurrentHashMap<>();
    ConcurrentLinkedQueue<String> early = new ConcurrentLinkedQueue<>();
    var consumer = context.newConsumer(context.group("late"));
    consumer.subscribe(Pending.TOPIC, "*");
    long start = System.currentTimeMillis();
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              for (MessageExt message : messages) {
                int index = seen.add(message);
                String due = message.getUserProperty(Pending.DUE);
                if (due == null) {
                  continue;
                }
                long dueMs = Long.parseLong(due);
                // Timers have whole seconds.
                if (message.getStoreTimestamp() < dueMs - 1_050) {
                  early.add(index + " by " + (dueMs - message.getStoreTimestamp()) + " ms");
                }
                if (dueMs > start) {
                  lateMs.put(index, message.getStoreTimestamp() - dueMs);
                }
              }
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(consumer);
    long expected = IntStream.range(0, Pending.COUNT).filter(isDue).count();
    Check.await(
        expected + " messages",
        TAKE_TIMEOUT_MS,
        () -> seen.distinct() >= expected && checked.size() >= undecided(),
        () ->
            "missing "
                + IntStream.range(0, Pending.COUNT)
                    .filter(i -> isDue.test(i) && seen.count(i) == 0)
                    .mapToObj(i -> i + " " + Pending.kind(i))
                    .toList()
                + ", checked "
                + checked);
    Thread.sleep(CHECKS_MS);
    seen.verify(isDue);
    Check.equal("duplicates", 0, seen.duplicates());
    Check.that(early.isEmpty(), "too early: " + early);
    Check.equal("halves that were asked for", undecided(), (long) checked.size());
    long worst = 0;
    for (var late : lateMs.entrySet()) {
      Check.within("lateness in ms of message " + late.getKey(), late.getValue(), -1_050, slackMs);
      worst = Math.max(worst, late.getValue());
    }
    context.fact("dueAfterTheMove", lateMs.size());
    context.fact("worstLatenessMs", worst);
  }

  private static long undecided() {
    return Pending.count(Pending.Kind.TO_BE_COMMITTED) + Pending.count(Pending.Kind.TO_BE_ROLLED_BACK);
  }

  private static TransactionMQProducer decider(Set<Integer> checked) {
    TransactionMQProducer producer = new TransactionMQProducer(Pending.GROUP);
    producer.setHeartbeatBrokerInterval(HEARTBEAT_MS);
    producer.setTransactionListener(
        new TransactionListener() {
          @Override
          public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            return LocalTransactionState.ROLLBACK_MESSAGE;
          }

          @Override
          public LocalTransactionState checkLocalTransaction(MessageExt message) {
            int index = Body.indexOf(Pending.RUN, message.getBody());
            checked.add(index);
            return Pending.kind(index) == Pending.Kind.TO_BE_COMMITTED
                ? LocalTransactionState.COMMIT_MESSAGE
                : LocalTransactionState.ROLLBACK_MESSAGE;
          }
        });
    return producer;
  }
}
