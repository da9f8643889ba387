package dev.uplift.dependency;

import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;

/** The files of a release as they are in its commit, wherever that is kept. */
public interface ReleaseFiles {

  /** The content of a file; empty if the release has no file of that path. */
  Optional<byte[]> read(String path);

  /** Whether the release has a file or a directory of that path. */
  boolean has(String path);

  /**
   * What tells the content at a path from any other content there: by each file at or below it a
   * text that is the same only for the same content and mode. Empty if there is nothing.
   */
  SortedMap<String, String> identities(String path);

  /** Writes all files below {@code directory}, which exists and is empty. */
  void exportTo(Path directory);
}
