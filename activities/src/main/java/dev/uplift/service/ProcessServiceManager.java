package dev.uplift.service;

import dev.uplift.command.ChildEnvironment;
import dev.uplift.host.Cancellation;
import dev.uplift.host.HostPaths;
import dev.uplift.host.StepFailure;
import dev.uplift.service.RunRecord.Phase;
import dev.uplift.service.UnitProcesses.Member;
import dev.uplift.upgrade.FailureKind;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Services as processes of our own, for the sandbox, containers and machines without systemd.
 *
 * <p>A unit is a file {@code <unit>.yml}, see {@link UnitDefinition}. Its processes live in a
 * session of their own and survive the worker; a service that dies is not started again.
 */
public final class ProcessServiceManager implements ServiceManager {
  private static final Duration POLL = Duration.ofMillis(2);
  private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);
  private static final long LOG_ROTATED_AT_BYTES = 16L * 1024 * 1024;

  private final Path state;
  private final Path definitions;
  private final Guard guard;
  private final Map<String, String> workersEnvironment;

  /**
   * @param definitions the directory of the units' files
   * @param workersEnvironment of which services see an allow-list
   */
  public ProcessServiceManager(
      HostPaths paths, Path definitions, Map<String, String> workersEnvironment) {
    this.state = paths.processes().toAbsolutePath().normalize();
    this.definitions = definitions;
    this.guard = new Guard(paths);
    this.workersEnvironment = Map.copyOf(workersEnvironment);
  }

  @Override
  public List<String> inspect(List<UnitName> units, Duration patience) {
    units.forEach(this::requireDefined);
    return List.of();
  }

  private void requireDefined(UnitName unit) {
    if (!Files.isRegularFile(definition(unit))) {
      throw new StepFailure(
          FailureKind.UNIT_MISSING,
          "There is no unit " + unit + " on this host.",
          definition(unit) + " does not exist",
          "Define the unit there, or correct the profile's services.");
    }
  }

  @Override
  public ServiceState state(UnitName unit) {
    return main(unit)
        .map(main -> ServiceState.running(main.pid(), main.pid() + "@" + main.startTicks()))
        .orElse(ServiceState.STOPPED);
  }

  private Optional<Member> main(UnitName unit) {
    RunRecord record = RunRecord.read(pidFile(unit));
    if (!record.isOfThisBoot()) {
      return Optional.empty();
    }
    return switch (record.phase()) {
      case STOPPED -> Optional.empty();
      // The worker was killed around the spawn: only the process itself can tell whether it is.
      case STARTING -> processes(List.of(unit)).findMain();
      case RUNNING ->
          Optional.of(new Member(record.pid(), record.startTicks())).filter(Member::isAlive);
    };
  }

  @Override
  public void start(UnitName unit, Duration patience, Cancellation cancellation) {
    requireDefined(unit);
    if (main(unit).isPresent()) {
      return;
    }
    guard
        .reason(unit)
        .ifPresent(
            reason -> {
              throw startFailed(unit, "is guarded", reason, null);
            });
    // What a main process leaves behind when it dies would keep the port and the lock.
    end(List.of(unit), KILL_PATIENCE);
    try {
      spawn(unit, UnitDefinition.read(definition(unit)));
    } catch (IOException | IllegalArgumentException e) {
      throw startFailed(unit, "could not be started", e.getMessage(), e);
    }
  }

  private void spawn(UnitName unit, UnitDefinition definition) throws IOException {
    List<String> run = definition.resolvedWords();
    if (run.get(0).startsWith("/") && !Files.isExecutable(Path.of(run.get(0)))) {
      throw new IOException(run.get(0) + " is not an executable file");
    }
    Files.createDirectories(state);
    File log = log(unit).toFile();
    rotate(log.toPath());
    ProcessBuilder builder =
        new ProcessBuilder(underLock(unit, run))
            .directory(definition.workingDirectory().toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
            .redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment(unit, definition));

    RunRecord starting =
        RunRecord.read(pidFile(unit)).starting(System.currentTimeMillis(), log.length());
    starting.write(pidFile(unit));
    Process process = builder.start();
    Optional<Member> main = Member.of(process.pid());
    if (main.isPresent()) {
      starting.running(main.get()).write(pidFile(unit));
    }
  }

  // The lock file is open in the service itself, by which it is found again. setsid and flock
  // replace themselves, so the service has the pid that we were given.
  private List<String> underLock(UnitName unit, List<String> run) {
    List<String> words = new ArrayList<>(List.of("setsid", "flock", "--no-fork", "--nonblock"));
    words.add(lock(unit).toString());
    words.addAll(run);
    return words;
  }

  private Map<String, String> environment(UnitName unit, UnitDefinition definition)
      throws IOException {
    Map<String, String> all = new TreeMap<>(ChildEnvironment.forTenantCode(workersEnvironment));
    all.putAll(definition.ownEnvironment());
    all.putAll(UnitProcesses.mark(realPath(lock(unit))));
    return all;
  }

  @Override
  public void stop(List<UnitName> units, Duration patience) {
    end(units, patience);
    try {
      for (UnitName unit : units) {
        RunRecord record = RunRecord.read(pidFile(unit));
        if (record.phase() != Phase.STOPPED) {
          record.stopped().write(pidFile(unit));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void end(List<UnitName> units, Duration patience) {
    UnitProcesses processes = processes(units);
    long patienceEndsNanos = System.nanoTime() + patience.toNanos();
    List<Member> alive = processes.find();
    while (!alive.isEmpty() && isAhead(patienceEndsNanos)) {
      alive.forEach(Member::terminate);
      awaitGone(alive, patienceEndsNanos);
      // Looked for anew: the processes may have left children behind.
      alive = processes.find();
    }
    long giveUpNanos = System.nanoTime() + KILL_PATIENCE.toNanos();
    while (!alive.isEmpty() && isAhead(giveUpNanos)) {
      alive.forEach(Member::kill);
      awaitGone(alive, giveUpNanos);
      alive = processes.find();
    }
    if (!alive.isEmpty()) {
      throw new StepFailure(
          FailureKind.STOP_FAILED,
          "Processes of " + joined(units) + " survive being killed.",
          alive.stream().map(Member::describe).collect(Collectors.joining("\n")),
          "Look what they wait for, for instance storage that does not answer, and end them.");
    }
  }

  private static boolean isAhead(long nanos) {
    return nanos - System.nanoTime() > 0;
  }

  private static void awaitGone(List<Member> members, long deadlineNanos) {
    while (members.stream().anyMatch(Member::isAlive) && isAhead(deadlineNanos)) {
      Cancellation.NEVER.pause(POLL);
    }
  }

  @Override
  public String logSince(UnitName unit, Instant since, int maxBytes) {
    long offset = RunRecord.read(pidFile(unit)).logOffsetSince(since.toEpochMilli());
    try (RandomAccessFile log = new RandomAccessFile(log(unit).toFile(), "r")) {
      long from = Math.max(offset, log.length() - maxBytes);
      byte[] tail = new byte[(int) Math.max(0, log.length() - from)];
      log.seek(from);
      log.readFully(tail);
      String text = new String(tail, StandardCharsets.UTF_8);
      // Half a line would hide from whoever looks for a password in it.
      return from == offset ? text : text.substring(text.indexOf('\n') + 1);
    } catch (java.io.FileNotFoundException | NoSuchFileException neverStarted) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void rotate(Path log) throws IOException {
    if (Files.exists(log) && Files.size(log) > LOG_ROTATED_AT_BYTES) {
      Files.move(
          log,
          log.resolveSibling(log.getFileName() + ".1"),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private StepFailure startFailed(UnitName unit, String what, String evidence, Exception cause) {
    return new StepFailure(
        FailureKind.START_FAILED,
        unit + " " + what + ".",
        evidence,
        Diagnosis.advice(FailureKind.START_FAILED),
        cause);
  }

  private static String joined(List<UnitName> units) {
    return units.stream().map(UnitName::value).collect(Collectors.joining(", "));
  }

  private UnitProcesses processes(List<UnitName> units) {
    return new UnitProcesses(units.stream().map(unit -> realPath(lock(unit))).toList());
  }

  // Open files are known to the kernel by their real paths.
  private static Path realPath(Path file) {
    try {
      return file.getParent().toRealPath().resolve(file.getFileName());
    } catch (IOException notThereYet) {
      return file;
    }
  }

  private Path definition(UnitName unit) {
    return definitions.resolve(unit + ".yml");
  }

  private Path pidFile(UnitName unit) {
    return state.resolve(unit + ".pid");
  }

  private Path log(UnitName unit) {
    return state.resolve(unit + ".log");
  }

  private Path lock(UnitName unit) {
    return state.resolve(unit + ".lock");
  }
}
