package judge;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What scenarios are made of: names of their own, clients that are shut down at the end, facts to report. */
public final class Context {
  /** Enough for a busy two-core machine; what must be fast has limits of its own. */
  public static final long TIMEOUT_MS = 60_000;

  private static final int ROUTE_POLL_MS = 1_000;

  private final String namesrv;
  private final Map<String, String> parameters;
  private final String run;
  private final Deque<Runnable> closers = new ArrayDeque<>();
  private final Map<String, Object> facts = new ConcurrentHashMap<>();
  private final AtomicInteger names = new AtomicInteger();
  private DefaultMQAdminExt admin;

  Context(String scenario, String namesrv, Map<String, String> parameters) {
    this.namesrv = namesrv;
    this.parameters = parameters;
    this.run = scenario + "_" + Long.toString(System.currentTimeMillis(), 36);
  }

  /** A name that no other run has; part of every topic, group and body. */
  public String run() {
    return run;
  }

  public String namesrv() {
    return namesrv;
  }

  public int parameter(String name, int otherwise) {
    return parameters.containsKey(name) ? Integer.parseInt(parameters.get(name)) : otherwise;
  }

  public String text(String name, String otherwise) {
    return parameters.getOrDefault(name, otherwise);
  }

  public void fact(String name, Object value) {
    facts.put(name, value);
  }

  Map<String, Object> facts() {
    return facts;
  }

  public void onClose(Runnable closer) {
    closers.push(closer);
  }

  void close() {
    for (Runnable closer : closers) {
      try {
        closer.run();
      } catch (RuntimeException e) {
        e.printStackTrace();
      }
    }
  }

  public String group(String suffix) {
    return "g_" + run + "_" + suffix;
  }

  /** Points a client at the cluster, with a client id and a route poll of its own. */
  public <T extends ClientConfig> T configure(T client) {
    client.setNamesrvAddr(namesrv);
    client.setInstanceName(run + "-" + names.incrementAndGet());
    client.setPollNameServerInterval(ROUTE_POLL_MS);
    client.setVipChannelEnabled(false);
    return client;
  }

  public DefaultMQAdminExt admin() throws Exception {
    if (admin == null) {
      admin = configure(new DefaultMQAdminExt());
      admin.start();
      onClose(admin::shutdown);
    }
    return admin;
  }

  /** Addresses of all masters. */
  public Set<String> brokers() throws Exception {
    Set<String> addresses = ConcurrentHashMap.newKeySet();
    admin()
        .examineBrokerClusterInfo()
        .getBrokerAddrTable()
        .values()
        .forEach(data -> addresses.add(data.getBrokerAddrs().get(0L)));
    return addresses;
  }

  /** Creates a topic of this run and waits for its route. */
  public String topic(int queues) throws Exception {
    return createTopic("t_" + run + "_" + names.incrementAndGet(), queues);
  }

  public String createTopic(String topic, int queues) throws Exception {
    for (String broker : brokers()) {
      admin().createAndUpdateTopicConfig(broker, new TopicConfig(topic, queues, queues, 6));
    }
    Check.await("a route of " + topic, TIMEOUT_MS, () -> hasRoute(topic));
    return topic;
  }

  public boolean hasRoute(String topic) {
    try {
      return !admin().examineTopicRouteInfo(topic).getQueueDatas().isEmpty();
    } catch (Exception e) {
      return false;
    }
  }

  public DefaultMQProducer producer() throws Exception {
    return start(new DefaultMQProducer(group("p" + names.incrementAndGet())));
  }

  public <T extends DefaultMQProducer> T start(T producer) throws Exception {
    configure(producer);
    producer.setSendMsgTimeout(10_000);
    producer.start();
    onClose(producer::shutdown);
    return producer;
  }

  public DefaultMQPushConsumer newConsumer(String group) {
    DefaultMQPushConsumer consumer = configure(new DefaultMQPushConsumer(group));
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setConsumeThreadMin(4);
    consumer.setConsumeThreadMax(8);
    return consumer;
  }

  public DefaultMQPushConsumer start(DefaultMQPushConsumer consumer) throws Exception {
    consumer.start();
    onClose(consumer::shutdown);
    return consumer;
  }

  /** A started consumer that tells the tally of everything it gets. */
  public DefaultMQPushConsumer consumer(String group, String topic, String expression, Tally tally)
      throws Exception {
    DefaultMQPushConsumer consumer = newConsumer(group);
    consumer.subscribe(topic, expression);
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              tally.addAll(messages);
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    return start(consumer);
  }

  /** Waits until a consumer holds that many of a topic's queues: clients of 5.x may need their next rebalance for it. */
  public void awaitQueues(DefaultMQPushConsumer consumer, String topic, int queues) throws Exception {
    var table = consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable();
    Check.await(
        queues + " queues of " + topic,
        TIMEOUT_MS,
        () -> table.keySet().stream().filter(queue -> queue.getTopic().equals(topic)).count() == queues);
  }

  /** A message of this run, with its key. */
  public Message message(String topic, String tag, int index, int size) {
    return new Message(topic, tag, "k" + index, Body.make(run, index, size));
  }

  public Message message(String topic, int index) {
    return message(topic, "TagA", index, 64 + index % 512);
  }

  /** Sends indexes from..to one after another; all must be stored. */
  public void sendAll(DefaultMQProducer producer, String topic, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      stored(producer.send(message(topic, i)));
    }
  }

  public static SendResult stored(SendResult result) {
    Check.equal("send status", SendStatus.SEND_OK, result.getSendStatus());
    return result;
  }

  /** Waits until the tally holds that many, then a moment longer so that what is too much shows. */
  public void awaitAll(Tally tally, int expected) throws Exception {
    Check.await(
        expected + " messages",
        TIMEOUT_MS,
        () -> tally.distinct() >= expected,
        () -> "but got " + tally.distinct() + " (" + tally.total() + " deliveries)");
    Thread.sleep(300);
  }

  public static MessageExt only(List<MessageExt> messages) {
    Check.equal("messages at once", 1, messages.size());
    return messages.get(0);
  }
}
