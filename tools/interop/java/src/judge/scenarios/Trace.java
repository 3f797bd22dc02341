package judge.scenarios;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** With tracing on, publications, deliveries and their ends are found in the trace topic by the message's id. */
public final class Trace implements Scenario {
  private static final String TOPIC = "RMQ_SYS_TRACE_TOPIC";

  @Override
  public void run(Context context) throws Exception {
    int count = 5;
    String topic = context.topic(4);
    Check.await("the trace topic", Context.TIMEOUT_MS, () -> context.hasRoute(TOPIC));
    DefaultMQProducer producer = context.start(new DefaultMQProducer(context.group("p"), true, TOPIC));
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(Context.stored(producer.send(context.message(topic, i))).getMsgId());
    }
    Tally tally = new Tally(context.run(), count);
    DefaultMQPushConsumer consumer = context.configure(new DefaultMQPushConsumer(context.group("c"), true, TOPIC));
    consumer.setConsumeFromWhere(org.apache.rocketmq.common.consumer.ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              tally.addAll(messages);
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(consumer);
    context.awaitAll(tally, count);
    List<String> traces = new CopyOnWriteArrayList<>();
    DefaultMQPushConsumer reader = context.newConsumer(context.group("reader"));
    reader.subscribe(TOPIC, "*");
    reader.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              messages.forEach(message -> traces.add(new String(message.getBody(), StandardCharsets.UTF_8)));
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(reader);
    Check.await(
        "three traces of each message",
        Context.TIMEOUT_MS,
        () -> ids.stream().allMatch(id -> kindsOf(traces, id).containsAll(Set.of("Pub", "SubBefore", "SubAfter"))),
        () -> kindsOf(traces, ids.get(0)).toString());
    var found = producer.queryMessage(TOPIC, ids.get(0), 32, 0, System.currentTimeMillis() + 1_000);
    Check.that(!found.getMessageList().isEmpty(), "no trace found by the message's id as key");
  }

  private static Set<String> kindsOf(List<String> traces, String id) {
    Set<String> kinds = new TreeSet<>();
    for (String trace : traces) {
      for (String context : trace.split("\u0002")) {
        if (context.contains(id)) {
          kinds.add(context.substring(0, context.indexOf('\u0001')));
        }
      }
    }
    return kinds;
  }
}
