package dev.uplift.profile;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;

/**
 * How a release changes the database.
 *
 * @param run the command; with {@code {script}} in it it runs once for each script, else once
 * @param scripts paths in the checkout, in the order in which they run; one that a release lacks is
 *     skipped
 * @param verify command that exits with 0 only if the schema is right; empty means none
 */
public record Migrations(List<String> run, List<String> scripts, List<String> verify) {
  public static final Migrations NONE = new Migrations(List.of(), List.of(), List.of());
  private static final String SCRIPT = "{script}";

  public Migrations {
    run = run == null || run.isEmpty() ? List.of() : requireCommand("run", run);
    scripts = scripts == null ? List.of() : List.copyOf(scripts);
    scripts.forEach(script -> RelativePath.require("scripts", script));
    verify = verify == null || verify.isEmpty() ? List.of() : requireCommand("verify", verify);
    boolean perScript = run.stream().anyMatch(word -> word.contains(SCRIPT));
    if (perScript && scripts.isEmpty()) {
      throw new IllegalArgumentException(
          "migrations: run names {script}, but there are no scripts");
    }
    if (!perScript && !scripts.isEmpty()) {
      throw new IllegalArgumentException(
          "migrations: there are scripts, but run does not name {script}");
    }
  }

  /** Whether {@link #run()} is run once for each script. */
  @JsonIgnore
  public boolean isPerScript() {
    return !scripts.isEmpty();
  }

  Migrations with(ReleaseProfile.MigrationsChange change) {
    return new Migrations(
        change.run() == null ? run : change.run(),
        change.scripts() == null ? scripts : change.scripts(),
        change.verify() == null ? verify : change.verify());
  }

  static List<String> requireCommand(String key, List<String> words) {
    if (words == null || words.isEmpty() || words.get(0).isBlank()) {
      throw new IllegalArgumentException(key + ": a command is a list of words, the program first");
    }
    if (words.stream().anyMatch(word -> word == null || word.indexOf('\0') >= 0)) {
      throw new IllegalArgumentException(key + ": a word of a command is null or has a NUL in it");
    }
    return List.copyOf(words);
  }
}
