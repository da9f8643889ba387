package dev.uplift.dependency;

import dev.uplift.command.CommandRunner;
import dev.uplift.durable.Directories;
import dev.uplift.host.StepContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * A dependency set that a release needs.
 *
 * @param what it is for a person: the requirements file, or the command
 * @param links the paths of the checkout that are to lead into the set
 */
record SetRequest(SetId id, String what, List<Link> links, SetStore.Recipe recipe) {

  /**
   * @param inSet empty for the whole set
   */
  record Link(String inCheckout, Path inSet) {}

  /**
   * The release and the tenant that a request comes from.
   *
   * @param earlier where the targets of the profile's earlier dependencies will lead
   * @param scratch where a copy of the release may be put
   * @param commands for questions that are asked before anything is built
   * @param evidence gets what installers print
   */
  record Origin(
      ReleaseFiles files,
      String commit,
      Path checkout,
      SortedMap<String, Path> earlier,
      Path scratch,
      CommandRunner commands,
      StepContext.Evidence evidence) {

    /** A fresh copy of the release to build in. */
    Path exportFiles() {
      try {
        Directories.remove(scratch);
        Files.createDirectories(scratch);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      files.exportTo(scratch);
      return scratch;
    }
  }
}
