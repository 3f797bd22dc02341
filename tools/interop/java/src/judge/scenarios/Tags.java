package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** Each group gets the tags it asked for, also where two tags have the same hash code. */
public final class Tags implements Scenario {
  /** "Aa" and "BB" have the same Java hash code: only the client's second look keeps them apart. */
  private static final String[] TAGS = {"TagA", "TagB", "TagC", "Aa", "BB"};

  @Override
  public void run(Context context) throws Exception {
    int count = context.parameter("count", 250);
    String topic = context.topic(4);
    DefaultMQProducer producer = context.producer();
    for (int i = 0; i < count; i++) {
      Context.stored(producer.send(context.message(topic, TAGS[i % TAGS.length], i, 100)));
    }
    Tally two = new Tally(context.run(), count);
    Tally all = new Tally(context.run(), count);
    Tally collision = new Tally(context.run(), count);
    context.consumer(context.group("two"), topic, "TagA || TagC", two);
    context.consumer(context.group("all"), topic, "*", all);
    context.consumer(context.group("collision"), topic, "Aa", collision);
    context.awaitAll(all, count);
    context.awaitAll(two, count / TAGS.length * 2);
    context.awaitAll(collision, count / TAGS.length);
    all.verifyExactlyOnce();
    two.verify(i -> i % TAGS.length == 0 || i % TAGS.length == 2);
    collision.verify(i -> i % TAGS.length == 3);
    Check.equal("duplicates", 0, two.duplicates() + collision.duplicates());
  }
}
