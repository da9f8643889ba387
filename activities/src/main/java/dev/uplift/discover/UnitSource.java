package dev.uplift.discover;

import java.io.IOException;
import java.util.List;

/** Whatever knows the services of this host. */
public interface UnitSource {
  /**
   * Every service that is defined, whosever it is.
   *
   * @throws IOException saying what could not be asked, if the service manager does not answer
   */
  List<FoundUnit> units() throws IOException;
}
