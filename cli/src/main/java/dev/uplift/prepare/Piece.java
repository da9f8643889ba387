package dev.uplift.prepare;

import dev.uplift.durable.DurableFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One thing that has to be on the machine. It can be compared and made again and again; made anew
 * it is in nobody's way, and what stands in its own way is never removed.
 */
sealed interface Piece {

  /** What it is called in what is printed. */
  String name();

  /** How the machine differs from it; empty if it is there. */
  Optional<String> difference() throws IOException, InterruptedException;

  /** Makes it; called only where something differs. */
  void make() throws IOException, InterruptedException;

  /** An account for a service, which nobody can log in to. */
  record SystemUser(String user, Path home) implements Piece {
    @Override
    public String name() {
      return "system user " + user;
    }

    @Override
    public Optional<String> difference() throws IOException, InterruptedException {
      return Machine.groupOf(user).isPresent() ? Optional.empty() : Optional.of("missing");
    }

    @Override
    public void make() throws IOException, InterruptedException {
      Machine.mustRun(
          "useradd",
          "--system",
          "--user-group",
          "--no-create-home",
          "--home-dir=" + home,
          "--shell=/usr/sbin/nologin",
          user);
    }
  }

  /** A directory in one that belongs to root, so nobody can put a link in its place meanwhile. */
  record Directory(Path path, String owner, String group, String mode) implements Piece {
    @Override
    public String name() {
      return path.toString();
    }

    @Override
    public Optional<String> difference() throws IOException {
      PosixFileAttributes is;
      try {
        is = view().readAttributes();
      } catch (NoSuchFileException missing) {
        return Optional.of("missing");
      }
      if (!is.isDirectory()) {
        throw new Refused(path + " is in the way: it is no directory; move it elsewhere");
      }
      List<String> differences = new ArrayList<>();
      if (!is.owner().getName().equals(owner) || !is.group().getName().equals(group)) {
        differences.add("owner " + is.owner().getName() + ":" + is.group().getName());
      }
      if (!is.permissions().equals(permissions())) {
        differences.add("mode " + PosixFilePermissions.toString(is.permissions()));
      }
      return differences.isEmpty()
          ? Optional.empty()
          : Optional.of(
              String.join(", ", differences) + "; must be " + owner + ":" + group + " " + mode);
    }

    @Override
    public void make() throws IOException {
      if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectories(path.getParent());
        Files.createDirectory(path);
      }
      UserPrincipalLookupService accounts = path.getFileSystem().getUserPrincipalLookupService();
      PosixFileAttributeView view = view();
      view.setOwner(accounts.lookupPrincipalByName(owner));
      view.setGroup(accounts.lookupPrincipalByGroupName(group));
      Files.setPosixFilePermissions(path, permissions());
    }

    private Set<PosixFilePermission> permissions() {
      return PosixFilePermissions.fromString(mode);
    }

    private PosixFileAttributeView view() {
      return Files.getFileAttributeView(
          path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }
  }

  /**
   * A file that belongs to root and that all may read.
   *
   * @param about what is in it, for whoever reads what was done
   */
  record TextFile(Path path, String content, String about) implements Piece {
    private static final Set<PosixFilePermission> MODE =
        PosixFilePermissions.fromString("rw-r--r--");

    @Override
    public String name() {
      return about.isEmpty() ? path.toString() : path + ": " + about;
    }

    @Override
    public Optional<String> difference() throws IOException {
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of("missing");
      }
      if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        throw new Refused(path + " is in the way: it is no file; move it elsewhere");
      }
      if (!Files.readString(path).equals(content)) {
        return Optional.of("other content");
      }
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(path);
      return mode.equals(MODE)
          ? Optional.empty()
          : Optional.of("mode " + PosixFilePermissions.toString(mode));
    }

    @Override
    public void make() throws IOException {
      Files.createDirectories(path.getParent());
      Path temporary = DurableFile.temporary(path);
      Files.deleteIfExists(temporary);
      try (FileChannel channel = DurableFile.createPrivate(temporary)) {
        channel.write(StandardCharsets.UTF_8.encode(content));
        channel.force(true);
      }
      // Before it has its name: polkitd reads a rule at that moment, as a user of its own.
      Files.setPosixFilePermissions(temporary, MODE);
      DurableFile.rename(temporary, path);
    }
  }

  /** A symbolic link. */
  record Link(Path path, Path target) implements Piece {
    @Override
    public String name() {
      return path + " -> " + target;
    }

    @Override
    public Optional<String> difference() throws IOException {
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of("missing");
      }
      if (!Files.isSymbolicLink(path)) {
        throw new Refused(path + " is in the way: it is no link; move it elsewhere");
      }
      Path is = Files.readSymbolicLink(path);
      return is.equals(target) ? Optional.empty() : Optional.of("leads to " + is);
    }

    @Override
    public void make() throws IOException {
      Files.createDirectories(path.getParent());
      Path temporary = DurableFile.temporary(path);
      Files.deleteIfExists(temporary);
      Files.createSymbolicLink(temporary, target);
      DurableFile.rename(temporary, path);
    }
  }

  /**
   * That systemd knows the files as they are now. Whether it needs a reload it does not notice
   * itself where a directory of drop-ins is new, so what it has read is compared.
   */
  record LoadedUnits(List<Loaded> units) implements Piece {

    /**
     * @param dropIns those that it must have, among others
     */
    record Loaded(String unit, Set<Path> dropIns) {}

    @Override
    public String name() {
      return "systemd has read the units";
    }

    @Override
    public Optional<String> difference() throws IOException, InterruptedException {
      List<String> stale = new ArrayList<>();
      for (Loaded unit : units) {
        String shown =
            Machine.mustRun(
                "systemctl",
                "show",
                "--property=NeedDaemonReload,DropInPaths",
                "--",
                unit.unit() + ".service");
        boolean hasAll = unit.dropIns().stream().map(Path::toString).allMatch(shown::contains);
        if (!hasAll || shown.contains("NeedDaemonReload=yes")) {
          stale.add(unit.unit());
        }
      }
      return stale.isEmpty()
          ? Optional.empty()
          : Optional.of("not as they are now: " + String.join(", ", stale));
    }

    @Override
    public void make() throws IOException, InterruptedException {
      Machine.mustRun("systemctl", "daemon-reload");
    }
  }

  /** That polkit does allow it, whatever other rules there are. */
  record Allowed(String user, String group, List<String> units) implements Piece {
    private static final Duration POLKIT_READS_RULES_WITHIN = Duration.ofSeconds(20);

    @Override
    public String name() {
      return "polkit lets " + user + " restart them";
    }

    @Override
    public Optional<String> difference() throws IOException, InterruptedException {
      List<String> denied = Machine.deniedToRestart(user, group, units);
      return denied.isEmpty()
          ? Optional.empty()
          : Optional.of("denied: " + String.join(", ", denied));
    }

    @Override
    public void make() throws IOException, InterruptedException {
      Instant deadline = Instant.now().plus(POLKIT_READS_RULES_WITHIN);
      while (difference().isPresent()) {
        if (Instant.now().isAfter(deadline)) {
          throw new IOException(
              "polkit does not let "
                  + user
                  + " restart "
                  + String.join(", ", units)
                  + ": see 'journalctl -u polkit', and whether another file in "
                  + HostPlan.POLKIT_RULE.getParent()
                  + " forbids it");
        }
        Thread.sleep(100);
      }
    }
  }
}
