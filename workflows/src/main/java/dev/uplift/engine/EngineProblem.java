package dev.uplift.engine;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** Why the engine did not do what it was asked, in words for those who have to mend it. */
public final class EngineProblem {
  private static final String WANTS_TLS =
      "it wants TLS, and none is configured: set uplift.engine.tls.ca-file, and cert-file and"
          + " key-file if it wants to know who calls";
  private static final String WANTS_CERTIFICATE =
      "it wants a certificate of ours (mutual TLS): set uplift.engine.tls.cert-file and key-file";
  private static final String CERTIFICATE_EXPIRED =
      "our certificate has expired: renew the one in ";
  private static final String CERTIFICATE_REFUSED =
      "it does not accept our certificate: it must be of an authority that the engine trusts, the"
          + " one in ";

  private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");

  // A server that wants TLS answers an alert to one that does not speak it, or nothing. Nothing may
  // be all that is seen of a certificate that is refused, too.
  private static final Pattern TLS_RECORD =
      Pattern.compile("First received frame was not SETTINGS.* 15030");
  private static final List<String> CLOSED_AT_ONCE =
      List.of("Network closed for unknown reason", "Connection closed while performing");

  private EngineProblem() {}

  /** A clause about "it": what was seen, and what to set. */
  static String of(Throwable failure, EngineSecurity security) {
    if (failure instanceof EngineSettingsException told) {
      return told.getMessage();
    }
    List<Throwable> causes = causes(failure);
    return Stream.<Supplier<Optional<String>>>of(
            () -> itsCertificate(causes),
            () -> ourCertificate(causes, security),
            () -> oneSidedTls(causes, security),
            () -> refusal(causes),
            () -> way(causes))
        .flatMap(known -> known.get().stream())
        .findFirst()
        .orElseGet(() -> lastWord(causes));
  }

  /** Whether the engine answered, but has no namespace of the configured name. */
  public static boolean isUnknownNamespace(Throwable failure) {
    return causes(failure).stream().anyMatch(EngineProblem::namesNoNamespace);
  }

  private static Optional<String> itsCertificate(List<Throwable> causes) {
    for (Throwable cause : causes) {
      if (cause instanceof CertificateExpiredException) {
        return Optional.of("its certificate has expired (" + cause.getMessage() + ")");
      }
      if (cause instanceof CertPathBuilderException
          || cause instanceof CertPathValidatorException) {
        boolean expired =
            causes.stream().anyMatch(inner -> inner instanceof CertificateExpiredException);
        return Optional.of(
            expired
                ? "its certificate has expired"
                : "its certificate is of an authority that is not trusted: set"
                    + " uplift.engine.tls.ca-file to the one that signed it");
      }
      if (cause instanceof CertificateException
          && Objects.toString(cause.getMessage()).matches("(?s)No (subject alt|name match).*")) {
        return Optional.of(
            "its certificate is for another name ("
                + cause.getMessage()
                + "): set uplift.engine.tls.server-name to one that is in it");
      }
    }
    return Optional.empty();
  }

  private static Optional<String> ourCertificate(List<Throwable> causes, EngineSecurity security) {
    return causes.stream()
        .filter(SSLException.class::isInstance)
        .map(cause -> ALERT.matcher(Objects.toString(cause.getMessage())))
        .filter(Matcher::find)
        .map(alert -> alert.group(1).toLowerCase(Locale.ROOT))
        .map(alert -> ofAlert(alert, security))
        .findFirst();
  }

  private static String ofAlert(String alert, EngineSecurity security) {
    return switch (alert) {
      case "certificate_required" -> WANTS_CERTIFICATE;
      case "certificate_expired" -> CERTIFICATE_EXPIRED + security.certFile();
      case "unknown_ca", "bad_certificate", "certificate_unknown" -> ofOurCertificate(security);
      default -> "the TLS handshake failed with the engine's alert " + alert;
    };
  }

  private static String ofOurCertificate(EngineSecurity security) {
    if (security.certFile() == null) {
      return WANTS_CERTIFICATE;
    }
    return (PemFiles.hasExpired(security.certFile()) ? CERTIFICATE_EXPIRED : CERTIFICATE_REFUSED)
        + security.certFile();
  }

  private static Optional<String> oneSidedTls(List<Throwable> causes, EngineSecurity security) {
    for (Throwable cause : causes) {
      String message = Objects.toString(cause.getMessage());
      // A class of the shaded Netty, so known by its name.
      if (cause.getClass().getSimpleName().equals("NotSslRecordException")) {
        return Optional.of(
            "it does not speak TLS, but TLS is configured: have it speak TLS, or remove"
                + " uplift.engine.tls and uplift.engine.api-key-file");
      }
      if (TLS_RECORD.matcher(message).find()) {
        return Optional.of(WANTS_TLS);
      }
      if (CLOSED_AT_ONCE.stream().anyMatch(message::contains)) {
        return Optional.of(
            "it closed the connection at once; most likely "
                + (security.usesTls() ? ofOurCertificate(security) : WANTS_TLS));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> refusal(List<Throwable> causes) {
    for (Throwable cause : causes) {
      if (namesNoNamespace(cause)) {
        return Optional.of(
            Status.fromThrowable(cause).getDescription()
                + " Make it with `temporal operator namespace create`, or set"
                + " uplift.engine.namespace");
      }
      if (cause instanceof StatusRuntimeException refused) {
        switch (refused.getStatus().getCode()) {
          case UNAUTHENTICATED, PERMISSION_DENIED -> {
            return Optional.of(
                "it refuses us ("
                    + refused.getStatus().getDescription()
                    + "): the key in uplift.engine.api-key-file, or the certificate, must be valid"
                    + " and allow to write to the namespace");
          }
          default -> {
            // Not a refusal.
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> way(List<Throwable> causes) {
    for (Throwable cause : causes) {
      if (cause instanceof UnknownHostException) {
        return Optional.of("its host is unknown (" + cause.getMessage() + ")");
      }
      if (Objects.toString(cause.getMessage()).contains("Connection refused")) {
        return Optional.of("nobody listens at its address (connection refused)");
      }
      if (cause instanceof StatusRuntimeException late
          && late.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED) {
        return Optional.of("it did not answer in time");
      }
    }
    return Optional.empty();
  }

  private static boolean namesNoNamespace(Throwable cause) {
    return cause instanceof StatusRuntimeException missing
        && missing.getStatus().getCode() == Status.Code.NOT_FOUND
        && Objects.toString(missing.getStatus().getDescription()).startsWith("Namespace ");
  }

  // The innermost cause says most: those around it only say that a call failed.
  private static String lastWord(List<Throwable> causes) {
    for (int i = causes.size() - 1; i >= 0; i--) {
      String message = causes.get(i).getMessage();
      if (message != null && !message.isBlank()) {
        return "it does not answer: " + message;
      }
    }
    return "it does not answer";
  }

  private static List<Throwable> causes(Throwable failure) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable cause = failure;
        cause != null && !causes.contains(cause);
        cause = cause.getCause()) {
      causes.add(cause);
    }
    return causes;
  }
}
