package dev.uplift.prepare;

import dev.uplift.engine.EngineAddress;
import dev.uplift.engine.EngineSecurity;
import dev.uplift.engine.EngineSettingsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.boot.context.properties.bind.Binder;

/**
 * The settings {@code uplift.engine} of the API or of a worker, see {@link EngineSecurity}.
 *
 * @param target {@code host:port} of the Temporal server
 */
record EngineSettings(
    String target,
    String namespace,
    Path caFile,
    Path certFile,
    Path keyFile,
    String serverName,
    Path apiKeyFile,
    boolean insecure) {
  static final EngineSettings DEFAULT =
      new EngineSettings("127.0.0.1:7233", null, null, null, null, null, null, false);

  static EngineSettings parse(Binder settings) {
    return new EngineSettings(
        settings.bind("uplift.engine.target", String.class).orElse(DEFAULT.target()),
        settings.bind("uplift.engine.namespace", String.class).orElse(null),
        settings.bind("uplift.engine.tls.ca-file", Path.class).orElse(null),
        settings.bind("uplift.engine.tls.cert-file", Path.class).orElse(null),
        settings.bind("uplift.engine.tls.key-file", Path.class).orElse(null),
        settings.bind("uplift.engine.tls.server-name", String.class).orElse(null),
        settings.bind("uplift.engine.api-key-file", Path.class).orElse(null),
        settings.bind("uplift.engine.insecure", Boolean.class).orElse(false));
  }

  /**
   * These settings, changed as asked.
   *
   * @param directory where the service has its own copies of the files that are given
   */
  EngineSettings with(EngineRequest asked, Path directory) {
    return new EngineSettings(
        asked.target() == null ? target : asked.target(),
        asked.namespace() == null ? namespace : asked.namespace(),
        asked.caFile() == null ? caFile : directory.resolve("ca.pem"),
        asked.certFile() == null ? certFile : directory.resolve("cert.pem"),
        asked.keyFile() == null ? keyFile : directory.resolve("key.pem"),
        asked.serverName() == null ? serverName : asked.serverName(),
        asked.apiKeyFile() == null ? apiKeyFile : directory.resolve("api-key"),
        asked.insecure() || insecure);
  }

  /**
   * Refuses what neither API nor worker would start with.
   *
   * @throws Refused if the engine is on another machine and does not learn who calls
   */
  void requireProtected() {
    try {
      EngineSecurity security =
          new EngineSecurity(caFile, certFile, keyFile, serverName, apiKeyFile, insecure);
      new EngineAddress(target, namespace, false, security).requireProtected();
    } catch (EngineSettingsException refused) {
      throw new Refused(
          refused.getMessage()
              + "\nThe options for this: --engine-ca FILE --engine-cert FILE --engine-key FILE, or"
              + " --engine-api-key FILE, or --insecure.",
          refused);
    }
  }

  /** Every file that is read, and whether others must not. */
  Map<Path, Boolean> files() {
    Map<Path, Boolean> isSecret = new LinkedHashMap<>();
    for (Path open : new Path[] {caFile, certFile}) {
      if (open != null) {
        isSecret.put(open, false);
      }
    }
    for (Path secret : new Path[] {keyFile, apiKeyFile}) {
      if (secret != null) {
        isSecret.put(secret, true);
      }
    }
    return isSecret;
  }

  String yaml() {
    StringBuilder yaml = new StringBuilder("  engine:\n");
    append(yaml, "    target: ", target);
    append(yaml, "    namespace: ", namespace);
    if (caFile != null || certFile != null || keyFile != null || serverName != null) {
      yaml.append("    tls:\n");
      append(yaml, "      ca-file: ", caFile);
      append(yaml, "      cert-file: ", certFile);
      append(yaml, "      key-file: ", keyFile);
      append(yaml, "      server-name: ", serverName);
    }
    append(yaml, "    api-key-file: ", apiKeyFile);
    if (insecure) {
      yaml.append("    insecure: true\n");
    }
    return yaml.toString();
  }

  private static void append(StringBuilder yaml, String key, Object value) {
    if (value != null) {
      yaml.append(key).append(WorkerSettings.quoted(value.toString())).append('\n');
    }
  }

  /** A line for each setting that differs. */
  String differences(EngineSettings asked) {
    List<String> lines = new ArrayList<>();
    compare(lines, "target", target, asked.target);
    compare(lines, "namespace", namespace, asked.namespace);
    compare(lines, "tls.ca-file", caFile, asked.caFile);
    compare(lines, "tls.cert-file", certFile, asked.certFile);
    compare(lines, "tls.key-file", keyFile, asked.keyFile);
    compare(lines, "tls.server-name", serverName, asked.serverName);
    compare(lines, "api-key-file", apiKeyFile, asked.apiKeyFile);
    compare(lines, "insecure", insecure, asked.insecure);
    return String.join("", lines);
  }

  private static void compare(List<String> lines, String key, Object is, Object asked) {
    if (!Objects.equals(is, asked)) {
      lines.add(WorkerSettings.difference("uplift.engine." + key, is, asked));
    }
  }
}
