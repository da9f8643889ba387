package dev.uplift.faults;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Tells people what a log says. */
final class FaultPage {
  private FaultPage() {}

  static String of(List<FaultRun> runs) {
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("nothing was run");
    }
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Faults that were injected

        Made by `mvn verify -Pfaults`, from commit `%s`. %s.

        ```sh
        mvn verify -Pfaults                                  # every case; goes on where it was interrupted
        mvn verify -Pfaults -Dfaults.random=300              # and so many at random times, of each kind
        mvn verify -Pfaults -Dfaults.page=../docs/faults.md  # writes this page

        # repeats one at a random time
        mvn verify -Pfaults -Dit.test=RandomKillsFaultsIT -Dfaults.engine=dev-server -Dfaults.random=1 -Dfaults.seed=S
        ```

        ## By name

        A row is a line of the table of all that is known to go wrong; what has none is derived from the steps and from what
        the journal says. *Expected* is what is promised: `rejected` (not touched), `rolled_back` (as it was), `success`
        (converged forward), `needs_attention` (held with all its data).

        | row | fault | injected as | expected | seen | seconds |
        |---|---|---|---|---|---|
        """
            .formatted(runs.get(0).commit(), FaultLog.summary(runs)));
    runs.stream()
        .filter(run -> !run.of().atRandomTime())
        .sorted(
            Comparator.comparing(
                    (FaultRun run) -> run.of().row(), Comparator.nullsLast(Integer::compareTo))
                .thenComparing(run -> run.of().id()))
        .forEach(
            run ->
                page.append(
                    String.format(
                        Locale.ROOT,
                        "| %s | %s | %s | %s | %s | %.1f |%n",
                        run.of().row() == null ? "" : run.of().row(),
                        cell(run.of().fault()),
                        words(run.of().injection()),
                        cell(run.of().expected()),
                        cell(seen(run)),
                        run.tookMillis() / 1_000.0)));
    appendRandom(page, runs.stream().filter(run -> run.of().atRandomTime()).toList());
    return page.toString();
  }

  private static void appendRandom(StringBuilder page, List<FaultRun> runs) {
    page.append(
        """

        ## At random times

        A client writes to the tenant all the while, and some of the releases fail. Each upgrade has to end, and its tenant
        to be whole, with every acknowledged row; *wrong* is whatever was torn, lost, run twice or never over.

        | what was struck | times | ended | wrong |
        |---|---|---|---|
        """);
    by(runs, run -> run.of().fault())
        .forEach(
            (what, struck) ->
                page.append(
                    "| %s | %d | %s | %d |\n"
                        .formatted(
                            cell(what),
                            struck.size(),
                            ends(struck),
                            struck.stream()
                                .filter(run -> run.verdict() == Verdict.WRONG)
                                .count())));
    page.append(
        """

        | where it was struck | times | ended |
        |---|---|---|
        """);
    by(
            runs.stream().filter(run -> run.verdict() == Verdict.AS_EXPECTED).toList(),
            run -> run.seen().replaceFirst("(?s).* s (?=in |after |at |outside )", ""))
        .forEach(
            (where, struck) ->
                page.append(
                    "| %s | %d | %s |\n".formatted(cell(where), struck.size(), ends(struck))));
  }

  private static Map<String, List<FaultRun>> by(
      List<FaultRun> runs, Function<FaultRun, String> key) {
    return runs.stream().collect(Collectors.groupingBy(key, TreeMap::new, Collectors.toList()));
  }

  private static String ends(List<FaultRun> kills) {
    return kills.stream()
        .filter(run -> run.verdict() == Verdict.AS_EXPECTED)
        .collect(
            Collectors.groupingBy(
                run -> run.seen().split("[,;:]")[0], TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .map(end -> end.getValue() + " " + end.getKey())
        .collect(Collectors.joining(", "));
  }

  private static String seen(FaultRun run) {
    return run.verdict() == Verdict.AS_EXPECTED
        ? run.seen()
        : run.verdict() + ": " + run.seen().lines().findFirst().orElse("");
  }

  private static String words(Injection injection) {
    return injection.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("\n", " ");
  }
}
