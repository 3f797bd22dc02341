package judge.scenarios;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import judge.Body;
import judge.Check;
import judge.Context;
import judge.Scenario;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages of a key stay in order, through a retry in place and while a second consumer takes over queues. */
public final class Order implements Scenario {
  private static final int KEYS = 16;
  private static final int QUEUES = 8;

  private final ConcurrentHashMap<Integer, List<Integer>> steps = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Integer, AtomicInteger> busy = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();
  private final AtomicInteger retries = new AtomicInteger();
  private final AtomicInteger firsts = new AtomicInteger();

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 60);
    String topic = context.topic(QUEUES);
    String group = context.group("c");
    for (int key = 0; key < KEYS; key++) {
      steps.put(key, new ArrayList<>());
    }
    consumer(context, group, topic);
    DefaultMQProducer producer = context.producer();
    send(context, producer, topic, 0, count / 2);
    consumer(context, group, topic);
    send(context, producer, topic, count / 2, count);
    Check.await(
        "all messages in order",
        Context.TIMEOUT_MS,
        () -> !problems.isEmpty() || steps.values().stream().allMatch(seen -> seen.size() == count),
        () -> steps.toString());
    Check.that(problems.isEmpty(), problems.toString());
    for (List<Integer> seen : steps.values()) {
      for (int step = 0; step < count; step++) {
        Check.equal("step", step, seen.get(step));
      }
    }
    Check.equal("retries in place", 1, retries.get());
  }

  private void consumer(Context context, String group, String topic) throws Exception {
    DefaultMQPushConsumer consumer = context.newConsumer(group);
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener(
        (MessageListenerOrderly)
            (messages, orderly) -> {
              int queue = orderly.getMessageQueue().getQueueId();
              AtomicInteger inside = busy.computeIfAbsent(queue, key -> new AtomicInteger());
              if (inside.incrementAndGet() > 1) {
                problems.add("queue " + queue + " consumed twice at a time");
              }
              try {
                return consume(context, messages);
              } finally {
                inside.decrementAndGet();
              }
            });
    context.start(consumer);
  }

  private ConsumeOrderlyStatus consume(Context context, List<MessageExt> messages) {
    for (MessageExt message : messages) {
      int index = Body.indexOf(context.run(), message.getBody());
      if (index < 0) {
        problems.add("foreign or changed " + message);
        continue;
      }
      List<Integer> seen = steps.get(index % KEYS);
      int step = index / KEYS;
      if (index == 5 && message.getReconsumeTimes() == 0 && firsts.getAndIncrement() == 0) {
        return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
      }
      if (index == 5) {
        retries.incrementAndGet();
      }
      synchronized (seen) {
        if (seen.size() == step) {
          seen.add(step);
        } else if (seen.size() < step) {
          problems.add("key " + index % KEYS + ": step " + step + " after " + seen);
        }
      }
    }
    return ConsumeOrderlyStatus.SUCCESS;
  }

  private static void send(Context context, DefaultMQProducer producer, String topic, int from, int to)
      throws Exception {
    for (int step = from; step < to; step++) {
      for (int key = 0; key < KEYS; key++) {
        Context.stored(
            producer.send(
                context.message(topic, step * KEYS + key),
                (queues, message, argument) -> queues.get((Integer) argument % queues.size()),
                key));
      }
    }
  }
}
