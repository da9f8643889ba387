package dev.uplift.dependency;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The name of a dependency set: a hash over everything that decides what is in it, so that tenants
 * which need the same share one.
 */
record SetId(String value) {

  static Builder of(String kind) {
    return new Builder().with("kind", kind);
  }

  /** Gathers what decides the content of a set; order matters. */
  static final class Builder {
    private final MessageDigest digest;

    private Builder() {
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has SHA-256", e);
      }
    }

    Builder with(String name, String value) {
      return with(name, value.getBytes(StandardCharsets.UTF_8));
    }

    Builder with(String name, byte[] value) {
      byte[] title = name.getBytes(StandardCharsets.UTF_8);
      // Lengths first, so that no two lists of parts look alike.
      digest.update((title.length + " " + value.length + " ").getBytes(StandardCharsets.UTF_8));
      digest.update(title);
      digest.update(value);
      return this;
    }

    SetId build() {
      return new SetId(HexFormat.of().formatHex(digest.digest()).substring(0, 32));
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
