package dev.uplift.api.notify;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Whom a webhook believes that it is the receiver. */
final class Authorities {
  private Authorities() {}

  /**
   * Trusts whom Java trusts, and who is vouched for by a certificate in a file.
   *
   * @throws IllegalArgumentException if there is none in it
   */
  static SSLContext alsoThoseIn(Path pem) {
    try (InputStream file = Files.newInputStream(pem)) {
      List<Certificate> own =
          List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(file));
      if (own.isEmpty()) {
        throw new IllegalArgumentException("ca-file: " + pem + " has no certificate in it");
      }
      List<Certificate> all = new ArrayList<>(own);
      for (TrustManager ofJava : trustManagers(null)) {
        if (ofJava instanceof X509TrustManager certificates) {
          all.addAll(List.of(certificates.getAcceptedIssuers()));
        }
      }
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      for (Certificate certificate : all) {
        trusted.setCertificateEntry(Integer.toString(trusted.size()), certificate);
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trustManagers(trusted), null);
      return context;
    } catch (IOException | GeneralSecurityException unusable) {
      throw new IllegalArgumentException(
          "ca-file: " + pem + " cannot be read as certificates in PEM: " + unusable.getMessage());
    }
  }

  /**
   * @param store null for Java's own
   */
  private static TrustManager[] trustManagers(KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }
}
