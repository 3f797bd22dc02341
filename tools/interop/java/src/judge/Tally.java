package judge;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntPredicate;
import org.apache.rocketmq.common.message.MessageExt;

/** Counts what arrived, by index: every body is compared with what was sent. */
public final class Tally {
  private final String run;
  private final AtomicIntegerArray counts;
  private final AtomicInteger distinct = new AtomicInteger();
  private final AtomicInteger total = new AtomicInteger();
  private final List<String> corrupt = new ArrayList<>();
  private final ConcurrentHashMap<Integer, MessageExt> last = new ConcurrentHashMap<>();
  private final boolean isKeeping;

  public Tally(String run, int size) {
    this(run, size, true);
  }

  public Tally(String run, int size, boolean isKeeping) {
    this.run = run;
    this.counts = new AtomicIntegerArray(size);
    this.isKeeping = isKeeping;
  }

  /** Returns the index of the message, -1 when it is not one of ours. */
  public int add(MessageExt message) {
    try {
      return count(message);
    } finally {
      // Last, so that whoever waits for a total finds everything counted.
      total.incrementAndGet();
    }
  }

  private int count(MessageExt message) {
    int index = Body.indexOf(run, message.getBody());
    if (index < 0 || index >= counts.length() || !("k" + index).equals(message.getKeys())) {
      synchronized (corrupt) {
        corrupt.add(message + " body of " + message.getBody().length);
      }
      return -1;
    }
    if (isKeeping) {
      last.put(index, message);
    }
    if (counts.getAndIncrement(index) == 0) {
      distinct.incrementAndGet();
    }
    return index;
  }

  public void addAll(List<MessageExt> messages) {
    messages.forEach(this::add);
  }

  /** How many indexes there are. */
  public int size() {
    return counts.length();
  }

  public int distinct() {
    return distinct.get();
  }

  public int total() {
    return total.get();
  }

  public int duplicates() {
    return total.get() - distinct.get() - corrupt.size();
  }

  public int count(int index) {
    return counts.get(index);
  }

  public MessageExt message(int index) {
    return last.get(index);
  }

  /** No byte of what arrived was changed, and nothing of another run arrived. */
  public void verifyIntact() {
    synchronized (corrupt) {
      Check.that(corrupt.isEmpty(), "corrupt or foreign messages: " + corrupt);
    }
  }

  /** Exactly those indexes whose expectation is true arrived, and no byte of them was changed. */
  public void verify(IntPredicate isExpected) {
    verifyIntact();
    List<Integer> missing = new ArrayList<>();
    List<Integer> unexpected = new ArrayList<>();
    for (int i = 0; i < counts.length(); i++) {
      if (isExpected.test(i) && counts.get(i) == 0) {
        missing.add(i);
      }
      if (!isExpected.test(i) && counts.get(i) > 0) {
        unexpected.add(i);
      }
    }
    Check.that(missing.isEmpty(), "lost " + missing.size() + ": " + head(missing));
    Check.that(unexpected.isEmpty(), "unexpected " + unexpected.size() + ": " + head(unexpected));
  }

  /** Everything arrived, each once. */
  public void verifyExactlyOnce() {
    verify(i -> true);
    Check.that(duplicates() == 0, duplicates() + " duplicates");
  }

  private static String head(List<Integer> indexes) {
    return indexes.subList(0, Math.min(20, indexes.size())).toString();
  }
}
