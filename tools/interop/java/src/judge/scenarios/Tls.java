package judge.scenarios;

import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** Everything over TLS: name server, administration, sends of small and large bodies, consumption. */
public final class Tls implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    // Read when the first client is made.
    System.setProperty("tls.enable", "true");
    int count = context.parameter("count", 100);
    String topic = context.topic(4);
    DefaultMQProducer producer = context.producer();
    producer.setCompressMsgBodyOverHowmuch(8 * 1024 * 1024);
    for (int i = 0; i < count; i++) {
      int size = i % 20 == 19 ? 1024 * 1024 : 1 + i * 37 % 9_000;
      Context.stored(producer.send(context.message(topic, "TagA", i, size)));
    }
    Tally tally = new Tally(context.run(), count);
    context.consumer(context.group("c"), topic, "*", tally);
    context.awaitAll(tally, count);
    tally.verifyExactlyOnce();
  }
}
