package dev.uplift.migration;

import dev.uplift.command.Command;
import dev.uplift.command.CommandResult;
import dev.uplift.command.CommandRunner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * Runs the scripts of a release one after the other, all within one limit of time.
 *
 * @param evidence gets what each of them printed
 * @param arrange makes the command that really runs out of a script's own words
 */
record MigrationRun(
    CommandRunner commands,
    Path directory,
    Map<String, String> environment,
    Duration limit,
    BiConsumer<String, CommandResult.Printed> evidence,
    UnaryOperator<Command> arrange) {

  MigrationRun {
    environment = new HashMap<>(environment);
    // What a script imports would otherwise leave files that no release has.
    environment.put("PYTHONDONTWRITEBYTECODE", "1");
    environment = Map.copyOf(environment);
  }

  /**
   * @param output the tail of what all of them printed, each under its name
   */
  record Outcome(String output, Duration took) {}

  /**
   * @throws dev.uplift.host.StepFailure of the first that fails; none is run after it
   */
  Outcome run(MigrationScripts scripts) {
    long started = System.nanoTime();
    StringBuilder output = new StringBuilder();
    for (MigrationScripts.Script script : scripts.commands()) {
      CommandResult result = run(script.name(), script.words(), remaining(started), output);
      if (!result.succeeded()) {
        throw MigrationFailure.ofScript(script.name(), result, limit, tail(output));
      }
    }
    if (!scripts.verify().isEmpty()) {
      CommandResult result = run("verify", scripts.verify(), remaining(started), output);
      if (!result.succeeded()) {
        throw MigrationFailure.ofVerify(result, limit, tail(output));
      }
    }
    return new Outcome(tail(output), Duration.ofNanos(System.nanoTime() - started));
  }

  private CommandResult run(
      String name, List<String> words, Duration timeout, StringBuilder output) {
    CommandResult result =
        commands.run(arrange.apply(new Command(words, directory, environment, timeout)));
    evidence.accept(name, result.printed());
    output.append("== ").append(name).append('\n').append(result.output());
    if (!result.output().endsWith("\n") && !result.output().isEmpty()) {
      output.append('\n');
    }
    return result;
  }

  private Duration remaining(long started) {
    return limit.minusNanos(System.nanoTime() - started);
  }

  private static String tail(StringBuilder output) {
    return CommandResult.tailOf(output.toString());
  }
}
