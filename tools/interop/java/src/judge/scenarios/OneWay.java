package judge.scenarios;

import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** One-way sends: nobody answers, all arrive. */
public final class OneWay implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 500);
    String topic = context.topic(4);
    DefaultMQProducer producer = context.producer();
    for (int i = 0; i < count; i++) {
      producer.sendOneway(context.message(topic, i));
    }
    Tally tally = new Tally(context.run(), count);
    context.consumer(context.group("c"), topic, "*", tally);
    context.awaitAll(tally, count);
    tally.verifyExactlyOnce();
  }
}
