package judge.scenarios;

import java.util.stream.IntStream;
import judge.Body;
import org.apache.rocketmq.common.message.Message;

/** What {@link PendingPut} leaves behind and {@link PendingTake} gets. */
final class Pending {
  static final String RUN = "pending";
  static final String TOPIC = "PendingTopic";
  static final String GROUP = "PendingProducers";
  /** When a message is to come, in ms since 1970. */
  static final String DUE = "due";

  static final int COUNT = 80;

  /** The short ones become due while no broker runs, the long ones when the next one does. */
  enum Kind {
    DELAY_SHORT(false),
    DELAY_LONG(false),
    TIMER_SHORT(false),
    TIMER_LONG(false),
    COMMITTED(true),
    ROLLED_BACK(true),
    TO_BE_COMMITTED(true),
    TO_BE_ROLLED_BACK(true);

    final boolean isHalf;

    Kind(boolean isHalf) {
      this.isHalf = isHalf;
    }
  }

  private Pending() {}

  static Kind kind(int index) {
    return Kind.values()[index % Kind.values().length];
  }

  static long count(Kind kind) {
    return IntStream.range(0, COUNT).filter(i -> kind(i) == kind).count();
  }

  static Message message(int index) {
    return new Message(TOPIC, "TagA", "k" + index, Body.make(RUN, index, 100 + index));
  }
}
