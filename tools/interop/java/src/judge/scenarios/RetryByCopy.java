package judge.scenarios;

import java.util.concurrent.atomic.AtomicInteger;
import judge.Check;
import judge.Context;
import judge.Scenario;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.remoting.RPCHook;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/** A message cannot be sent back: the client sends a copy of it, which comes as the message itself would. */
public final class RetryByCopy implements Scenario {
  private static final int CONSUMER_SEND_MSG_BACK = 36;

  /** Stands for a broker that does not answer this one request. */
  private static final class RefusesSendBack implements RPCHook {
    final AtomicInteger refused = new AtomicInteger();

    @Override
    public void doBeforeRequest(String address, RemotingCommand request) {
      if (request.getCode() == CONSUMER_SEND_MSG_BACK) {
        refused.incrementAndGet();
        throw new IllegalStateException("not sent back, on purpose");
      }
    }

    @Override
    public void doAfterResponse(String address, RemotingCommand request, RemotingCommand response) {}
  }

  @Override
  public void run(Context context) throws Exception {
    RefusesSendBack hook = new RefusesSendBack();
    DefaultMQPushConsumer consumer =
        context.configure(
            new DefaultMQPushConsumer(context.group("c"), hook, new AllocateMessageQueueAveragely()));
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    new Retry().run(context, consumer);
    Check.that(hook.refused.get() >= 3, "send-backs that failed: " + hook.refused);
    context.fact("failedSendBacks", hook.refused.get());
  }
}
