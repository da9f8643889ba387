package dev.uplift.faults;

import dev.uplift.sandbox.Upstream;
import dev.uplift.scenario.SlowMigration;
import java.util.HashMap;
import java.util.Map;

/** Releases on top of v0.3.0 that do something which no release should. */
record BadReleases(Upstream upstream) {
  private static final String LAST = "scripts/zz_last.py";
  private static final String SCRIPT =
      """
      import os
      import shutil
      import signal
      import sqlite3
      import sys

      from _database import CHECKOUT, DATABASE, opened

      """;

  /** Its last migration is this. */
  String migrating(String tag, String python) {
    return with(tag, Map.of(LAST, SCRIPT + python, "uplift.yml", SlowMigration.profileWith(LAST)));
  }

  /** It has this in the place of a file of v0.3.0. */
  String replacing(String tag, String file, String content) {
    return with(tag, Map.of(file, content));
  }

  private String with(String tag, Map<String, String> files) {
    Map<String, String> changes = new HashMap<>(files);
    changes.put("VERSION", tag + "\n");
    upstream.addRelease(tag, "v0.3.0", changes);
    return tag;
  }
}
