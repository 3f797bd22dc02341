package judge;

/** One thing that must hold between a client and a cluster. */
public interface Scenario {
  /** Returns normally when it holds, throws what was wrong otherwise. */
  void run(Context context) throws Exception;
}
