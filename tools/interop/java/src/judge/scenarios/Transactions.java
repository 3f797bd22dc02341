package judge.scenarios;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import judge.Body;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Half messages: commit, rollback, and unknown ones that the broker asks for; nothing is seen before its commit. */
public final class Transactions implements Scenario {
  private static final int KINDS = 4;

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 40);
    String topic = context.topic(4);
    Tally tally = new Tally(context.run(), count);
    context.consumer(context.group("c"), topic, "*", tally);
    ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();
    ConcurrentHashMap<Integer, AtomicInteger> checks = new ConcurrentHashMap<>();
    TransactionMQProducer producer = new TransactionMQProducer(context.group("p"));
    producer.setTransactionListener(
        new TransactionListener() {
          @Override
          public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            int index = (Integer) argument;
            if (tally.count(index) > 0) {
              problems.add(index + " was seen before its commit");
            }
            return switch (index % KINDS) {
              case 0 -> LocalTransactionState.COMMIT_MESSAGE;
              case 1 -> LocalTransactionState.ROLLBACK_MESSAGE;
              default -> LocalTransactionState.UNKNOW;
            };
          }

          @Override
          public LocalTransactionState checkLocalTransaction(MessageExt message) {
            int index = Body.indexOf(context.run(), message.getBody());
            if (tally.count(index) > 0) {
              problems.add(index + " was seen before its commit");
            }
            if (!message.getTopic().equals(topic)) {
              problems.add("checked with topic " + message.getTopic());
            }
            checks.computeIfAbsent(index, key -> new AtomicInteger()).incrementAndGet();
            return index % KINDS == 2 ? LocalTransactionState.COMMIT_MESSAGE : LocalTransactionState.ROLLBACK_MESSAGE;
          }
        });
    context.start(producer);
    for (int i = 0; i < count; i++) {
      var result = producer.sendMessageInTransaction(context.message(topic, i), i);
      Context.stored(result);
    }
    Check.await(
        "checks of all unknown ones",
        Context.TIMEOUT_MS,
        () -> checks.size() == count / KINDS * 2,
        () -> "checked " + checks.keySet());
    context.awaitAll(tally, count / 2);
    Check.that(problems.isEmpty(), problems.toString());
    tally.verify(i -> i % KINDS == 0 || i % KINDS == 2);
    Check.equal("duplicates", 0, tally.duplicates());
    checks.keySet().forEach(index -> Check.that(index % KINDS >= 2, index + " was decided and still checked"));
  }
}
