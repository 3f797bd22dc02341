package judge.scenarios;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Synchronous sends to a topic nobody created; all that a message carries arrives as it was sent. */
public final class Sync implements Scenario {
  private static final String UNICODE = "großes 消息 \uD83D\uDE80";

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 200);
    String topic = "t_" + context.run();
    long start = System.currentTimeMillis();
    List<SendResult> results = send(context, topic, count);
    Tally tally = new Tally(context.run(), count);
    context.consumer(context.group("c"), topic, "*", tally);
    context.awaitAll(tally, count);
    tally.verifyExactlyOnce();
    for (int i = 0; i < count; i++) {
      compare(results.get(i), tally.message(i), topic, start);
    }
    offsetsAreDense(results);
  }

  private static List<SendResult> send(Context context, String topic, int count) throws Exception {
    DefaultMQProducer producer = context.producer();
    producer.setCompressMsgBodyOverHowmuch(8 * 1024 * 1024);
    List<SendResult> results = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int size = i == count / 2 ? 1024 * 1024 : 1 + i * 37 % 9_000;
      Message message = context.message(topic, "TagA", i, size);
      message.putUserProperty("unicode", UNICODE + i);
      message.setFlag(i);
      results.add(Context.stored(producer.send(message)));
    }
    return results;
  }

  private static void compare(SendResult sent, MessageExt got, String topic, long start) {
    Check.equal("topic", topic, got.getTopic());
    Check.equal("tag", "TagA", got.getTags());
    Check.equal("message id", sent.getMsgId(), got.getMsgId());
    Check.equal("queue id", sent.getMessageQueue().getQueueId(), got.getQueueId());
    Check.equal("queue offset", sent.getQueueOffset(), got.getQueueOffset());
    Check.equal("unicode property", UNICODE + got.getFlag(), got.getUserProperty("unicode"));
    Check.equal("reconsume times", 0, got.getReconsumeTimes());
    Check.within("born", got.getBornTimestamp(), start, System.currentTimeMillis());
    Check.within("stored", got.getStoreTimestamp(), start, System.currentTimeMillis());
    Check.equal("born host", "127.0.0.1", got.getBornHostString());
    Check.that(got.getProperty("MIN_OFFSET") != null, "no MIN_OFFSET");
    Check.that(got.getProperty("MAX_OFFSET") != null, "no MAX_OFFSET");
  }

  private static void offsetsAreDense(List<SendResult> results) {
    Map<Integer, Long> next = new HashMap<>();
    for (SendResult result : results) {
      int queue = result.getMessageQueue().getQueueId();
      Check.equal("next offset", next.getOrDefault(queue, 0L), result.getQueueOffset());
      next.put(queue, result.getQueueOffset() + 1);
    }
    Check.equal("queues of a created topic", 4, next.size());
  }
}
