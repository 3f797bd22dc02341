package judge.scenarios;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import judge.Body;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * An orderly listener refuses a message: it comes again every second, its queue waits and no other, and after the last
 * try it is a dead letter and the queue goes on.
 */
public final class OrderRetry implements Scenario {
  private static final int BAD = 0;
  private static final int BEHIND = 1;
  private static final int OTHERS = 10;
  private static final long EARLY_MS = 50;
  private static final long LATE_MS = 2_000;

  private record Delivery(int times, String id, long at) {}

  private final ConcurrentHashMap<Integer, List<Delivery>> deliveries = new ConcurrentHashMap<>();

  @Override
  public void run(Context context) throws Exception {
    int max = context.parameter("max", 2);
    String topic = context.topic(2);
    String group = context.group("c");
    consumer(context, group, topic, max);
    DefaultMQProducer producer = context.producer();
    List<MessageQueue> queues = producer.fetchPublishMessageQueues(topic);
    // Once through each queue, so that the consumer holds both.
    for (int i = 0; i < 2; i++) {
      Context.stored(producer.send(context.message(topic, 2 + i), queues.get(i)));
    }
    Check.await("both queues", Context.TIMEOUT_MS, () -> deliveries.size() == 2);
    Context.stored(producer.send(context.message(topic, BAD), queues.get(0)));
    Context.stored(producer.send(context.message(topic, BEHIND), queues.get(0)));
    Check.await("the refused message", Context.TIMEOUT_MS, () -> deliveries.containsKey(BAD));
    for (int i = 4; i < 4 + OTHERS; i++) {
      Context.stored(producer.send(context.message(topic, i), queues.get(1)));
    }
    Check.await("what is behind it", Context.TIMEOUT_MS, () -> deliveries.containsKey(BEHIND), deliveries::toString);
    List<Delivery> tries = List.copyOf(deliveries.get(BAD));
    Check.equal("tries", max + 1, tries.size());
    for (int i = 0; i < tries.size(); i++) {
      Check.equal("times of try " + i, i, tries.get(i).times());
      Check.equal("id of try " + i, tries.get(0).id(), tries.get(i).id());
      if (i > 0) {
        long gap = tries.get(i).at() - tries.get(i - 1).at();
        Check.within("ms before try " + i, gap, 1_000 - EARLY_MS, 1_000 + LATE_MS);
      }
    }
    long second = tries.get(1).at();
    long last = tries.get(max).at();
    Check.that(deliveries.get(BEHIND).get(0).at() >= last, "what is behind the refused message overtook it");
    for (int i = 4; i < 4 + OTHERS; i++) {
      List<Delivery> seen = deliveries.get(i);
      Check.that(seen != null && seen.get(0).at() < last, "message " + i + " of the other queue waited");
    }
    context.fact("otherQueueMs", deliveries.get(3 + OTHERS).get(0).at() - second);
    deadLetter(context, topic, group);
    Check.equal("tries in the end", max + 1, deliveries.get(BAD).size());
  }

  private void consumer(Context context, String group, String topic, int max) throws Exception {
    DefaultMQPushConsumer consumer = context.newConsumer(group);
    consumer.setMaxReconsumeTimes(max);
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener(
        (MessageListenerOrderly)
            (messages, unused) -> {
              var message = Context.only(messages);
              int index = Body.indexOf(context.run(), message.getBody());
              deliveries
                  .computeIfAbsent(index, key -> new CopyOnWriteArrayList<>())
                  .add(new Delivery(message.getReconsumeTimes(), message.getMsgId(), System.currentTimeMillis()));
              return index == BAD
                  ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT
                  : ConsumeOrderlyStatus.SUCCESS;
            });
    context.start(consumer);
  }

  private static void deadLetter(Context context, String topic, String group) throws Exception {
    String deadLetters = "%DLQ%" + group;
    Check.await("the dead-letter topic", Context.TIMEOUT_MS, () -> context.hasRoute(deadLetters));
    for (String broker : context.brokers()) {
      context.admin().createAndUpdateTopicConfig(broker, new TopicConfig(deadLetters, 1, 1, 6));
    }
    Tally dead = new Tally(context.run(), 1);
    context.consumer(context.group("reader"), deadLetters, "*", dead);
    // Brokers of 4.9 keep the delay that Java's client gives a dead letter of this kind: level 5, a minute.
    Check.await("the dead letter", 2 * Context.TIMEOUT_MS, () -> dead.total() == 1);
    dead.verifyExactlyOnce();
    Check.equal("its topic", topic, dead.message(BAD).getProperty("RETRY_TOPIC"));
  }
}
