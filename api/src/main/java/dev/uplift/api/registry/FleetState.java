package dev.uplift.api.registry;

import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.FleetText;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Tells one state of the registry from another. */
record FleetState(String sha256) {
  private static final int ENOUGH = 32;

  static FleetState of(Fleet registered) {
    try {
      byte[] text = FleetText.of(registered).getBytes(StandardCharsets.UTF_8);
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text);
      return new FleetState(HexFormat.of().formatHex(digest).substring(0, ENOUGH));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static FleetState ofETag(String eTag) {
    return new FleetState(eTag.strip().replace("\"", ""));
  }

  String eTag() {
    return '"' + sha256 + '"';
  }
}
