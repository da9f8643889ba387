package dev.uplift.prepare;

import dev.uplift.durable.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
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

  /** What a new file has to be like before it gets its name. */
  @FunctionalInterface
  interface Attributes {
    void set(Path temporary) throws IOException;
  }

  // With all of its attributes before it has its name: polkitd reads a rule at that moment, as a
  // user of its own.
  private static void replace(Path path, byte[] content, Attributes attributes) throws IOException {
    Files.createDirectories(path.getParent());
    Path temporary = DurableFile.temporary(path);
    Files.deleteIfExists(temporary);
    try (FileChannel channel = DurableFile.createPrivate(temporary)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    attributes.set(temporary);
    DurableFile.rename(temporary, path);
  }

  private static void withMode(Path file, Set<PosixFilePermission> mode) throws IOException {
    Files.setPosixFilePermissions(file, mode);
  }

  private static void withGroup(Path file, String group) throws IOException {
    Files.getFileAttributeView(file, PosixFileAttributeView.class)
        .setGroup(
            file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group));
  }

  private static void requireReadable(Path path, String user, String group)
      throws IOException, InterruptedException {
    // A user who is not there yet is made before the service starts.
    if (Machine.groupOf(user).isPresent() && !Machine.canRead(user, path)) {
      throw new Refused(
          user
              + " cannot read "
              + path
              + ", which its service needs: chgrp "
              + group
              + " "
              + path
              + " && chmod g+r "
              + path);
    }
  }

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
      replace(
          path, content.getBytes(StandardCharsets.UTF_8), temporary -> withMode(temporary, MODE));
    }
  }

  /**
   * The settings of a service. Whose they are and who may read them is for people to say, as long
   * as the service can; new ones belong to root, and the service's group may read them.
   *
   * @param user whom the service runs as
   * @param group that user's
   */
  record SettingsFile(Path path, String content, String user, String group) implements Piece {
    private static final Set<PosixFilePermission> NEW =
        PosixFilePermissions.fromString("rw-r-----");

    @Override
    public String name() {
      return path.toString();
    }

    @Override
    public Optional<String> difference() throws IOException, InterruptedException {
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of("missing");
      }
      if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        throw new Refused(path + " is in the way: it is no file; move it elsewhere");
      }
      requireReadable(path, user, group);
      return Files.readString(path).equals(content)
          ? Optional.empty()
          : Optional.of("other content");
    }

    @Override
    public void make() throws IOException {
      if (!Files.exists(path)) {
        replace(
            path,
            content.getBytes(StandardCharsets.UTF_8),
            temporary -> {
              withGroup(temporary, group);
              withMode(temporary, NEW);
            });
        return;
      }
      PosixFileAttributes is = Files.readAttributes(path, PosixFileAttributes.class);
      replace(
          path,
          content.getBytes(StandardCharsets.UTF_8),
          temporary -> {
            PosixFileAttributeView view =
                Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
            view.setOwner(is.owner());
            view.setGroup(is.group());
            view.setPermissions(is.permissions());
          });
    }
  }

  /**
   * A service's own copy of a certificate or a key, which nobody else can read: users of one
   * machine cannot share a file without others reading it.
   *
   * @param source where it is copied from; the file itself if it only has to be as it is
   * @param group of the service's user
   */
  record Copy(Path source, Path path, String group) implements Piece {
    private static final Set<PosixFilePermission> MODE =
        PosixFilePermissions.fromString("rw-r-----");

    @Override
    public String name() {
      return source.equals(path) ? path.toString() : path + ", a copy of " + source;
    }

    @Override
    public Optional<String> difference() throws IOException {
      if (!Files.isRegularFile(source)) {
        throw new Refused("there is no file " + source);
      }
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of("missing");
      }
      if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        throw new Refused(path + " is in the way: it is no file; move it elsewhere");
      }
      PosixFileAttributes is = Files.readAttributes(path, PosixFileAttributes.class);
      if (!is.group().getName().equals(group) || !is.permissions().equals(MODE)) {
        return Optional.of(
            "group "
                + is.group().getName()
                + ", mode "
                + PosixFilePermissions.toString(is.permissions()));
      }
      return Files.mismatch(source, path) < 0 ? Optional.empty() : Optional.of("other content");
    }

    @Override
    public void make() throws IOException {
      replace(
          path,
          Files.readAllBytes(source),
          temporary -> {
            withGroup(temporary, group);
            withMode(temporary, MODE);
          });
    }
  }

  /**
   * A file that the settings of a service name, and that people put there.
   *
   * @param isSecret whether no other user may read it
   * @param user whom the service runs as
   * @param group that user's
   */
  record Readable(Path path, boolean isSecret, String user, String group) implements Piece {
    @Override
    public String name() {
      return path + ", which " + user + " can read";
    }

    @Override
    public Optional<String> difference() throws IOException, InterruptedException {
      if (!Files.isRegularFile(path)) {
        throw new Refused("there is no file " + path + ", which the settings of " + user + " name");
      }
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(path);
      if (mode.contains(PosixFilePermission.OTHERS_WRITE)
          || isSecret && mode.contains(PosixFilePermission.OTHERS_READ)) {
        throw new Refused(
            "every user can "
                + (mode.contains(PosixFilePermission.OTHERS_WRITE) ? "write to " : "read ")
                + path
                + ": chmod "
                + (isSecret ? "o= " : "o-w ")
                + path);
      }
      requireReadable(path, user, group);
      return Optional.empty();
    }

    @Override
    public void make() {
      throw new IllegalStateException(path + " is never made");
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
