package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

/**
 * Where a new group begins. On a topic whose first message is still there and in memory, brokers answer 0
 * for a group without progress: it then begins at the first message whatever it asked for.
 */
public final class FromWhere implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 40);
    String topic = context.topic(4);
    var producer = context.producer();
    context.sendAll(producer, topic, 0, count);
    for (ConsumeFromWhere where :
        new ConsumeFromWhere[] {
          ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET,
          ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET,
          ConsumeFromWhere.CONSUME_FROM_TIMESTAMP
        }) {
      Tally tally = new Tally(context.run(), count);
      DefaultMQPushConsumer consumer = context.newConsumer(context.group(where.name()));
      consumer.setConsumeFromWhere(where);
      consumer.subscribe(topic, "*");
      consumer.registerMessageListener(
          (MessageListenerConcurrently)
              (messages, unused) -> {
                tally.addAll(messages);
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
              });
      context.start(consumer);
      context.awaitAll(tally, count);
      tally.verifyExactlyOnce();
    }
    Check.that(producer.fetchPublishMessageQueues(topic).size() == 4, "queues");
  }
}
