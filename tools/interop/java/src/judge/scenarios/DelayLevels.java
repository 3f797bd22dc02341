package judge.scenarios;

import judge.Context;
import judge.Scenario;

/** The delay levels of a broker that has others than the default ones. */
public final class DelayLevels implements Scenario {
  @Override
  public void run(Context context) throws Exception {
    new Delay().run(context);
  }
}
