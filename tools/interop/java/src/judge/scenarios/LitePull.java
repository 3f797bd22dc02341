package judge.scenarios;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** The lite pull consumer: subscribe and commit, assign, seek and pause. */
public final class LitePull implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 100);
    String topic = context.topic(4);
    context.sendAll(context.producer(), topic, 0, count);
    subscribed(context, topic, count);
    assigned(context, topic, count);
  }

  private static DefaultLitePullConsumer consumer(Context context, String group) {
    DefaultLitePullConsumer consumer = context.configure(new DefaultLitePullConsumer(group));
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setAutoCommit(false);
    return consumer;
  }

  private static void poll(DefaultLitePullConsumer consumer, Tally tally, int count) throws Exception {
    Check.await(
        count + " polled messages",
        Context.TIMEOUT_MS,
        () -> {
          tally.addAll(consumer.poll(500));
          return tally.distinct() >= count;
        },
        () -> "got " + tally.distinct());
  }

  private static void subscribed(Context context, String topic, int count) throws Exception {
    String group = context.group("subscribed");
    DefaultLitePullConsumer consumer = consumer(context, group);
    consumer.subscribe(topic, "*");
    consumer.start();
    Tally tally = new Tally(context.run(), count);
    poll(consumer, tally, count);
    tally.verifyExactlyOnce();
    consumer.commitSync();
    consumer.shutdown();
    DefaultLitePullConsumer next = consumer(context, group);
    next.subscribe(topic, "*");
    next.start();
    List<MessageExt> again = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      again.addAll(next.poll(500));
    }
    next.shutdown();
    Check.equal("messages after a commit", 0, again.size());
  }

  private static void assigned(Context context, String topic, int count) throws Exception {
    DefaultLitePullConsumer consumer = consumer(context, context.group("assigned"));
    consumer.start();
    context.onClose(consumer::shutdown);
    Collection<MessageQueue> queues = consumer.fetchMessageQueues(topic);
    consumer.assign(queues);
    for (MessageQueue queue : queues) {
      consumer.seekToBegin(queue);
    }
    Tally tally = new Tally(context.run(), count);
    poll(consumer, tally, count);
    tally.verifyExactlyOnce();
    MessageQueue one = queues.iterator().next();
    consumer.seek(one, 0);
    Tally again = new Tally(context.run(), count);
    Check.await(
        "the queue's messages after a seek",
        Context.TIMEOUT_MS,
        () -> {
          again.addAll(consumer.poll(500));
          return again.distinct() >= count / 4;
        });
    consumer.pause(queues);
    context.sendAll(context.producer(), topic, 0, 8);
    List<MessageExt> paused = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      paused.addAll(consumer.poll(300));
    }
    // A pull that already waited at the broker still brings its message: at most one a queue.
    Check.within("messages while paused", paused.size(), 0, 4);
    consumer.resume(queues);
    Tally resumed = new Tally(context.run(), count);
    resumed.addAll(paused);
    poll(consumer, resumed, 8);
    Check.equal("messages after resuming", 8, resumed.total());
  }
}
