package dev.uplift.code;

import dev.uplift.host.StepFailure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jgit.transport.CredentialItem;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory;
import org.eclipse.jgit.transport.http.JDKHttpConnection;

/** Over http or https: the login goes to the upstream's own server and to no other. */
final class WebAccess extends UpstreamAccess {
  private static final int PROXY_AUTHENTICATION_REQUIRED = 407;
  private final Login login;
  private final TrustManager[] trusted;
  private int status;
  private URL answeredBy;

  /**
   * @throws StepFailure if a file that the credentials name cannot be used
   */
  WebAccess(FetchSource source) {
    super(source);
    this.login = login(source);
    this.trusted = trusted(source);
  }

  private static Login login(FetchSource source) {
    return source.credentials() == null || source.credentials().tokenFile() == null
        ? source.login()
        : Login.ofTokenFile(
            new CredentialFile("token_file", source.credentials().tokenFile()).readSecretLine());
  }

  /** Null for whom Java trusts. */
  private static TrustManager[] trusted(FetchSource source) {
    if (source.credentials() == null || source.credentials().caFile() == null) {
      return null;
    }
    CredentialFile file = new CredentialFile("ca_file", source.credentials().caFile());
    byte[] content = file.readPublic();
    try {
      Collection<? extends Certificate> authorities =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(content));
      if (authorities.isEmpty()) {
        throw new CertificateException("there is no certificate in it");
      }
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate authority : authorities) {
        store.setCertificateEntry("authority-" + store.size(), authority);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (GeneralSecurityException | IOException e) {
      throw file.unusable(
          "has no certificates that can be read",
          e.getMessage(),
          "Put the authority's certificate into it, in PEM form.");
    }
  }

  @Override
  void prepare(Transport transport) {
    TransportHttp http = (TransportHttp) transport;
    http.setCredentialsProvider(new OwnLogin());
    http.setHttpConnectionFactory(
        new HttpConnectionFactory() {
          @Override
          public HttpConnection create(URL url) throws IOException {
            return create(url, Proxy.NO_PROXY);
          }

          @Override
          public HttpConnection create(URL url, Proxy proxy) throws IOException {
            return new Watched(url, proxy);
          }
        });
  }

  @Override
  Optional<UpstreamFailure> refusal(Exception error) {
    Optional<UpstreamFailure> certificate =
        UpstreamFailure.find(SSLHandshakeException.class, error)
            .flatMap(handshake -> certificateRefused(handshake));
    return certificate.isPresent() ? certificate : refusedByStatus();
  }

  private Optional<UpstreamFailure> certificateRefused(SSLHandshakeException handshake) {
    String reason;
    String advice;
    if (UpstreamFailure.find(CertificateExpiredException.class, handshake).isPresent()) {
      reason = "its certificate has expired";
      advice = "Have the certificate of " + server() + " renewed; look at this host's clock, too.";
    } else if (UpstreamFailure.find(CertificateNotYetValidException.class, handshake).isPresent()) {
      reason = "its certificate is not valid yet";
      advice = "Look at this host's clock, and at the certificate of " + server() + ".";
    } else if (UpstreamFailure.find(CertPathBuilderException.class, handshake).isPresent()
        || UpstreamFailure.find(CertPathValidatorException.class, handshake).isPresent()) {
      boolean named = source.credentials() != null && source.credentials().caFile() != null;
      reason =
          named
              ? "its certificate is not signed by an authority in " + source.credentials().caFile()
              : "its certificate is signed by an authority that this host does not know";
      advice =
          named
              ? "Put the certificate of the authority that signs for "
                  + server()
                  + " into that file."
              : "Put the authority's certificate into a file on this host, and name that as"
                  + " 'upstream.credentials.ca_file' in the app's profile.";
    } else if (UpstreamFailure.find(CertificateException.class, handshake).isPresent()) {
      reason = "its certificate is not one for " + source.uri().getHost();
      advice =
          "Name the host in 'upstream.url' as its certificate does, or correct the certificate.";
    } else {
      return Optional.empty();
    }
    return Optional.of(UpstreamFailure.definite(source, reason, deepestMessage(handshake), advice));
  }

