package judge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs one scenario against a cluster: {@code Judge SCENARIO NAMESRV [key=value ...]}. The last line on
 * standard output is the result as JSON; the exit code is 0 only when the scenario held.
 */
public final class Judge {
  private Judge() {}

  public static void main(String[] arguments) {
    if (arguments.length < 2) {
      System.err.println("usage: Judge SCENARIO NAMESRV [key=value ...]");
      System.exit(2);
    }
    Map<String, String> parameters = new HashMap<>();
    for (int i = 2; i < arguments.length; i++) {
      int equals = arguments[i].indexOf('=');
      parameters.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
    }
    Context context = new Context(arguments[0], arguments[1], parameters);
    String failure = null;
    try {
      scenario(arguments[0]).run(context);
    } catch (Throwable thrown) {
      thrown.printStackTrace();
      failure = thrown.toString();
    }
    context.close();
    System.out.println(json(arguments[0], failure, context.facts()));
    System.out.flush();
    System.exit(failure == null ? 0 : 1);
  }

  private static Scenario scenario(String name) throws Exception {
    StringBuilder className = new StringBuilder("judge.scenarios.");
    for (String word : name.split("-")) {
      className.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
    }
    return (Scenario) Class.forName(className.toString()).getDeclaredConstructor().newInstance();
  }

  private static String json(String scenario, String failure, Map<String, Object> facts) {
    List<String> members = new ArrayList<>();
    members.add("\"scenario\":" + quote(scenario));
    members.add("\"ok\":" + (failure == null));
    if (failure != null) {
      members.add("\"error\":" + quote(failure));
    }
    new TreeMap<>(facts)
        .forEach(
            (key, value) ->
                members.add(
                    quote(key) + ":" + (value instanceof Number ? value : quote(String.valueOf(value)))));
    return "{" + String.join(",", members) + "}";
  }

  private static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
