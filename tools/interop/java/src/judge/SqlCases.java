package judge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.rocketmq.filter.expression.EvaluationContext;
import org.apache.rocketmq.filter.expression.Expression;
import org.apache.rocketmq.filter.expression.MQFilterException;
import org.apache.rocketmq.filter.parser.SelectorParser;

/**
 * Prints what the official broker's filter says to expressions made at random, one JSON object a line: {@code SqlCases
 * SEED COUNT}, for {@code packages/filter/test-data/sql92.jsonl}. {@code refused}: it is no expression; {@code
 * ignores-rest}: it begins with one, and what stands behind that is not looked at.
 */
public final class SqlCases {
  private static final String[] NAMES = {"a", "b", "c", "_d1$"};
  private static final String[] VALUES = {
    "", "0", "1", "2", "-1", "10", "1.5", "x", "xy", "it's", "true", "false", "TRUE", "3000000000", "1e2", " 5", "+7", "9223372036854775807"
  };
  private static final String[] NUMBERS = {
    "0", "1", "2", "-1", "+5", "10", "1.5", "-2.5", ".5", "1e2", "1.5E1", "3000000000", "7L", "2147483647", "0.25"
  };
  private static final String[] TEXTS = {"''", "'x'", "'xy'", "'it''s'", "'1'", "'true'", "'y'"};
  private static final String[] JUNK = {
    "AND", "OR", "NOT", "(", ")", "=", ">", "<", "<>", ">=", "IN", "BETWEEN", "IS", "NULL", ",", "'", "5", "a", "TRUE", "CONTAINS", "--", "/*"
  };

  private final Random random;

  private SqlCases(long seed) {
    random = new Random(seed);
  }

  public static void main(String[] arguments) throws Exception {
    SqlCases cases = new SqlCases(Long.parseLong(arguments[0]));
    int count = Integer.parseInt(arguments[1]);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String expression = cases.isOneIn(8) ? cases.junk() : cases.condition(3);
      Map<String, String> properties = cases.properties();
      out.append("{\"expression\":").append(quote(expression)).append(",\"properties\":{");
      List<String> members = new ArrayList<>();
      properties.forEach((name, value) -> members.add(quote(name) + ":" + quote(value)));
      out.append(String.join(",", members)).append("},\"says\":\"").append(says(expression, properties)).append("\"}\n");
    }
    System.out.write(out.toString().getBytes("UTF-8"));
    System.out.flush();
  }

  private static Optional<Expression> parse(String expression) {
    try {
      return Optional.of(SelectorParser.parse(expression));
    } catch (MQFilterException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private static String says(String expression, Map<String, String> properties) {
    Optional<Expression> compiled = parse(expression);
    if (compiled.isEmpty()) {
      return "refused";
    }
    if (parse("(" + expression + "\n)").isEmpty()) {
      return "ignores-rest";
    }
    try {
      Object value =
          compiled.get().evaluate(
              new EvaluationContext() {
                @Override
                public Object get(String name) {
                  return properties.get(name);
                }

                @Override
                public Map<String, Object> keyValues() {
                  return new LinkedHashMap<>(properties);
                }
              });
      return Boolean.TRUE.equals(value) ? "match" : "none";
    } catch (Exception e) {
      // A broker logs it and does not deliver.
      return "none";
    }
  }

  private boolean isOneIn(int chances) {
    return random.nextInt(chances) == 0;
  }

  private String any(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>();
    for (String name : NAMES) {
      if (!isOneIn(4)) {
        properties.put(name, any(VALUES));
      }
    }
    return properties;
  }

  private String junk() {
    List<String> words = new ArrayList<>();
    for (int i = random.nextInt(7); i >= 0; i--) {
      words.add(isOneIn(3) ? predicate() : any(JUNK));
    }
    return String.join(any(" ", " ", "  ", "\n"), words);
  }

  private String condition(int depth) {
    if (depth == 0 || isOneIn(3)) {
      return predicate();
    }
    return switch (random.nextInt(6)) {
      case 0 -> condition(depth - 1) + " AND " + condition(depth - 1);
      case 1 -> condition(depth - 1) + " OR " + condition(depth - 1);
      case 2 -> "NOT " + condition(depth - 1);
      case 3 -> "(" + condition(depth - 1) + ")";
      case 4 -> "(" + condition(depth - 1) + any(") and (", ") or (") + condition(depth - 1) + ")";
      default -> "NOT (" + condition(depth - 1) + ")";
    };
  }

  private String operand() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> any(NUMBERS);
      case 2 -> any(TEXTS);
      case 3 -> any("TRUE", "FALSE", "NULL", "true");
      case 4 -> "-" + any(NAMES);
      default -> any(NAMES);
    };
  }

  private String predicate() {
    String name = any(NAMES);
    return switch (random.nextInt(10)) {
      case 0 -> name + any(" IS NULL", " IS NOT NULL", " is null");
      case 1 -> name + any(" IN (", " NOT IN (", " in(") + any(TEXTS) + (isOneIn(2) ? ")" : ", " + any(TEXTS) + ")");
      case 2 -> name + any(" BETWEEN ", " NOT BETWEEN ") + any(NUMBERS) + " AND " + any(NUMBERS);
      case 3 -> name + any(" BETWEEN ", " NOT BETWEEN ") + operand() + " AND " + operand();
      case 4 -> name + any(" CONTAINS ", " NOT CONTAINS ", " STARTSWITH ", " NOT ENDSWITH ", " ENDSWITH ") + any(TEXTS);
      case 5 -> name + any(" = ", "=", " <> ") + any(TEXTS);
      case 6 -> name + any(" > ", " >= ", " < ", " <= ", " = ", " <> ", "<", ">=") + any(NUMBERS);
      case 7 -> operand() + any(" > ", " >= ", " < ", " <= ", " = ", " <> ") + operand();
      case 8 -> any(NAMES) + any("", " = TRUE", " = FALSE", " <> TRUE");
      default -> any("TRUE", "FALSE", "NULL", name + " = " + any(NAMES));
    };
  }

  private static String quote(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }
}
