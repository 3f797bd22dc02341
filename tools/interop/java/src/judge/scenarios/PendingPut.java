package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Leaves messages behind that wait for something: delay levels, timers where {@code timers=1}, halves that nobody has
 * decided. {@link PendingTake} gets them from the broker that opens the store next.
 */
public final class PendingPut implements Scenario {
  /** A 5.x broker writes decisions about halves in batches, every three seconds. */
  private static final int DECISIONS_WRITTEN_MS = 5_000;

  @Override
  public void run(Context context) throws Exception {
    boolean hasTimers = context.parameter("timers", 0) == 1;
    context.createTopic(Pending.TOPIC, 4);
    Tally seen = new Tally(Pending.RUN, Pending.COUNT);
    context.consumer(context.group("early"), Pending.TOPIC, "*", seen);
    var producer = context.producer();
    for (int i = 0; i < Pending.COUNT; i++) {
      Message message = Pending.message(i);
      long now = System.currentTimeMillis();
      switch (Pending.kind(i)) {
        case DELAY_SHORT -> {
          message.putUserProperty(Pending.DUE, String.valueOf(now + 30_000));
          message.setDelayTimeLevel(4);
        }
        case DELAY_LONG -> {
          message.putUserProperty(Pending.DUE, String.valueOf(now + 60_000));
          message.setDelayTimeLevel(5);
        }
        case TIMER_SHORT, TIMER_LONG -> {
          if (!hasTimers) {
            continue;
          }
          long due = now + (Pending.kind(i) == Pending.Kind.TIMER_SHORT ? 31_000 : 62_000);
          message.putUserProperty(Pending.DUE, String.valueOf(due));
          MessageAccessor.putProperty(message, "TIMER_DELIVER_MS", String.valueOf(due));
        }
        default -> {
          continue;
        }
      }
      Context.stored(producer.send(message));
    }
    putHalves(context);
    Check.await("what was committed", Context.TIMEOUT_MS, () -> seen.distinct() >= Pending.count(Pending.Kind.COMMITTED));
    Thread.sleep(DECISIONS_WRITTEN_MS);
    seen.verify(i -> Pending.kind(i) == Pending.Kind.COMMITTED);
  }

  private static void putHalves(Context context) throws Exception {
    TransactionMQProducer producer = new TransactionMQProducer(Pending.GROUP);
    producer.setTransactionListener(
        new TransactionListener() {
          @Override
          public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            return switch (Pending.kind((Integer) argument)) {
              case COMMITTED -> LocalTransactionState.COMMIT_MESSAGE;
              case ROLLED_BACK -> LocalTransactionState.ROLLBACK_MESSAGE;
              default -> LocalTransactionState.UNKNOW;
            };
          }

          @Override
          public LocalTransactionState checkLocalTransaction(MessageExt message) {
            return LocalTransactionState.UNKNOW;
          }
        });
    context.start(producer);
    for (int i = 0; i < Pending.COUNT; i++) {
      if (Pending.kind(i).isHalf) {
        Context.stored(producer.sendMessageInTransaction(Pending.message(i), i));
      }
    }
    producer.shutdown();
  }
}
