package dev.uplift.health;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One GET request to a service of this host.
 *
 * <p>It speaks HTTP itself, because no client of the JDK does all of this together: a connection of
 * its own for every request (one that is kept alive may lead to an old process), to exactly the
 * address that was checked, one time limit over everything, and no redirects, proxies or bodies
 * without end.
 */
public final class Probe {

  /**
   * Whatever goes wrong is in the answer.
   *
   * @param timeout for the whole exchange
   */
  public Answer get(String url, Duration timeout) {
    long deadlineNanos = System.nanoTime() + timeout.toNanos();
    Target target;
    List<InetAddress> addresses;
    try {
      target = Target.of(url);
      addresses = allowedAddresses(target.host());
    } catch (RefusedUrl refused) {
      return new Answer.Unmeasured(Instant.now(), refused.getMessage());
    }
    Answer answer = null;
    // A name may have two addresses, of which the service listens at one.
    for (InetAddress address : addresses) {
      Answer next = get(target, address, deadlineNanos);
      if (next instanceof Answer.Answered) {
        return next;
      }
      answer = answer instanceof Answer.Silent ? answer : next;
    }
    return answer;
  }

  private static Answer get(Target target, InetAddress address, long deadlineNanos) {
    try (Socket socket = new Socket()) {
      try {
        socket.connect(
            new InetSocketAddress(address, target.port()), remainingMillis(deadlineNanos));
        socket.setTcpNoDelay(true);
      } catch (ConnectException | NoRouteToHostException | SocketTimeoutException nobodyThere) {
        return new Answer.Silent(Instant.now(), nobodyThere.getMessage());
      } catch (SocketException ours) {
        // Too many open files, no local port left.
        return new Answer.Unmeasured(Instant.now(), ours.getMessage());
      }
      socket.setSoTimeout(remainingMillis(deadlineNanos));
      Socket channel = target.secure() ? secured(socket, target) : socket;
      channel.getOutputStream().write(target.request());
      channel.getOutputStream().flush();
      return HttpResponse.read(
          buffer -> {
            channel.setSoTimeout(remainingMillis(deadlineNanos));
            return channel.getInputStream().read(buffer);
          });
    } catch (SocketTimeoutException tooSlow) {
      return new Answer.Silent(Instant.now(), "no answer in time");
    } catch (IOException brokenOff) {
      return new Answer.Silent(Instant.now(), String.valueOf(brokenOff.getMessage()));
    }
  }

  private static Socket secured(Socket plain, Target target) throws IOException {
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    SSLSocket socket = (SSLSocket) factory.createSocket(plain, target.host(), target.port(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static int remainingMillis(long deadlineNanos) throws SocketTimeoutException {
    long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("no answer in time");
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }

  // A profile must not make the worker speak to others: every address of the name is of this host.
  private static List<InetAddress> allowedAddresses(String host) throws RefusedUrl {
    try {
      List<InetAddress> addresses = List.of(InetAddress.getAllByName(host));
      for (InetAddress address : addresses) {
        if (!isOfThisHost(address)) {
          throw new RefusedUrl(host + " is " + address.getHostAddress() + ", not this host");
        }
      }
      return addresses;
    } catch (UnknownHostException unknown) {
      throw new RefusedUrl(host + " has no address");
    } catch (SocketException e) {
      throw new RefusedUrl("the addresses of this host cannot be read: " + e.getMessage());
    }
  }

  private static boolean isOfThisHost(InetAddress address) throws SocketException {
    if (address.isLinkLocalAddress() || address.isAnyLocalAddress()) {
      return false;
    }
    return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
  }

  private static final class RefusedUrl extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedUrl(String message) {
      super(message);
    }
  }

  private record Target(boolean secure, String host, int port, String pathAndQuery) {

    static Target of(String url) throws RefusedUrl {
      URI uri;
      try {
        uri = new URI(url);
      } catch (URISyntaxException e) {
        throw new RefusedUrl("not a URL: " + e.getMessage());
      }
      boolean secure = "https".equalsIgnoreCase(uri.getScheme());
      if (!secure && !"http".equalsIgnoreCase(uri.getScheme())) {
        throw new RefusedUrl("only http and https are asked: " + url);
      }
      if (uri.getHost() == null || uri.getRawUserInfo() != null) {
        throw new RefusedUrl("a URL with a plain host and without a user is needed");
      }
      int port = uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
      String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
      String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
      return new Target(secure, uri.getHost(), port, path + query);
    }

    byte[] request() {
      String text =
          "GET "
              + pathAndQuery
              + " HTTP/1.1\r\nHost: "
              + host
              + ":"
              + port
              + "\r\nUser-Agent: uplift\r\nAccept: */*\r\nConnection: close\r\n\r\n";
      return text.getBytes(StandardCharsets.US_ASCII);
    }
  }
}
