package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** Namespace v1: names are wrapped on the wire and unwrapped for the application. */
public final class Namespaces implements Scenario {
  private static final String NAMESPACE = "MQ_INST_interop";

  @Override
  public void run(Context context) throws Exception {
    int count = 20;
    String topic = "t_" + context.run();
    context.createTopic(NAMESPACE + "%" + topic, 4);
    DefaultMQProducer producer = context.configure(new DefaultMQProducer(context.group("p")));
    producer.setNamespace(NAMESPACE);
    producer.start();
    context.onClose(producer::shutdown);
    context.sendAll(producer, topic, 0, count);
    Tally tally = new Tally(context.run(), count);
    DefaultMQPushConsumer consumer = context.newConsumer(context.group("c"));
    consumer.setNamespace(NAMESPACE);
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
    Check.equal("topic for the application", topic, tally.message(0).getTopic());
    Tally outside = new Tally(context.run(), count);
    context.consumer(context.group("outside"), NAMESPACE + "%" + topic, "*", outside);
    context.awaitAll(outside, count);
    Check.that(
        context.hasRoute("%RETRY%" + NAMESPACE + "%" + context.group("c")), "the group is not wrapped");
  }
}
