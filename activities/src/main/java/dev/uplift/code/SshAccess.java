package dev.uplift.code;

import dev.uplift.host.StepCancelled;
import dev.uplift.host.StepFailure;
import dev.uplift.profile.Credentials;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.SshConfigStore;
import org.eclipse.jgit.transport.SshTransport;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.sshd.ServerKeyDatabase;
import org.eclipse.jgit.transport.sshd.SshdSession;
import org.eclipse.jgit.transport.sshd.SshdSessionFactory;
import org.eclipse.jgit.transport.sshd.agent.ConnectorFactory;
import org.eclipse.jgit.util.FS;

/**
 * Over ssh, with one key and to a server whose own key is known. Nothing else is looked at: no
 * settings or keys of the worker's user, no agent, and nobody is asked.
 */
final class SshAccess extends UpstreamAccess {
  private final Credentials credentials;
  private final CredentialFile knownHosts;
  private final OwnSessions sessions;
  // Written by a thread of the ssh client.
  private volatile ServerKey refusedKey;

  /** The key that a server showed, and those that it was known by. */
  private record ServerKey(String shown, List<String> known) {}

  /**
   * @throws StepFailure if a file that the credentials name cannot be used
   */
  SshAccess(FetchSource source) {
    super(source);
    this.credentials = source.credentials();
    this.knownHosts = new CredentialFile("known_hosts", credentials.knownHosts());
    knownHosts.readPublic();
    this.sessions = new OwnSessions(key(new CredentialFile("ssh_key", credentials.sshKey())));
  }

  private static KeyPair key(CredentialFile file) {
    byte[] content = file.readSecret();
    PassphraseAsked passphrase = new PassphraseAsked();
    try {
      Iterable<KeyPair> keys =
          SecurityUtils.loadKeyPairIdentities(
              null,
              NamedResource.ofName(file.path().toString()),
              new ByteArrayInputStream(content),
              passphrase);
      if (keys != null && keys.iterator().hasNext()) {
        return keys.iterator().next();
      }
    } catch (IOException | GeneralSecurityException | RuntimeException unreadable) {
      // Its text may repeat parts of the key.
    }
    if (passphrase.asked
        || new String(content, StandardCharsets.ISO_8859_1).contains("ENCRYPTED")) {
      throw file.unusable(
          "is encrypted with a passphrase",
          null,
          "Use a key of its own without one, which may only read this repository: 'ssh-keygen -t"
              + " ed25519 -N \"\" -f "
              + file.path()
              + ".new'.");
    }
    throw file.unusable(
        "is no private key that can be read",
        null,
        "Put the private key into it, not the public one: ed25519, ECDSA or RSA, as ssh-keygen"
            + " writes it.");
  }

  private static final class PassphraseAsked implements FilePasswordProvider {
    private boolean asked;

    @Override
    public String getPassword(SessionContext session, NamedResource key, int retry) {
      asked = true;
      return null;
    }
  }

  @Override
  void prepare(Transport transport) {
    ((SshTransport) transport).setSshSessionFactory(sessions);
  }

  @Override
  Optional<UpstreamFailure> refusal(Exception error) {
    if (refusedKey != null) {
      return Optional.of(refusedKey.known().isEmpty() ? unknownHost() : changedHostKey());
    }
    boolean noLogin =
        UpstreamFailure.find(SshException.class, error)
            .map(SshException::getDisconnectCode)
            .stream()
            .anyMatch(code -> code == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE);
    return noLogin
        ? Optional.of(
            UpstreamFailure.definite(
                source,
                "it refuses the key in " + credentials.sshKey(),
                "user: " + source.uri().getUser() + "\nkey: " + sessions.fingerprint(),
                "Allow that key to read the repository (a deploy key), or put another one there."))
        : Optional.empty();
  }

  private UpstreamFailure unknownHost() {
    return UpstreamFailure.definite(
        source,
        "nobody knows the key of " + source.uri().getHost(),
        "shown: " + refusedKey.shown() + "\nthe host is not in " + knownHosts.path(),
        "Ask whoever runs the server for its fingerprint. If it is this one, add the line of '"
            + keyscan()
            + "' to that file.");
  }

  private UpstreamFailure changedHostKey() {
    return UpstreamFailure.definite(
        source,
        "the key of " + source.uri().getHost() + " is another one than before",
        "shown: "
            + refusedKey.shown()
            + "\nin "
            + knownHosts.path()
            + ": "
            + String.join(", ", refusedKey.known()),
        "Somebody else may be answering. Ask whoever runs the server; only if its key was changed,"
            + " replace its lines in that file by those of '"
            + keyscan()
            + "'.");
  }

