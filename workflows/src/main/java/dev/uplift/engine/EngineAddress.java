package dev.uplift.engine;

import java.util.Objects;

/**
 * Where the Temporal server is.
 *
 * @param target {@code host:port}
 * @param embedded whether it is the Java test server of the demo, which needs sticky execution
 *     turned off
 */
public record EngineAddress(String target, String namespace, boolean embedded) {
  public EngineAddress {
    Objects.requireNonNull(target, "target");
    namespace = namespace == null ? "default" : namespace;
  }
}
