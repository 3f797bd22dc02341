package judge.scenarios;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import judge.Body;
import judge.Check;
import judge.Context;
import judge.Scenario;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** A listener that says later, returns nothing or throws gets its message again at 10 s, 30 s ... */
public final class Retry implements Scenario {
  /** Seconds of the levels 3, 4, ... of the default delays. */
  private static final long[] DELAYS = {10, 30, 60};

  private static final long SLACK_MS = 5_000;

  private record Delivery(int times, String id, String topic, long at) {}

  @Override
  public void run(Context context) throws Exception {
    run(context, context.newConsumer(context.group("c")));
  }

  /** With a consumer that is neither subscribed nor started yet. */
  void run(Context context, DefaultMQPushConsumer consumer) throws Exception {
    int levels = context.parameter("levels", 2);
    String topic = context.topic(4);
    ConcurrentHashMap<Integer, List<Delivery>> deliveries = new ConcurrentHashMap<>();
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              var message = Context.only(messages);
              int index = Body.indexOf(context.run(), message.getBody());
              var seen = deliveries.computeIfAbsent(index, key -> new CopyOnWriteArrayList<>());
              seen.add(
                  new Delivery(
                      message.getReconsumeTimes(),
                      message.getMsgId(),
                      message.getTopic(),
                      System.currentTimeMillis()));
              if (message.getReconsumeTimes() >= levels) {
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
              }
              if (index == 1) {
                return null;
              }
              if (index == 2) {
                throw new IllegalStateException("on purpose");
              }
              return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            });
    context.start(consumer);
    // Its queue is found with one of the next rebalances, 20 s apart: until then no retry comes.
    context.awaitQueues(consumer, "%RETRY%" + consumer.getConsumerGroup(), 1);
    DefaultMQProducer producer = context.producer();
    context.sendAll(producer, topic, 0, 3);
    long seconds = 0;
    for (int level = 0; level < levels; level++) {
      seconds += DELAYS[level];
    }
    Check.await(
        "all retries",
        seconds * 1_000 + 60_000,
        () ->
            deliveries.size() == 3
                && deliveries.values().stream().allMatch(seen -> seen.size() == levels + 1),
        deliveries::toString);
    for (List<Delivery> seen : deliveries.values()) {
      for (int i = 0; i < seen.size(); i++) {
        Delivery delivery = seen.get(i);
        Check.equal("reconsume times", i, delivery.times());
        Check.equal("message id", seen.get(0).id(), delivery.id());
        Check.equal("topic", topic, delivery.topic());
        if (i > 0) {
          long took = delivery.at() - seen.get(i - 1).at();
          long due = DELAYS[i - 1] * 1_000;
          Check.within("retry " + i + " in ms", took, due - 100, due + SLACK_MS);
        }
      }
    }
  }
}
