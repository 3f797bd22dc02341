package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.remoting.RPCHook;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** Clients with credentials do what their account may; all others are refused, with the reason. */
public final class Acl implements Scenario {
  private static final String CLOSED = "AclClosed";

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 40);
    String broker = context.text("broker", "");
    String topic = "t_" + context.run();
    DefaultMQAdminExt admin = admin(context, hook("admin-account", "admin-secret"));
    for (String name : new String[] {topic, CLOSED}) {
      admin.createAndUpdateTopicConfig(broker, new TopicConfig(name, 4, 4, 6));
      Check.await("a route of " + name, Context.TIMEOUT_MS, () -> context.hasRoute(name));
    }

    RPCHook user = hook("user-account", "user-secret");
    DefaultMQProducer producer = producer(context, user);
    context.sendAll(producer, topic, 0, count);
    Tally tally = new Tally(context.run(), count);
    consume(context, user, topic, tally);
    context.awaitAll(tally, count);
    tally.verifyExactlyOnce();

    refused(
        "a send to a topic that is denied",
        "No default permission for topic:" + CLOSED,
        () -> producer.send(context.message(CLOSED, 0)));
    DefaultMQProducer nobody = producer(context, null);
    refused(
        "a send without credentials",
        "No accessKey is configured",
        () -> nobody.send(context.message(topic, 0)));
    DefaultMQProducer liar = producer(context, hook("user-account", "wrong-secret"));
    refused(
        "a send with a wrong signature",
        "Check signature failed for accessKey=user-account",
        () -> liar.send(context.message(topic, 0)));
    DefaultMQAdminExt usersAdmin = admin(context, user);
    refused(
        "a topic made by a user",
        "Need admin permission for request code=17, but accessKey=user-account is not",
        () -> usersAdmin.createAndUpdateTopicConfig(broker, new TopicConfig(topic, 8, 8, 6)));
  }

  private static RPCHook hook(String accessKey, String secretKey) {
    return new AclClientRPCHook(new SessionCredentials(accessKey, secretKey));
  }

  private static DefaultMQAdminExt admin(Context context, RPCHook hook) throws Exception {
    DefaultMQAdminExt admin = context.configure(new DefaultMQAdminExt(hook));
    admin.start();
    context.onClose(admin::shutdown);
    return admin;
  }

  private static DefaultMQProducer producer(Context context, RPCHook hook) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer(context.group("p"), hook);
    return context.start(producer);
  }

  private static void consume(Context context, RPCHook hook, String topic, Tally tally)
      throws Exception {
    DefaultMQPushConsumer consumer =
        context.configure(
            new DefaultMQPushConsumer(
                context.group("c"), hook, new AllocateMessageQueueAveragely()));
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              tally.addAll(messages);
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(consumer);
  }

  /** It fails, and one of its causes says why. */
  private static void refused(String what, String why, Check.Action action) {
    Exception thrown = Check.throwing(what, action);
    StringBuilder messages = new StringBuilder();
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      messages.append(cause.getMessage()).append('\n');
    }
    Check.that(messages.toString().contains(why), what + ": expected " + why + ", got " + messages);
  }
}
