package dev.uplift.code;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate authority that nobody knows, and the certificates that it signs. */
final class TestAuthority {
  private static final String PASSWORD = "changeit";
  private final Path directory;

  private TestAuthority(Path directory) {
    this.directory = directory;
  }

  static TestAuthority create(Path directory) throws IOException {
    TestAuthority authority = new TestAuthority(Files.createDirectories(directory));
    authority.makeKey("authority", "-30d", "60", "-ext", "bc:c=ca:true");
    authority.keytool(
        "-exportcert", "-rfc", "-alias", "authority", "-file", authority.certificate().toString());
    return authority;
  }

  /** The authority's own certificate, in PEM form. */
  Path certificate() {
    return directory.resolve("authority.pem");
  }

  /** Of a server on loopback. */
  SSLContext valid() throws IOException, GeneralSecurityException {
    return signed("valid", "SAN=ip:127.0.0.1", "-1d", "20");
  }

  SSLContext expired() throws IOException, GeneralSecurityException {
    return signed("expired", "SAN=ip:127.0.0.1", "-20d", "10");
  }

  SSLContext ofAnotherHost() throws IOException, GeneralSecurityException {
    return signed("another", "SAN=dns:git.example.org", "-1d", "20");
  }

  private SSLContext signed(String alias, String host, String from, String days)
      throws IOException, GeneralSecurityException {
    makeKey(alias, from, days);
    Path request = directory.resolve(alias + ".csr");
    Path certificate = directory.resolve(alias + ".pem");
    keytool("-certreq", "-alias", alias, "-file", request.toString());
    keytool(
        "-gencert",
        "-rfc",
        "-alias",
        "authority",
        "-ext",
        host,
        "-startdate",
        from,
        "-validity",
        days,
        "-infile",
        request.toString(),
        "-outfile",
        certificate.toString());
    keytool("-importcert", "-noprompt", "-alias", alias, "-file", certificate.toString());
    return context(alias);
  }

  private SSLContext context(String alias) throws IOException, GeneralSecurityException {
    KeyStore all = KeyStore.getInstance("PKCS12");
    try (InputStream file = Files.newInputStream(store())) {
      all.load(file, PASSWORD.toCharArray());
    }
    KeyStore one = KeyStore.getInstance("PKCS12");
    one.load(null, null);
    one.setKeyEntry(
        alias,
        all.getKey(alias, PASSWORD.toCharArray()),
        PASSWORD.toCharArray(),
        all.getCertificateChain(alias));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(one, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private void makeKey(String alias, String from, String days, String... more) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + alias,
                "-startdate",
                from,
                "-validity",
                days));
    words.addAll(List.of(more));
    keytool(words.toArray(String[]::new));
  }

  private void keytool(String... words) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/keytool"));
    command.addAll(List.of(words));
    command.addAll(List.of("-keystore", store().toString(), "-storepass", PASSWORD));
    Run.succeeding(directory, command);
  }

  private Path store() {
    return directory.resolve("keys.p12");
  }
}
