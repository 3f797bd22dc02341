package judge.scenarios;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.Message;

/** SQL92 filters: each expression lets through what it says; one that cannot be parsed is refused. */
public final class Sql implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 60);
    String topic = context.topic(4);
    var producer = context.producer();
    for (int i = 0; i < count; i++) {
      Message message = context.message(topic, i % 2 == 0 ? "even" : "odd", i, 100);
      message.putUserProperty("a", String.valueOf(i));
      message.putUserProperty("d", i + ".5");
      message.putUserProperty("s", i % 3 == 0 ? "it's" : "x" + i % 3);
      message.putUserProperty("b", i % 5 == 0 ? "true" : "false");
      if (i % 4 == 0) {
        message.putUserProperty("n", "here");
      }
      Context.stored(producer.send(message));
    }
    Map<String, IntPredicate> expressions = new LinkedHashMap<>();
    expressions.put("a > 10 AND a <= 20", i -> i > 10 && i <= 20);
    expressions.put("a BETWEEN 5 AND 9 OR a NOT BETWEEN 5 AND 50", i -> i >= 5 && i <= 9 || i < 5 || i > 50);
    expressions.put("s IN ('x1', 'it''s') AND d < 12.25", i -> (i % 3 == 1 || i % 3 == 0) && i + 0.5 < 12.25);
    expressions.put("n IS NULL", i -> i % 4 != 0);
    expressions.put("n IS NOT NULL AND NOT (a = 8)", i -> i % 4 == 0 && i != 8);
    expressions.put("TAGS = 'even' AND b = TRUE", i -> i % 2 == 0 && i % 5 == 0);
    expressions.put("a = 1 OR a = 2 AND s = 'nothing'", i -> i == 1);
    expressions.put("s <> 'x1' AND a >= 30", i -> i % 3 != 1 && i >= 30);
    Map<String, Tally> tallies = new LinkedHashMap<>();
    int number = 0;
    for (String expression : expressions.keySet()) {
      Tally tally = new Tally(context.run(), count);
      tallies.put(expression, tally);
      DefaultMQPushConsumer consumer = context.newConsumer(context.group("c" + number++));
      consumer.subscribe(topic, MessageSelector.bySql(expression));
      consumer.registerMessageListener(
          (MessageListenerConcurrently)
              (messages, unused) -> {
                tally.addAll(messages);
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
              });
      context.start(consumer);
    }
    for (var entry : expressions.entrySet()) {
      int expected = 0;
      for (int i = 0; i < count; i++) {
        expected += entry.getValue().test(i) ? 1 : 0;
      }
      try {
        context.awaitAll(tallies.get(entry.getKey()), expected);
        tallies.get(entry.getKey()).verify(entry.getValue());
      } catch (Exception | AssertionError e) {
        throw new AssertionError(entry.getKey() + ": " + e.getMessage(), e);
      }
    }
    Exception refused =
        Check.throwing(
            "a broken expression",
            () -> {
              DefaultMQPushConsumer consumer = context.newConsumer(context.group("broken"));
              consumer.subscribe(topic, MessageSelector.bySql("a > AND"));
              consumer.registerMessageListener(
                  (MessageListenerConcurrently) (m, u) -> ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
              context.start(consumer);
            });
    context.fact("refusal", String.valueOf(refused.getMessage()).lines().findFirst().orElse(""));
  }
}
