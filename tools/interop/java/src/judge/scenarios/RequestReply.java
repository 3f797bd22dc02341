package judge.scenarios;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import judge.Body;
import judge.Check;
import judge.Context;
import judge.Scenario;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.RequestTimeoutException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.message.Message;

/** A request gets the reply that is meant for it, two requesters at once; without a replier it times out. */
public final class RequestReply implements Scenario {
  private static final int LIMIT_MS = 15_000;

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 20);
    String topic = context.topic(4);
    String nobody = context.topic(4);
    DefaultMQProducer replier = context.producer();
    DefaultMQPushConsumer consumer = context.newConsumer(context.group("c"));
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, unused) -> {
              for (var message : messages) {
                try {
                  int index = Body.indexOf(context.run(), message.getBody());
                  replier.send(MessageUtil.createReplyMessage(message, Body.make(context.run(), index + 1_000, 90)));
                } catch (Exception e) {
                  e.printStackTrace();
                  return ConsumeConcurrentlyStatus.RECONSUME_LATER;
                }
              }
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    context.start(consumer);
    context.awaitQueues(consumer, topic, 4);
    DefaultMQProducer[] requesters = {context.producer(), context.producer()};
    for (int i = 0; i < count; i++) {
      Message reply = requesters[i % 2].request(context.message(topic, i), LIMIT_MS);
      Check.equal("reply", i + 1_000, Body.indexOf(context.run(), reply.getBody()));
    }
    CountDownLatch answers = new CountDownLatch(count);
    AtomicInteger wrong = new AtomicInteger();
    for (int i = 0; i < count; i++) {
      int index = i;
      requesters[i % 2].request(
          context.message(topic, i),
          new RequestCallback() {
            @Override
            public void onSuccess(Message reply) {
              if (Body.indexOf(context.run(), reply.getBody()) != index + 1_000) {
                wrong.incrementAndGet();
              }
              answers.countDown();
            }

            @Override
            public void onException(Throwable thrown) {
              thrown.printStackTrace();
              wrong.incrementAndGet();
              answers.countDown();
            }
          },
          LIMIT_MS);
    }
    Check.that(answers.await(LIMIT_MS * 2, TimeUnit.MILLISECONDS), "callbacks are missing: " + answers.getCount());
    Check.equal("wrong answers", 0, wrong.get());
    Exception late =
        Check.throwing("a request nobody answers", () -> requesters[0].request(context.message(nobody, 0), 1_000));
    Check.that(late instanceof RequestTimeoutException, "threw " + late);
  }
}
