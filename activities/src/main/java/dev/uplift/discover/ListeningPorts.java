package dev.uplift.discover;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** On which TCP ports processes listen, by what Linux says of them in {@code /proc}. */
final class ListeningPorts {
  private static final Pattern SOCKET = Pattern.compile("socket:\\[([0-9]+)]");
  private static final String LISTENING = "0A";
  private static final int LOCAL_ADDRESS = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private ListeningPorts() {}

  /** Empty where this user may not look into the processes. */
  static Set<Integer> of(Set<Long> pids) {
    Set<Integer> ports = new TreeSet<>();
    for (long pid : pids) {
      Path process = Path.of("/proc", Long.toString(pid));
      Map<String, Integer> listeners = new HashMap<>();
      for (String table : List.of("net/tcp", "net/tcp6")) {
        try (Stream<String> lines = Files.lines(process.resolve(table))) {
          listeners.putAll(listeners(lines));
        } catch (IOException | UncheckedIOException ended) {
          continue;
        }
      }
      try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
        for (Path descriptor : descriptors) {
          Matcher socket = SOCKET.matcher(Files.readSymbolicLink(descriptor).toString());
          if (socket.matches() && listeners.containsKey(socket.group(1))) {
            ports.add(listeners.get(socket.group(1)));
          }
        }
      } catch (IOException | DirectoryIteratorException endedOrDenied) {
        continue;
      }
    }
    return ports;
  }

  /** The ports of the listening sockets of a table, by inode. */
  static Map<String, Integer> listeners(Stream<String> table) {
    Map<String, Integer> ports = new HashMap<>();
    table
        .skip(1)
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields.length > INODE && fields[STATE].equals(LISTENING))
        .forEach(
            fields -> {
              String address = fields[LOCAL_ADDRESS];
              String port = address.substring(address.lastIndexOf(':') + 1);
              ports.put(fields[INODE], Integer.parseInt(port, 16));
            });
    return ports;
  }
}
