package judge.scenarios;

import java.util.ArrayList;
import java.util.List;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/** Batches of 1 to 40 messages: one answer names them all, they lie side by side in one queue. */
public final class Batch implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    int batches = context.parameter("count", 40);
    String topic = context.topic(4);
    DefaultMQProducer producer = context.producer();
    List<SendResult> results = new ArrayList<>();
    int sent = 0;
    for (int size = 1; size <= batches; size++) {
      List<Message> messages = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        messages.add(context.message(topic, sent++));
      }
      results.add(Context.stored(producer.send(messages)));
    }
    Tally tally = new Tally(context.run(), sent);
    context.consumer(context.group("c"), topic, "*", tally);
    context.awaitAll(tally, sent);
    tally.verifyExactlyOnce();
    int index = 0;
    for (SendResult result : results) {
      String[] ids = result.getMsgId().split(",");
      Check.equal("offset ids", ids.length, result.getOffsetMsgId().split(",").length);
      for (int i = 0; i < ids.length; i++, index++) {
        var got = tally.message(index);
        Check.equal("message id", ids[i], got.getMsgId());
        Check.equal("queue", result.getMessageQueue().getQueueId(), got.getQueueId());
        Check.equal("queue offset", result.getQueueOffset() + i, got.getQueueOffset());
      }
    }
  }
}
