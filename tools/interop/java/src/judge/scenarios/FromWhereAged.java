package judge.scenarios;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.UtilAll;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

/**
 * Where a new group begins on a topic whose first messages are gone: at the first that is left, at a time, or behind
 * the last one.
 */
public final class FromWhereAged implements Scenario {
  private static final int BODY_BYTES = 1_000;
  private static final int PART = 40;
  private static final int QUEUES = 4;

  /** An official broker that finds a file in use looks again after two minutes (redeleteHangedFileInterval). */
  private static final long REMOVAL_TIMEOUT_MS = 150_000;

  @Override
  public void run(Context context) throws Exception {
    int old = context.parameter("count", 1_600);
    String topic = context.topic(QUEUES);
    DefaultMQProducer producer = context.producer();
    Map<Integer, long[]> places = new HashMap<>();
    send(context, producer, topic, 0, old, places);
    for (String broker : context.brokers()) {
      context.admin().deleteExpiredCommitLogByAddr(broker);
    }
    Check.await(
        "the first messages to be gone",
        REMOVAL_TIMEOUT_MS,
        () -> minOffsets(context, topic).length == QUEUES);
    int before = old + PART;
    int after = before + PART;
    int last = after + PART;
    send(context, producer, topic, old, before, places);
    Thread.sleep(1_500);
    // To the second, as the setting is.
    long time = (System.currentTimeMillis() + 1_000) / 1_000 * 1_000;
    Thread.sleep(time + 500 - System.currentTimeMillis());
    send(context, producer, topic, before, after, places);

    Tally atTime = new Tally(context.run(), last);
    consumer(context, ConsumeFromWhere.CONSUME_FROM_TIMESTAMP, topic, time, atTime);
    Tally fromFirst = new Tally(context.run(), last);
    consumer(context, ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET, topic, time, fromFirst);
    Tally fromLast = new Tally(context.run(), last);
    DefaultMQPushConsumer behind = consumer(context, ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET, topic, time, fromLast);
    context.awaitQueues(behind, topic, QUEUES);
    context.awaitAll(atTime, PART);
    send(context, producer, topic, after, last, places);

    // Brokers of 4.9 may begin a message earlier in each queue: with the one that is nearest to the time.
    IntPredicate isLastBefore =
        index -> index < before && IntStream.range(index + 1, before).noneMatch(later -> isSameQueue(places, index, later));
    verify(context, "from a time", atTime, index -> index >= before || atTime.count(index) > 0 && isLastBefore.test(index));
    verify(context, "from the last", fromLast, index -> index >= after);
    long[] minimum = minOffsets(context, topic);
    IntPredicate isLeft = index -> places.get(index)[1] >= minimum[(int) places.get(index)[0]];
    Check.that(!isLeft.test(0) && isLeft.test(old), "nothing is gone, or all");
    verify(context, "from the first", fromFirst, isLeft);
  }

  private static boolean isSameQueue(Map<Integer, long[]> places, int one, int other) {
    return places.get(one)[0] == places.get(other)[0];
  }

  private static void send(
      Context context, DefaultMQProducer producer, String topic, int from, int to, Map<Integer, long[]> places)
      throws Exception {
    for (int i = from; i < to; i++) {
      var sent = Context.stored(producer.send(context.message(topic, "TagA", i, BODY_BYTES)));
      places.put(i, new long[] {sent.getMessageQueue().getQueueId(), sent.getQueueOffset()});
    }
  }

  private static void verify(Context context, String what, Tally tally, IntPredicate isExpected) throws Exception {
    int expected = 0;
    for (int i = 0; i < tally.size(); i++) {
      expected += isExpected.test(i) ? 1 : 0;
    }
    try {
      context.awaitAll(tally, expected);
      tally.verify(isExpected);
      Check.equal("duplicates", 0, tally.duplicates());
    } catch (Exception | AssertionError e) {
      throw new AssertionError(what + ": " + e.getMessage(), e);
    }
  }

  private static DefaultMQPushConsumer consumer(
      Context context, ConsumeFromWhere where, String topic, long time, Tally tally) throws Exception {
    DefaultMQPushConsumer consumer = context.newConsumer(context.group(where.name()));
    consumer.setConsumeFromWhere(where);
    consumer.setConsumeTimestamp(UtilAll.timeMillisToHumanString3(time));
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              tally.addAll(messages);
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    return context.start(consumer);
  }

  /** By queue; empty while a queue still begins with its first message. */
  private static long[] minOffsets(Context context, String topic) {
    long[] minimum = new long[QUEUES];
    try {
      context
          .admin()
          .examineTopicStats(topic)
          .getOffsetTable()
          .forEach((queue, offset) -> minimum[queue.getQueueId()] = offset.getMinOffset());
    } catch (Exception e) {
      return new long[0];
    }
    for (long offset : minimum) {
      if (offset == 0) {
        return new long[0];
      }
    }
    return minimum;
  }
}
