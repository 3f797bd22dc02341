package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.TopicConfig;

/** A message whose retries are used up goes to the group's dead letters, one topic for all topics, and can be read there. */
public final class DeadLetters implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    String first = context.topic(4);
    String second = context.topic(4);
    String group = context.group("c");
    String deadLetters = "%DLQ%" + group;
    Check.that(!context.hasRoute(deadLetters), "a dead-letter topic before any dead letter");
    DefaultMQPushConsumer consumer = context.newConsumer(group);
    consumer.setMaxReconsumeTimes(0);
    consumer.subscribe(first, "*");
    consumer.subscribe(second, "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> ConsumeConcurrentlyStatus.RECONSUME_LATER);
    context.start(consumer);
    var producer = context.producer();
    context.sendAll(producer, first, 0, 5);
    context.sendAll(producer, second, 5, 10);
    Check.await("the dead-letter topic", Context.TIMEOUT_MS, () -> context.hasRoute(deadLetters));
    var queue = context.admin().examineTopicRouteInfo(deadLetters).getQueueDatas().get(0);
    context.fact("perm", queue.getPerm());
    Check.equal("dead-letter queues", 1, queue.getReadQueueNums());
    Check.await("10 dead letters", Context.TIMEOUT_MS, () -> stored(context, deadLetters) == 10);
    consumer.shutdown();
    for (String broker : context.brokers()) {
      context.admin().createAndUpdateTopicConfig(broker, new TopicConfig(deadLetters, 1, 1, 6));
    }
    Tally dead = new Tally(context.run(), 10);
    context.consumer(context.group("reader"), deadLetters, "*", dead);
    context.awaitAll(dead, 10);
    dead.verifyExactlyOnce();
    for (int i = 0; i < 10; i++) {
      var message = dead.message(i);
      Check.equal("its topic", i < 5 ? first : second, message.getProperty("RETRY_TOPIC"));
      Check.that(message.getProperty("ORIGIN_MESSAGE_ID") != null, "no ORIGIN_MESSAGE_ID");
    }
  }

  private static long stored(Context context, String topic) {
    try {
      return context.admin().examineTopicStats(topic).getOffsetTable().values().stream()
          .mapToLong(offset -> offset.getMaxOffset())
          .sum();
    } catch (Exception e) {
      return -1;
    }
  }
}
