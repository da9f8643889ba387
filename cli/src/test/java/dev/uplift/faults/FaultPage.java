package dev.uplift.faults;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
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
        mvn verify -Pfaults -Dfaults.random=300              # and as many kills at random times, on each engine
        mvn verify -Pfaults -Dfaults.random=1 -Dfaults.seed=S    # repeats one of them
        mvn verify -Pfaults -Dfaults.page=../docs/faults.md  # writes this page
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
    page.append(
        """

        ## At random times

        | what was killed | kills | ended | torn, lost, run twice or never ended |
        |---|---|---|---|
        """);
    Map<String, List<FaultRun>> random =
        runs.stream()
            .filter(run -> run.of().atRandomTime())
            .collect(Collectors.groupingBy(r -> r.of().fault(), TreeMap::new, Collectors.toList()));
    random.forEach(
        (what, kills) ->
            page.append(
                "| %s | %d | %s | %d |\n"
                    .formatted(
                        cell(what),
                        kills.size(),
                        ends(kills),
                        kills.stream().filter(run -> run.verdict() == Verdict.WRONG).count())));
    return page.toString();
  }

  private static String ends(List<FaultRun> kills) {
    return kills.stream()
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
