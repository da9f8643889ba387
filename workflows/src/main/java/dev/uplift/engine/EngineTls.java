package dev.uplift.engine;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TLS to the engine with the files as they are at each handshake: certificates are replaced. */
final class EngineTls {
  private static final Logger log = LoggerFactory.getLogger(EngineTls.class);

  private EngineTls() {}

  /**
   * @throws EngineSettingsException if a file cannot be used
   */
  static SslContext context(EngineSecurity security) {
    // Java's own TLS: what it says of a failed handshake can be understood.
    SslContextBuilder context =
        GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK);
    if (security.caFile() != null) {
      context.trustManager(new Authorities(security.caFile()));
    }
    if (security.certFile() != null) {
      context.keyManager(new Identity(security.certFile(), security.keyFile()));
    }
    try {
      return context.build();
    } catch (SSLException unusable) {
      throw new EngineSettingsException(
          "TLS to the engine cannot be set up: " + unusable.getMessage(), unusable);
    }
  }

  /** Who has signed the server's certificate. */
  private static final class Authorities extends X509ExtendedTrustManager {
    private final Path file;
    private final AtomicReference<X509ExtendedTrustManager> last;

    Authorities(Path file) {
      this.file = file;
      this.last = new AtomicReference<>(PemFiles.authorities(file));
    }

    private X509ExtendedTrustManager current() {
      try {
        last.set(PemFiles.authorities(file));
      } catch (EngineSettingsException beingReplaced) {
        log.warn("the authorities that were read last stay in use: {}", beingReplaced.getMessage());
      }
      return last.get();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      current().checkServerTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      current().checkServerTrusted(chain, type, socket);
    }

    // Without the connection the name in the certificate could not be looked at.
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("a server is trusted on its own connection only");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("this is a client");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return last.get().getAcceptedIssuers();
    }
  }

  /** Who we are. */
  private static final class Identity extends X509ExtendedKeyManager {
    private static final String ALIAS = "uplift";
    private final Path certFile;
    private final Path keyFile;
    private volatile PemFiles.Pair last;

    Identity(Path certFile, Path keyFile) {
      this.certFile = certFile;
      this.keyFile = keyFile;
      this.last = PemFiles.pair(certFile, keyFile);
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
      try {
        last = PemFiles.pair(certFile, keyFile);
      } catch (EngineSettingsException beingReplaced) {
        log.warn("the certificate that was read last stays in use: {}", beingReplaced.getMessage());
      }
      return ALIAS;
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return chooseEngineClientAlias(types, issuers, null);
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return last.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return last.key();
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return null;
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return null;
    }
  }
}