  private Optional<UpstreamFailure> refusedByStatus() {
    if (answeredBy != null && !isUpstreams(answeredBy) && isRefusal(status)) {
      return Optional.of(
          UpstreamFailure.definite(
              source,
              "it redirects to " + shown(answeredBy) + ", where the login is not sent",
              "HTTP status " + status + " of " + shown(answeredBy),
              "If that server is right, give its own URL as 'upstream.url' in the app's profile."));
    }
    return switch (status) {
      case HttpURLConnection.HTTP_UNAUTHORIZED ->
          Optional.of(
              login == null
                  ? UpstreamFailure.definite(
                      source,
                      "it asks for a login, and none is given",
                      "HTTP status 401",
                      "Name a 'token_file' in 'upstream.credentials' of the app's profile.")
                  : UpstreamFailure.definite(
                      source, "it refuses the " + loginName(), "HTTP status 401", renew()));
      case HttpURLConnection.HTTP_FORBIDDEN ->
          Optional.of(
              UpstreamFailure.definite(
                  source,
                  login == null
                      ? "it forbids to read the repository"
                      : "the " + loginName() + " may not read the repository",
                  "HTTP status 403",
                  "Allow it to read the repository. " + renew()));
      case HttpURLConnection.HTTP_NOT_FOUND ->
          Optional.of(
              UpstreamFailure.definite(
                  source,
                  login == null
                      ? "there is no such repository"
                      : "there is no such repository, or the " + loginName() + " may not see it",
                  "HTTP status 404",
                  "Correct 'upstream.url' in the app's profile; many servers answer like that also"
                      + " when a login is missing, wrong, or may not read the repository."));
      case PROXY_AUTHENTICATION_REQUIRED ->
          Optional.of(
              UpstreamFailure.definite(
                  source,
                  "the proxy on the way asks for a login",
                  "HTTP status 407",
                  "Let this host reach " + server() + " without that proxy."));
      default -> Optional.empty();
    };
  }

  private static boolean isRefusal(int status) {
    return status == HttpURLConnection.HTTP_UNAUTHORIZED
        || status == HttpURLConnection.HTTP_FORBIDDEN
        || status == HttpURLConnection.HTTP_NOT_FOUND;
  }

  private String loginName() {
    boolean file = source.credentials() != null && source.credentials().tokenFile() != null;
    return file ? "token in " + source.credentials().tokenFile() : "login in the checkout's origin";
  }

  private String renew() {
    boolean file = source.credentials() != null && source.credentials().tokenFile() != null;
    return file
        ? "Put a valid token into " + source.credentials().tokenFile() + " on this host."
        : "Name a 'token_file' in 'upstream.credentials' of the app's profile, or run 'git remote"
            + " set-url origin' in the checkout.";
  }

  private String server() {
    return source.uri().getHost();
  }

  private static String shown(URL url) {
    return url.getProtocol()
        + "://"
        + url.getHost()
        + (url.getPort() < 0 ? "" : ":" + url.getPort());
  }

  private static String deepestMessage(Throwable error) {
    Throwable deepest = error;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return String.valueOf(deepest.getMessage());
  }

  private boolean isUpstreams(URL url) {
    int port = source.uri().getPort();
    return url.getProtocol().equals(source.uri().getScheme())
        && url.getHost().equalsIgnoreCase(source.uri().getHost())
        && (url.getPort() < 0 ? url.getDefaultPort() : url.getPort())
            == (port < 0 ? url.getDefaultPort() : port);
  }

  private boolean isUpstreams(URIish uri) {
    try {
      return isUpstreams(new URL(uri.toString()));
    } catch (IOException notAUrl) {
      return false;
    }
  }

  /** Remembers how it went, and keeps the login from other servers, whatever led there. */
  private final class Watched extends JDKHttpConnection {
    Watched(URL url, Proxy proxy) throws IOException {
      super(url, proxy);
      if (trusted != null && url.getProtocol().equals("https")) {
        try {
          configure(null, trusted, null);
        } catch (GeneralSecurityException e) {
          throw new IOException(e);
        }
      }
    }

    @Override
    public void setRequestProperty(String key, String value) {
      if (!key.equalsIgnoreCase("Authorization") || isUpstreams(getURL())) {
        super.setRequestProperty(key, value);
      }
    }

    @Override
    public int getResponseCode() throws IOException {
      status = super.getResponseCode();
      answeredBy = getURL();
      return status;
    }
  }

  /** Answers who we are once, and asks nobody: a login that was refused is not given again. */
  private final class OwnLogin extends CredentialsProvider {
    private boolean refused;

    @Override
    public boolean isInteractive() {
      return false;
    }

    @Override
    public boolean supports(CredentialItem... items) {
      for (CredentialItem item : items) {
        if (!(item instanceof CredentialItem.Username || item instanceof CredentialItem.Password)) {
          return false;
        }
      }
      return true;
    }

    @Override
    public boolean get(URIish uri, CredentialItem... items) {
      if (login == null || refused || !isUpstreams(uri) || !supports(items)) {
        return false;
      }
      for (CredentialItem item : items) {
        if (item instanceof CredentialItem.Username user) {
          user.setValue(login.user());
        } else if (item instanceof CredentialItem.Password password) {
          password.setValue(login.password().toCharArray());
        }
      }
      return true;
    }

    @Override
    public void reset(URIish uri) {
      refused = true;
    }
  }
}
