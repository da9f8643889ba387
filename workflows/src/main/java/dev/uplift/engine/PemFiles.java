package dev.uplift.engine;

import dev.uplift.secret.ExposedSecretException;
import dev.uplift.secret.SecretFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Certificates, keys and API keys in files, each read strictly and never quoted in a message. */
final class PemFiles {
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
  private static final Map<String, String> KEY_TO_SIGNATURE =
      Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");
  private static final Pattern API_KEY = Pattern.compile("[\\x21-\\x7e]+");

  /**
   * @param chain ours first, then whoever signed it
   */
  record Pair(List<X509Certificate> chain, PrivateKey key) {}

  private PemFiles() {}

  static X509ExtendedTrustManager authorities(Path file) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      List<X509Certificate> certificates = certificates("ca-file", file);
      for (int i = 0; i < certificates.size(); i++) {
        store.setCertificateEntry(Integer.toString(i), certificates.get(i));
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    } catch (GeneralSecurityException | IOException unusable) {
      throw wrong("ca-file", file, "cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  static Pair pair(Path certFile, Path keyFile) {
    List<X509Certificate> chain = certificates("cert-file", certFile);
    PublicKey certified = chain.get(0).getPublicKey();
    PrivateKey key = key(keyFile, certified.getAlgorithm());
    if (!belongTogether(certified, key)) {
      throw wrong("key-file", keyFile, "is not the key of the certificate in " + certFile, null);
    }
    return new Pair(chain, key);
  }

  /** Whether the certificate is readable, and was valid until some time ago. */
  static boolean hasExpired(Path certFile) {
    try {
      return certificates("cert-file", certFile).get(0).getNotAfter().before(new Date());
    } catch (EngineSettingsException unreadable) {
      return false;
    }
  }

  static String apiKey(Path file) {
    String key = new String(secret("api-key-file", file), StandardCharsets.UTF_8).strip();
    if (!API_KEY.matcher(key).matches()) {
      throw new EngineSettingsException(
          "uplift.engine.api-key-file: "
              + file
              + " must hold the key and nothing else, on one line");
    }
    return key;
  }

  private static List<X509Certificate> certificates(String setting, Path file) {
    try {
      List<X509Certificate> certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(read("tls." + setting, file, Files::readAllBytes)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (certificates.isEmpty()) {
        throw wrong(setting, file, "has no certificate in it", null);
      }
      return certificates;
    } catch (CertificateException unusable) {
      throw wrong(setting, file, "is not a certificate in PEM", unusable);
    }
  }

  static PrivateKey key(Path file, String algorithm) {
    String text = new String(secret("tls.key-file", file), StandardCharsets.US_ASCII);
    Matcher pem = PKCS8.matcher(text);
    if (!pem.find()) {
      throw wrong(
          "key-file",
          file,
          "is not an unencrypted private key in PKCS #8, which begins with"
              + " -----BEGIN PRIVATE KEY-----; openssl pkcs8 -topk8 -nocrypt makes it one",
          null);
    }
    try {
      byte[] encoded = Base64.getMimeDecoder().decode(pem.group(1));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (InvalidKeySpecException | IllegalArgumentException otherKind) {
      throw wrong(
          "key-file", file, "is not a key for " + algorithm + ", as the certificate is", null);
    } catch (GeneralSecurityException unusable) {
      throw wrong("key-file", file, "cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private static boolean belongTogether(PublicKey certified, PrivateKey key) {
    byte[] anything = {1, 2, 3};
    try {
      Signature signature =
          Signature.getInstance(
              KEY_TO_SIGNATURE.getOrDefault(key.getAlgorithm(), key.getAlgorithm()));
      signature.initSign(key);
      signature.update(anything);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(anything);
      return signature.verify(signed);
    } catch (GeneralSecurityException doNotFit) {
      return false;
    }
  }

  private static byte[] secret(String setting, Path file) {
    return read(setting, file, SecretFile::read);
  }

  private interface Reader {
    byte[] read(Path file) throws IOException;
  }

  private static byte[] read(String setting, Path file, Reader reader) {
    try {
      return reader.read(file);
    } catch (ExposedSecretException exposed) {
      throw new EngineSettingsException(
          "uplift.engine." + setting + ": " + exposed.getMessage(), exposed);
    } catch (NoSuchFileException missing) {
      throw new EngineSettingsException(
          "uplift.engine." + setting + ": there is no file " + file, missing);
    } catch (AccessDeniedException denied) {
      throw new EngineSettingsException(
          "uplift.engine."
              + setting
              + ": "
              + file
              + " may not be read by user "
              + System.getProperty("user.name"),
          denied);
    } catch (IOException unreadable) {
      throw new EngineSettingsException(
          "uplift.engine." + setting + ": " + file + " cannot be read: " + unreadable.getMessage(),
          unreadable);
    }
  }

  private static EngineSettingsException wrong(
      String setting, Path file, String what, Throwable cause) {
    return new EngineSettingsException(
        "uplift.engine.tls." + setting + ": " + file + " " + what, cause);
  }
}
