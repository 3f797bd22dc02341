package judge;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/**
 * Runs official mqadmin commands one after another in one JVM: {@code Admin FILE}, a command a line,
 * its words parted by tabs. After each: a line {@code \u0001 WORDS}, what it printed, both outputs together.
 */
public final class Admin {
  private Admin() {}

  public static void main(String[] arguments) throws Exception {
    PrintStream terminal = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
    List<String> lines = Files.readAllLines(Path.of(arguments[0]));
    for (String line : lines) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      PrintStream capture = new PrintStream(bytes, true, "UTF-8");
      System.setOut(capture);
      System.setErr(capture);
      terminal.println("\u0001" + line.replace('\t', ' '));
      try {
        MQAdminStartup.main0(line.split("\t"), null);
      } catch (Throwable thrown) {
        thrown.printStackTrace(capture);
      }
      terminal.println(bytes.toString(StandardCharsets.UTF_8));
    }
    terminal.flush();
    Runtime.getRuntime().halt(0);
  }
}
