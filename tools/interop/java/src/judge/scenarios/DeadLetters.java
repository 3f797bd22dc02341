package judge.scenarios;

import java.util.ArrayList;
import java.util.List;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageExt;

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
    List<SendResult> sent = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      sent.add(Context.stored(producer.send(context.message(i < 5 ? first : second, i))));
    }
    Check.await("the dead-letter topic", Context.TIMEOUT_MS, () -> context.hasRoute(deadLetters));
    var queue = context.admin().examineTopicRouteInfo(deadLetters).getQueueDatas().get(0);
    Check.equal("permission", 6, queue.getPerm());
    Check.equal("dead-letter queues", 1, queue.getReadQueueNums());
    Check.await("10 dead letters", Context.TIMEOUT_MS, () -> stored(context, deadLetters) == 10);
    consumer.shutdown();
    Tally dead = new Tally(context.run(), 10);
    context.consumer(context.group("reader"), deadLetters, "*", dead);
    context.awaitAll(dead, 10);
    dead.verifyExactlyOnce();
    for (int i = 0; i < 10; i++) {
      var message = dead.message(i);
      Check.equal("its topic", i < 5 ? first : second, message.getProperty("RETRY_TOPIC"));
      Check.equal("its first id", sent.get(i).getOffsetMsgId(), message.getProperty("ORIGIN_MESSAGE_ID"));
      Check.equal("its id", sent.get(i).getMsgId(), message.getMsgId());
      Check.equal("its times", 1, message.getReconsumeTimes());
    }
    handOver(context, group, first, dead.message(0));
  }

  /** A tool hands a dead letter to a consumer of its group once more. */
  private static void handOver(Context context, String group, String topic, MessageExt letter) throws Exception {
    Tally again = new Tally(context.run(), 10);
    DefaultMQPushConsumer accepting = context.consumer(group, topic, "*", again);
    Check.await(
        "the consumer among those that are online",
        Context.TIMEOUT_MS,
        () -> isOnline(context, group, accepting.buildMQClientId()));
    String offsetId = ((MessageClientExt) letter).getOffsetMsgId();
    var result =
        context.admin().consumeMessageDirectly(group, accepting.buildMQClientId(), letter.getTopic(), offsetId);
    Check.equal("a dead letter handed over", "CR_SUCCESS", result.getConsumeResult().toString());
    Check.equal("deliveries", 1, again.total());
    again.verify(index -> index == 0);
  }

  private static boolean isOnline(Context context, String group, String clientId) {
    try {
      return context.admin().examineConsumerConnectionInfo(group).getConnectionSet().stream()
          .anyMatch(connection -> connection.getClientId().equals(clientId));
    } catch (Exception e) {
      return false;
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
