package judge;

import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Assertions whose failure says what was seen. */
public final class Check {
  private static final int POLL_MS = 5;

  private Check() {}

  public static void that(boolean condition, String otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise);
    }
  }

  public static void equal(String what, Object expected, Object actual) {
    that(Objects.equals(expected, actual), what + ": expected " + expected + ", got " + actual);
  }

  public static void within(String what, long value, long low, long high) {
    that(value >= low && value <= high, what + ": " + value + " is not in " + low + ".." + high);
  }

  public static void await(String what, long timeoutMs, BooleanSupplier condition)
      throws InterruptedException, TimeoutException {
    await(what, timeoutMs, condition, () -> "");
  }

  public static void await(
      String what, long timeoutMs, BooleanSupplier condition, Supplier<String> state)
      throws InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + timeoutMs * 1_000_000;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException(what + " within " + timeoutMs + " ms " + state.get());
      }
      Thread.sleep(POLL_MS);
    }
  }

  /** Something that must fail: returns what it threw. */
  public static Exception throwing(String what, Action action) {
    try {
      action.run();
    } catch (Exception e) {
      return e;
    }
    throw new AssertionError(what + ": was accepted");
  }

  /** Something that may throw. */
  public interface Action {
    void run() throws Exception;
  }
}
