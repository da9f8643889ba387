package dev.uplift.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One run of a program that ends before the n-th of these system calls of one of its threads. */
public record Kill(Class<?> program, List<String> arguments, Path log, String call, int n) {
  /** As many as there are places. */
  public static final int EVERYWHERE = Integer.MAX_VALUE;

  /** Whatever puts something on disk, or changes a name. */
  private static final String CALLS =
      "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,"
          + "symlink,symlinkat,mkdir,rmdir";

  private static final Pattern CALL = Pattern.compile("^\\d+ +(\\w+)\\(");
  private static final int KILLED = 128 + 9;

  /**
   * Runs the program once, to its end, and tells where it can be killed.
   *
   * @param log for what it calls
   * @param counts which of the calls are of interest, as strace writes them
   * @param wanted how many of the places, spread over the whole run
   */
  public static List<Kill> places(
      Class<?> program, List<String> arguments, Path log, Predicate<String> counts, int wanted)
      throws Exception {
    assertThat(Strace.run(program, arguments, log, "-e", CALLS))
        .as("the run that nobody kills; see %s", log.resolveSibling("output.log"))
        .isZero();
    List<Kill> all = new ArrayList<>();
    Map<String, Integer> seen = new TreeMap<>();
    try (Stream<String> lines = Files.lines(log)) {
      lines.forEach(
          line -> {
            Matcher matcher = CALL.matcher(line);
            if (matcher.find()) {
              int n = seen.merge(line.split(" ")[0] + matcher.group(1), 1, Integer::sum);
              if (counts.test(line)) {
                all.add(new Kill(program, arguments, log, matcher.group(1), n));
              }
            }
          });
    }
    if (wanted >= all.size()) {
      return all;
    }
    List<Kill> some = new ArrayList<>();
    for (int i = 1; i <= wanted; i++) {
      some.add(all.get((int) ((long) i * all.size() / (wanted + 1))));
    }
    return some;
  }

  /** Runs the program until it is killed. */
  public void run() throws Exception {
    String injection = "inject=" + call + ":signal=KILL:when=" + n;
    int exitCode = Strace.run(program, arguments, log, "-e", CALLS, "-e", injection);
    assertThat(exitCode).as("%s was killed", this).isEqualTo(KILLED);
  }

  @Override
  public String toString() {
    return arguments.get(0) + " before " + call + " " + n;
  }
}
