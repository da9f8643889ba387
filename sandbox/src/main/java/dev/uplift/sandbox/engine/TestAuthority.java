package dev.uplift.sandbox.engine;

import dev.uplift.sandbox.SandboxException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate authority for tests of TLS, made with the JDK's {@code keytool}. */
public final class TestAuthority {
  private static final String PASSWORD = "of-the-tests";
  private static final String CA = "ca";

  private final Path directory;
  private final Path store;

  /** A certificate and its key, in PEM. */
  public record Issued(Path certificate, Path key) {
    /** With which a server shows it. */
    public SSLContext ofServer() {
      try (InputStream pem = Files.newInputStream(certificate)) {
        Certificate shown = CertificateFactory.getInstance("X.509").generateCertificate(pem);
        String base64 = Files.readString(key).replaceAll("-----[A-Z ]+-----", "");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
            "server",
            KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64))),
            new char[0],
            new Certificate[] {shown});
        KeyManagerFactory keys =
            KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
      } catch (IOException | GeneralSecurityException e) {
        throw new SandboxException("cannot use " + certificate, e);
      }
    }
  }

  /**
   * @param directory for its files
   */
  public TestAuthority(Path directory) {
    this.directory = directory;
    this.store = directory.resolve("authority.p12");
    try {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    } catch (IOException e) {
      throw new SandboxException("cannot make " + directory, e);
    }
    keytool(
        List.of(
            "-alias", CA, "-dname", "CN=authority of " + directory.getFileName(), "-ext", "bc:c"));
    write(caFile(), pem("CERTIFICATE", encoded(certificate(CA))));
    writeKey(directory.resolve("ca.key"), CA);
  }

  public Path caFile() {
    return directory.resolve("ca.pem");
  }

  /** A certificate that is valid now, for this machine's loopback address and name. */
  public Issued issue(String name) {
    return issue(name, "-1d", 30, "san=ip:127.0.0.1,dns:localhost");
  }

  /** One that was valid until some days ago. */
  public Issued issueExpired(String name) {
    return issue(name, "-10d", 5, "san=ip:127.0.0.1,dns:localhost");
  }

  private Issued issue(String name, String start, int days, String names) {
    keytool(
        List.of(
            "-alias",
            name,
            "-dname",
            "CN=" + name,
            "-signer",
            CA,
            "-ext",
            names,
            "-startdate",
            start,
            "-validity",
            Integer.toString(days)));
    Issued files = new Issued(directory.resolve(name + ".pem"), directory.resolve(name + ".key"));
    write(files.certificate(), pem("CERTIFICATE", encoded(certificate(name))));
    writeKey(files.key(), name);
    return files;
  }

  private void keytool(List<String> arguments) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    words.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new SandboxException("keytool failed: " + output);
      }
    } catch (IOException e) {
      throw new SandboxException("keytool cannot be run: it comes with the JDK", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException("interrupted", e);
    }
  }

  private KeyStore load() {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore loaded = KeyStore.getInstance("PKCS12");
      loaded.load(in, PASSWORD.toCharArray());
      return loaded;
    } catch (IOException | GeneralSecurityException e) {
      throw new SandboxException("cannot read " + store, e);
    }
  }

  private Certificate certificate(String alias) {
    try {
      return load().getCertificate(alias);
    } catch (GeneralSecurityException e) {
      throw new SandboxException("cannot read " + store, e);
    }
  }

  private byte[] key(String alias) {
    try {
      return load().getKey(alias, PASSWORD.toCharArray()).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new SandboxException("cannot read " + store, e);
    }
  }

  private static byte[] encoded(Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new SandboxException("cannot encode a certificate", e);
    }
  }

  private static String pem(String what, byte[] content) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return "-----BEGIN " + what + "-----\n" + base64 + "\n-----END " + what + "-----\n";
  }

  private void writeKey(Path file, String alias) {
    write(file, pem("PRIVATE KEY", key(alias)));
    try {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new SandboxException("cannot protect " + file, e);
    }
  }

  private static void write(Path file, String pem) {
    try {
      Files.writeString(file, pem);
    } catch (IOException e) {
      throw new SandboxException("cannot write " + file, e);
    }
  }
}
