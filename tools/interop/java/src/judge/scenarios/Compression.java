package judge.scenarios;

import judge.Check;
import judge.Context;
import judge.Scenario;
import judge.Tally;

/** Large bodies go compressed by each of the three codecs and come back as they were. */
public final class Compression implements Scenario {
  private static final String[] CODECS = {"ZLIB", "LZ4", "ZSTD"};
  private static final int EACH = 10;

  @Override
  public void run(Context context) throws Exception {
    String topic = context.topic(4);
    for (int codec = 0; codec < CODECS.length; codec++) {
      System.setProperty("rocketmq.message.compressType", CODECS[codec]);
      var producer = context.producer();
      for (int i = 0; i < EACH; i++) {
        Context.stored(producer.send(context.message(topic, "TagA", codec * EACH + i, 4_000 + i * 9_000)));
      }
    }
    int count = CODECS.length * EACH;
    Tally tally = new Tally(context.run(), count);
    context.consumer(context.group("c"), topic, "*", tally);
    context.awaitAll(tally, count);
    tally.verifyExactlyOnce();
    for (int i = 0; i < count; i++) {
      var message = tally.message(i);
      boolean isLarge = message.getBody().length >= 4_096;
      if (isLarge) {
        Check.that(
            message.getStoreSize() < message.getBody().length, "stored with " + message.getStoreSize() + " bytes");
      }
    }
  }
}