  private String keyscan() {
    int port = source.uri().getPort();
    return "ssh-keyscan " + (port > 0 ? "-p " + port + " " : "") + source.uri().getHost();
  }

  @Override
  public void close() {
    sessions.close();
  }

  private static String fingerprint(PublicKey key) {
    return KeyUtils.getKeyType(key) + " " + KeyUtils.getFingerPrint(key);
  }

  /** JGit's client with nothing of its surroundings. */
  private final class OwnSessions extends SshdSessionFactory {
    private final KeyPair key;

    OwnSessions(KeyPair key) {
      super(null, null);
      this.key = key;
      File nowhere = new File("/nonexistent");
      setHomeDirectory(nowhere);
      setSshDirectory(nowhere);
    }

    // A server that accepts a connection and is silent would be waited for two minutes: the timeout
    // that JGit gives on is only for the connection itself.
    @Override
    public SshdSession getSession(
        URIish uri, CredentialsProvider provider, FS fs, int timeoutMillis)
        throws TransportException {
      FutureTask<SshdSession> login =
          new FutureTask<>(() -> super.getSession(uri, provider, fs, timeoutMillis));
      Thread thread = new Thread(login, "ssh-login");
      thread.setDaemon(true);
      thread.start();
      try {
        return login.get(timeoutMillis, TimeUnit.MILLISECONDS);
      } catch (ExecutionException failed) {
        throw failed.getCause() instanceof TransportException known
            ? known
            : new TransportException(uri, "cannot log in", failed.getCause());
      } catch (TimeoutException silent) {
        login.cancel(true);
        throw new TransportException(uri, "no login within " + timeoutMillis + " ms", silent);
      } catch (InterruptedException e) {
        login.cancel(true);
        throw new StepCancelled("interrupted");
      }
    }

    String fingerprint() {
      return SshAccess.fingerprint(key.getPublic());
    }

    @Override
    protected SshConfigStore createSshConfigStore(File home, File file, String user) {
      return new FixedSettings();
    }

    @Override
    protected Iterable<KeyPair> getDefaultKeys(File directory) {
      return List.of(key);
    }

    @Override
    protected List<Path> getDefaultKnownHostsFiles(File directory) {
      return List.of(knownHosts.path());
    }

    @Override
    protected String getDefaultPreferredAuthentications() {
      return "publickey";
    }

    @Override
    protected ConnectorFactory getConnectorFactory() {
      return null;
    }

    @Override
    protected ServerKeyDatabase createServerKeyDatabase(File home, File directory) {
      ServerKeyDatabase known = super.createServerKeyDatabase(home, directory);
      return new ServerKeyDatabase() {
        @Override
        public List<PublicKey> lookup(
            String host, InetSocketAddress address, Configuration configuration) {
          return known.lookup(host, address, configuration);
        }

        @Override
        public boolean accept(
            String host,
            InetSocketAddress address,
            PublicKey shown,
            Configuration configuration,
            CredentialsProvider provider) {
          if (known.accept(host, address, shown, configuration, null)) {
            return true;
          }
          List<String> others = new ArrayList<>();
          known
              .lookup(host, address, configuration)
              .forEach(key -> others.add(SshAccess.fingerprint(key)));
          refusedKey = new ServerKey(SshAccess.fingerprint(shown), others);
          return false;
        }
      };
    }
  }

  /** In the place of {@code ~/.ssh/config}. */
  private static final class FixedSettings implements SshConfigStore {
    @Override
    public HostConfig lookup(String host, int port, String user) {
      return new Settings();
    }

    @Override
    public HostConfig lookupDefault(String host, int port, String user) {
      return new Settings();
    }

    private static final class Settings implements HostConfig {
      private static final Map<String, String> VALUES =
          Map.of("StrictHostKeyChecking", "yes", "PreferredAuthentications", "publickey");

      @Override
      public String getValue(String key) {
        return getOptions().get(key);
      }

      @Override
      public List<String> getValues(String key) {
        return Optional.ofNullable(getValue(key)).map(List::of).orElse(List.of());
      }

      @Override
      public Map<String, String> getOptions() {
        Map<String, String> options = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        options.putAll(VALUES);
        return options;
      }

      @Override
      public Map<String, List<String>> getMultiValuedOptions() {
        return Map.of();
      }
    }
  }
}
