package dev.uplift.health;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one HTTP/1.1 response, of the body no more than a check needs. */
final class HttpResponse {
  static final int BODY_KEPT_BYTES = 64 * 1024;
  private static final int HEAD_LIMIT_BYTES = 32 * 1024;
  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.[01] ([1-5][0-9][0-9])( .*)?");

  /** Like {@link java.io.InputStream#read(byte[])}, with whatever time limit the caller has. */
  interface Source {
    int read(byte[] buffer) throws IOException;
  }

  private final Source source;
  private final byte[] buffer = new byte[8 * 1024];
  private int position;
  private int filled;
  private int headBytes;

  private HttpResponse(Source source) {
    this.source = source;
  }

  static Answer read(Source source) throws IOException {
    return new HttpResponse(source).read();
  }

  private Answer read() throws IOException {
    int status = readStatus();
    Map<String, String> headers = readHeaders();
    // 1xx says that the answer is still to come.
    while (status < 200) {
      status = readStatus();
      headers = readHeaders();
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    boolean truncated = false;
    if (status != 204 && status != 304) {
      truncated = readBody(headers, body);
    }
    return new Answer.Answered(
        Instant.now(),
        status,
        headers.get("location"),
        body.toString(StandardCharsets.UTF_8),
        truncated);
  }

  private int readStatus() throws IOException {
    Matcher line = STATUS_LINE.matcher(readLine());
    if (!line.matches()) {
      throw new IOException("the answer is not HTTP");
    }
    return Integer.parseInt(line.group(1));
  }

  private Map<String, String> readHeaders() throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    return headers;
  }

  /** Whether there is more than was read. */
  private boolean readBody(Map<String, String> headers, ByteArrayOutputStream body)
      throws IOException {
    if (headers
        .getOrDefault("transfer-encoding", "")
        .toLowerCase(Locale.ROOT)
        .contains("chunked")) {
      return readChunks(body);
    }
    String length = headers.get("content-length");
    return length == null ? readToTheEnd(body) : readExactly(parse(length, 10), body);
  }

  private boolean readChunks(ByteArrayOutputStream body) throws IOException {
    while (true) {
      long size = parse(readLine().split(";", 2)[0].strip(), 16);
      if (size == 0) {
        return false;
      }
      if (readExactly(size, body)) {
        return true;
      }
      readLine();
    }
  }

  private boolean readToTheEnd(ByteArrayOutputStream body) throws IOException {
    for (int next = readByte(); next >= 0; next = readByte()) {
      if (body.size() == BODY_KEPT_BYTES) {
        return true;
      }
      body.write(next);
    }
    return false;
  }

  private boolean readExactly(long length, ByteArrayOutputStream body) throws IOException {
    for (long i = 0; i < length; i++) {
      if (body.size() == BODY_KEPT_BYTES) {
        return true;
      }
      body.write(requireByte());
    }
    return false;
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = requireByte(); next != '\n'; next = requireByte()) {
      if (++headBytes > HEAD_LIMIT_BYTES) {
        throw new IOException("the answer's head is too long");
      }
      line.append((char) next);
    }
    boolean endsInReturn = line.length() > 0 && line.charAt(line.length() - 1) == '\r';
    return endsInReturn ? line.substring(0, line.length() - 1) : line.toString();
  }

  private int requireByte() throws IOException {
    int next = readByte();
    if (next < 0) {
      throw new IOException("the answer broke off");
    }
    return next;
  }

  private int readByte() throws IOException {
    if (position == filled) {
      filled = source.read(buffer);
      position = 0;
      if (filled <= 0) {
        filled = 0;
        return -1;
      }
    }
    return buffer[position++] & 0xff;
  }

  private static long parse(String number, int radix) throws IOException {
    try {
      long value = Long.parseLong(number, radix);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Told below, like a negative one.
    }
    throw new IOException("the answer has a length that is not a number");
  }
}
