package judge.scenarios;

import judge.Body;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/** What mqadmin's commands are asked about: a topic with 20 messages and a group that consumed them. */
public final class Prepare implements Scenario {
  private static final int COUNT = 20;

  @Override
  public void run(Context context) throws Exception {
    String topic = context.createTopic("AdmMsgs", 4);
    DefaultMQProducer producer = context.producer();
    var queues = producer.fetchPublishMessageQueues(topic);
    queues.sort(null);
    for (int i = 0; i < COUNT; i++) {
      Message message = new Message(topic, "TagA", "k" + i, Body.make("adm", i, 100));
      SendResult result = Context.stored(producer.send(message, queues.get(i % 4)));
      if (i == 0) {
        context.fact("uniqueId", result.getMsgId());
        context.fact("offsetId", result.getOffsetMsgId());
        context.fact("queueId", result.getMessageQueue().getQueueId());
      }
    }
    Tally tally = new Tally("adm", COUNT);
    context.consumer("AdmGroup", topic, "*", tally);
    context.awaitAll(tally, COUNT);
    tally.verifyExactlyOnce();
  }
}
