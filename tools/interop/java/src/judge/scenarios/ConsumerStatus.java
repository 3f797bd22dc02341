package judge.scenarios;

import java.util.concurrent.CopyOnWriteArrayList;
import judge.Body;
import judge.Check;
import judge.Context;
import judge.Scenario;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;

/** What an administrator can ask a running consumer through the broker: connection, running info, consume directly. */
public final class ConsumerStatus implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    String topic = context.topic(4);
    String group = context.group("c");
    var seen = new CopyOnWriteArrayList<Integer>();
    DefaultMQPushConsumer consumer = context.newConsumer(group);
    consumer.subscribe(topic, "TagA || TagB");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              messages.forEach(message -> seen.add(Body.indexOf(context.run(), message.getBody())));
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(consumer);
    var producer = context.producer();
    var sent = Context.stored(producer.send(context.message(topic, 0)));
    Check.await("the message", Context.TIMEOUT_MS, () -> seen.size() == 1);

    var connection = context.admin().examineConsumerConnectionInfo(group);
    Check.equal("connections", 1, connection.getConnectionSet().size());
    var client = connection.getConnectionSet().iterator().next();
    Check.equal("client id", consumer.buildMQClientId(), client.getClientId());
    Check.equal("language", "JAVA", client.getLanguage().toString());
    Check.equal(
        "subscription", "TagA || TagB", connection.getSubscriptionTable().get(topic).getSubString());
    Check.equal("model", "CLUSTERING", connection.getMessageModel().toString());
    Check.equal("type", "CONSUME_PASSIVELY", connection.getConsumeType().toString());

    var running = context.admin().getConsumerRunningInfo(group, client.getClientId(), false);
    Check.equal("queues of the topic", 4L,
        running.getMqTable().keySet().stream().filter(queue -> queue.getTopic().equals(topic)).count());
    Check.that(running.getStatusTable().containsKey(topic), "no status of the topic");

    var direct =
        context.admin().consumeMessageDirectly(group, client.getClientId(), topic, sent.getMsgId());
    Check.equal("consumed directly", "CR_SUCCESS", direct.getConsumeResult().toString());
    Check.equal("deliveries", 2, seen.size());

    // A producer tells the broker of itself with its next heartbeat.
    producer.getDefaultMQProducerImpl().getMqClientFactory().sendHeartbeatToAllBrokerWithLock();
    var producers = context.admin().examineProducerConnectionInfo(producer.getProducerGroup(), topic);
    Check.equal("producer connections", 1, producers.getConnectionSet().size());
  }
}
