package judge;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/** Message bodies that can be made again from their index: {@code run:index:filler...crc32}. */
public final class Body {
  private static final int CHECKSUM_SIZE = 8;

  private Body() {}

  public static byte[] make(String run, int index, int size) {
    byte[] head = (run + ":" + index + ":").getBytes(StandardCharsets.UTF_8);
    byte[] body = Arrays.copyOf(head, Math.max(size, head.length + CHECKSUM_SIZE));
    int end = body.length - CHECKSUM_SIZE;
    for (int i = head.length; i < end; i++) {
      body[i] = (byte) ('a' + (index * 31L + i) % 26);
    }
    CRC32 crc = new CRC32();
    crc.update(body, 0, end);
    byte[] checksum = String.format("%08x", crc.getValue()).getBytes(StandardCharsets.UTF_8);
    System.arraycopy(checksum, 0, body, end, CHECKSUM_SIZE);
    return body;
  }

  /** The index of a body of this run, or -1 when a single byte is not as it was made. */
  public static int indexOf(String run, byte[] body) {
    String start = new String(body, 0, Math.min(body.length, 80), StandardCharsets.UTF_8);
    String[] parts = start.split(":", 3);
    if (parts.length < 3 || !parts[0].equals(run)) {
      return -1;
    }
    try {
      int index = Integer.parseInt(parts[1]);
      return Arrays.equals(body, make(run, index, body.length)) ? index : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
