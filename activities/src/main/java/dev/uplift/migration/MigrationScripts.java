package dev.uplift.migration;

import dev.uplift.dependency.ReleaseFiles;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.Migrations;
import dev.uplift.profile.Placeholders;
import dev.uplift.tenant.Tenant;
import dev.uplift.upgrade.FailureKind;
import dev.uplift.upgrade.StepInput;
import java.util.List;
import java.util.function.Predicate;

/**
 * The commands by which a release changes one tenant's database.
 *
 * @param commands in the order in which they run
 * @param verify exits with 0 only if the schema is right; empty means none
 */
record MigrationScripts(List<Script> commands, List<String> verify) {

  /**
   * @param name as reports show it: the script's path, or the whole command
   */
  record Script(String name, List<String> words) {}

  /**
   * The commands of the release that an upgrade goes to.
   *
   * @throws StepFailure {@code profile_invalid} if a word needs something that this tenant lacks
   */
  static MigrationScripts of(StepInput input, ReleaseFiles release) {
    try {
      return of(input.to().profile().migrations(), input.plan().tenant(), release::has);
    } catch (IllegalArgumentException e) {
      throw new StepFailure(
          FailureKind.PROFILE_INVALID,
          "The migrations cannot be run for this tenant.",
          e.getMessage(),
          "Give the tenant what the profile's commands name, or correct the profile.",
          e);
    }
  }

  /**
   * @param has whether the release has a file of that path; scripts that it lacks are left out
   * @throws IllegalArgumentException if a word needs something that this tenant does not have
   */
  static MigrationScripts of(Migrations migrations, Tenant tenant, Predicate<String> has) {
    Placeholders placeholders = Placeholders.of(tenant);
    List<String> verify = placeholders.fill(migrations.verify());
    if (migrations.isPerScript()) {
      List<Script> scripts =
          migrations.scripts().stream()
              .filter(has)
              .map(path -> new Script(path, placeholders.withScript(path).fill(migrations.run())))
              .toList();
      return new MigrationScripts(scripts, verify);
    }
    if (migrations.run().isEmpty()) {
      return new MigrationScripts(List.of(), verify);
    }
    List<String> words = placeholders.fill(migrations.run());
    return new MigrationScripts(List.of(new Script(String.join(" ", words), words)), verify);
  }

  List<String> names() {
    return commands.stream().map(Script::name).toList();
  }
}
