package dev.uplift.code;

import dev.uplift.host.StepFailure;
import dev.uplift.upgrade.FailureKind;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;
import org.eclipse.jgit.errors.NotSupportedException;

/**
 * Why an upstream could not be fetched from, with its remedy and nothing secret. It has no cause:
 * the texts of JGit's exceptions may carry what nobody is to read.
 */
final class UpstreamFailure extends StepFailure {
  private static final long serialVersionUID = 1L;
  private static final int MOST_CAUSES = 20;
  private final boolean passing;

  private UpstreamFailure(
      FailureKind kind, String message, String evidence, String advice, boolean passing) {
    super(kind, message, evidence, advice);
    this.passing = passing;
  }

  /** Whether the same may succeed in a moment. */
  boolean isPassing() {
    return passing;
  }

  /** One that only a person can mend. */
  static UpstreamFailure definite(
      FetchSource source, String reason, String evidence, String advice) {
    return new UpstreamFailure(
        FailureKind.FETCH_UNREACHABLE,
        message(source, reason),
        evidence == null ? null : source.scrub(evidence),
        advice,
        false);
  }

  /** Of an error that has to do with the network or the repository, not with who we are. */
  static UpstreamFailure of(FetchSource source, Exception error) {
    String told = source.scrub(told(error));
    if (told.contains("No space left on device")) {
      return new UpstreamFailure(
          FailureKind.DISK_FULL,
          "There is no space left for the mirror of the upstream.",
          told,
          "Free space on the file system of the worker's state directory.",
          false);
    }
    if (find(NoRemoteRepositoryException.class, error).isPresent()) {
      return definite(
          source,
          "there is no such repository",
          told,
          "Correct 'upstream.url' in the app's profile, or the checkout's origin. "
              + check(source));
    }
    boolean definite = find(NotSupportedException.class, error).isPresent();
    return new UpstreamFailure(
        FailureKind.FETCH_UNREACHABLE,
        message(source, reason(source, error)),
        told,
        check(source),
        !definite);
  }

  private static String reason(FetchSource source, Exception error) {
    if (find(UnknownHostException.class, error).isPresent()
        || find(UnresolvedAddressException.class, error).isPresent()) {
      return "the name " + source.uri().getHost() + " cannot be resolved";
    }
    if (find(ConnectException.class, error).isPresent()
        || find(NoRouteToHostException.class, error).isPresent()) {
      return "nobody answers at its address";
    }
    if (find(InterruptedIOException.class, error).isPresent()
        || find(TimeoutException.class, error).isPresent()) {
      return "it does not answer in time";
    }
    return null;
  }

  private static String message(FetchSource source, String reason) {
    String message = "The upstream " + source.shown() + " cannot be fetched from";
    return reason == null ? message + "." : message + ": " + reason + ".";
  }

  private static String check(FetchSource source) {
    return "Check on this host, as the worker's user, that '" + source.tryByHand() + "' answers.";
  }

  /** The message of an error and of its causes, each once. */
  private static String told(Exception error) {
    List<String> lines = new ArrayList<>();
    for (Throwable cause : causes(error)) {
      String message = cause.getMessage();
      if (message != null && lines.stream().noneMatch(line -> line.contains(message))) {
        lines.add(message);
      }
    }
    return lines.isEmpty() ? error.getClass().getSimpleName() : String.join("\n", lines);
  }

  /** The first of this kind among an error and its causes. */
  static <T extends Throwable> Optional<T> find(Class<T> kind, Throwable error) {
    return causes(error).stream().filter(kind::isInstance).map(kind::cast).findFirst();
  }

  private static List<Throwable> causes(Throwable error) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable cause = error;
        cause != null && causes.size() < MOST_CAUSES;
        cause = cause.getCause()) {
      causes.add(cause);
    }
    return causes;
  }
}
