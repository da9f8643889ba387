package dev.uplift.command;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What children see of the worker's environment: an allow-list, so that no token of ours reaches a
 * tenant's code.
 */
public final class ChildEnvironment {
  private static final Set<String> BASIC =
      Set.of("PATH", "HOME", "USER", "LOGNAME", "TZ", "TMPDIR", "LD_LIBRARY_PATH");
  private static final Set<String> PROXIES =
      Set.of("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY");

  private ChildEnvironment() {}

  /** For a tenant's own code: migrations, services, checks. */
  public static Map<String, String> forTenantCode(Map<String, String> ours) {
    return filtered(ours, BASIC::contains);
  }

  /** For installers: also what configures package indexes, proxies and trust. */
  public static Map<String, String> forInstallers(Map<String, String> ours) {
    return filtered(
        ours,
        name ->
            BASIC.contains(name)
                || PROXIES.contains(name)
                || name.startsWith("PIP_")
                || name.startsWith("UV_")
                || name.toLowerCase(Locale.ROOT).startsWith("npm_config_")
                || name.startsWith("COMPOSER_")
                || name.equals("SSL_CERT_FILE")
                || name.equals("REQUESTS_CA_BUNDLE"));
  }

  private static Map<String, String> filtered(Map<String, String> ours, Predicate<String> allowed) {
    Map<String, String> child = new TreeMap<>();
    ours.forEach(
        (name, value) -> {
          if (allowed.test(name)) {
            child.put(name, value);
          }
        });
    // Scripts print what they like; a C locale would make some of them fail at their first accent.
    child.put("LANG", "C.UTF-8");
    child.put("LC_ALL", "C.UTF-8");
    child.put("PYTHONUNBUFFERED", "1");
    return child;
  }
}
