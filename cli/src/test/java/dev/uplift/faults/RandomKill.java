package dev.uplift.faults;

import dev.uplift.sandbox.Upstream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What a seed stands for.
 *
 * @param lot of the undisturbed upgrade's time, after which the blow falls
 */
record RandomKill(Release release, double lot) {
  /** Some blows fall after the end. */
  private static final double LATEST = 1.1;

  /** What the tenant is upgraded to; releases that fail have their compensation killed, too. */
  enum Release {
    GOOD("v0.3.1-told", "rehearsing", List.of("success")),
    GOOD_UNREHEARSED("v0.3.1-told", "unrehearsed", List.of("success")),
    MIGRATION_RAISES("v0.3.2-told-raises", "unrehearsed", List.of()),
    /** It serves for a moment, so users write to it who are turned back. */
    DIES_AFTER_START("v0.3.3-told-dies", "rehearsing", List.of());

    private static final String DIES =
        """
        import os
        import threading

        from cb_http import serve
        from cb_log import Log
        from pocket import api, settings

        config = settings.load()
        timer = threading.Timer(0.4, os._exit, [1])
        serve(config.port("API_PORT"), api.routes(config), Log("api"), ready=timer.start)
        """;

    private final String tag;
    private final String app;
    private final List<String> more;

    Release(String tag, String app, List<String> more) {
      this.tag = tag;
      this.app = app;
      this.more = more;
    }

    /** What the API is asked for. */
    String request() {
      return "{\"target_version\":\"" + tag + "\"}";
    }

    /** The variant of the application that the tenant has to be. */
    String app() {
      return app;
    }

    /** Whatever is killed, a kill alone is no reason to hold a tenant. */
    boolean mayEndAs(String outcome) {
      return outcome.equals("rejected") || outcome.equals("rolled_back") || more.contains(outcome);
    }

    static void addAllTo(Upstream upstream) {
      addAllTo(upstream, Told.PAUSE);
    }

    /**
     * @param pause in the middle of the migration of what ends well
     */
    static void addAllTo(Upstream upstream, Duration pause) {
      Told.addRelease(upstream, GOOD.tag, pause, "", Map.of());
      Told.addRelease(upstream, MIGRATION_RAISES.tag, "raise SystemExit('no')", Map.of());
      Told.addRelease(upstream, DIES_AFTER_START.tag, "", Map.of("services/api.py", DIES));
    }
  }

  static RandomKill of(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Release[] releases = Release.values();
    Release release = releases[random.nextInt(releases.length)];
    return new RandomKill(release, random.nextDouble() * LATEST);
  }

  Duration after(Duration undisturbed) {
    return Duration.ofNanos((long) (undisturbed.toNanos() * lot));
  }
}
