package dev.uplift.discover;

import java.util.List;

/**
 * What a checkout shows of how its app is installed.
 *
 * @param requirements files that pip installs from, by their paths
 * @param venvs directories with a Python of their own
 * @param nodeProjects directories with a {@code package.json} and what was installed from it;
 *     {@code ""} is the checkout itself
 * @param migrationHints files that look as if they change the database
 * @param environmentFile whether there is an untracked {@code .env}
 */
public record Layout(
    List<String> requirements,
    List<String> venvs,
    List<String> nodeProjects,
    List<String> migrationHints,
    boolean environmentFile) {
  public Layout {
    requirements = List.copyOf(requirements);
    venvs = List.copyOf(venvs);
    nodeProjects = List.copyOf(nodeProjects);
    migrationHints = List.copyOf(migrationHints);
  }
}
