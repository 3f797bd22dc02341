package judge.scenarios;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import judge.Body;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * The producer of undecided messages is gone: another one of its group is asked. Who never gets an answer is asked
 * for so often, then the message is put aside, and no consumer sees it.
 */
public final class TransactionLimits implements Scenario {
  private static final String PUT_ASIDE = "TRANS_CHECK_MAX_TIME_TOPIC";
  private static final int NEVER_DECIDED = 0;
  private static final int DECIDED_BY_ANOTHER = 1;
  private static final int COMMITTED = 2;
  private static final int QUIET_MS = 8_000;

  private final ConcurrentHashMap<Integer, AtomicInteger> checks = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();

  @Override
  public void run(Context context) throws Exception {
    int max = context.parameter("max", 2);
    String topic = context.topic(4);
    String group = context.group("p");
    Tally tally = new Tally(context.run(), 3);
    context.consumer(context.group("c"), topic, "*", tally);
    TransactionMQProducer gone = producer(context, group, "the producer that is gone");
    for (int index : new int[] {NEVER_DECIDED, DECIDED_BY_ANOTHER}) {
      Context.stored(gone.sendMessageInTransaction(context.message(topic, index), index));
    }
    gone.shutdown();
    TransactionMQProducer alive = producer(context, group, null);
    Context.stored(alive.sendMessageInTransaction(context.message(topic, COMMITTED), COMMITTED));
    // It tells brokers of itself with its next heartbeat.
    alive.getDefaultMQProducerImpl().getMqClientFactory().sendHeartbeatToAllBrokerWithLock();
    context.awaitAll(tally, 2);
    ConcurrentHashMap<String, String> aside = new ConcurrentHashMap<>();
    readAside(context, aside);
    Check.await("the message that is put aside", Context.TIMEOUT_MS, () -> !aside.isEmpty(), checks::toString);
    Check.equal("topic of what is put aside", topic, aside.values().iterator().next());
    int asked = checks(NEVER_DECIDED);
    Check.equal("checks of what was never decided", max, asked);
    Thread.sleep(QUIET_MS);
    Check.equal("checks after it was put aside", asked, checks(NEVER_DECIDED));
    Check.equal("messages put aside", 1, aside.size());
    Check.that(problems.isEmpty(), problems.toString());
    tally.verify(index -> index != NEVER_DECIDED);
    Check.equal("duplicates", 0, tally.duplicates());
    Check.equal("checks of what was committed at once", 0, checks(COMMITTED));
    context.fact("checks", asked);
  }

  private int checks(int index) {
    return checks.getOrDefault(index, new AtomicInteger()).get();
  }

  private TransactionMQProducer producer(Context context, String group, String mustNotBeAsked) throws Exception {
    TransactionMQProducer producer = new TransactionMQProducer(group);
    producer.setTransactionListener(
        new TransactionListener() {
          @Override
          public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            return argument.equals(COMMITTED) ? LocalTransactionState.COMMIT_MESSAGE : LocalTransactionState.UNKNOW;
          }

          @Override
          public LocalTransactionState checkLocalTransaction(MessageExt message) {
            int index = Body.indexOf(context.run(), message.getBody());
            checks.computeIfAbsent(index, key -> new AtomicInteger()).incrementAndGet();
            if (mustNotBeAsked != null) {
              problems.add(mustNotBeAsked + " was asked for " + index);
            }
            return index == DECIDED_BY_ANOTHER
                ? LocalTransactionState.COMMIT_MESSAGE
                : LocalTransactionState.UNKNOW;
          }
        });
    return context.start(producer);
  }

  /** Topics of this run's messages that were put aside, by their ids. */
  private static void readAside(Context context, ConcurrentHashMap<String, String> aside) throws Exception {
    DefaultMQPushConsumer reader = context.newConsumer(context.group("reader"));
    reader.subscribe(PUT_ASIDE, "*");
    reader.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              for (MessageExt message : messages) {
                // Others of the cluster's runs lie there too.
                if (Body.indexOf(context.run(), message.getBody()) == NEVER_DECIDED) {
                  aside.put(message.getMsgId(), String.valueOf(message.getProperty("REAL_TOPIC")));
                }
              }
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(reader);
  }
}
