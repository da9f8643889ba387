package dev.uplift.dependency;

import java.nio.file.Path;
import java.util.Optional;

/** The files of a release as they are in its commit, wherever that is kept. */
public interface ReleaseFiles {

  /** The content of a file; empty if the release has no file of that path. */
  Optional<byte[]> read(String path);

  /** Whether the release has a file or a directory of that path. */
  boolean has(String path);

  /** Writes all files below {@code directory}, which exists and is empty. */
  void exportTo(Path directory);
}
