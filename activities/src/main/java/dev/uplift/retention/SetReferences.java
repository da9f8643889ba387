package dev.uplift.retention;

import dev.uplift.database.BackUpDatabase;
import dev.uplift.database.CompletedBackup;
import dev.uplift.host.HostConfiguration;
import dev.uplift.host.HostPaths;
import dev.uplift.journal.Journal;
import dev.uplift.journal.JournalState;
import dev.uplift.journal.Journals;
import dev.uplift.journal.UnreadableJournal;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Slug;
import dev.uplift.upgrade.StepInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who needs which dependency set. No list of the tenants is asked, since one that was taken out of
 * it still serves: what counts are the links that are there, and the journals.
 */
final class SetReferences {
  /** From a root to a tenant, and in it to where dependencies usually are. */
  private static final int DEPTH = 5;

  private static final Logger log = LoggerFactory.getLogger(SetReferences.class);

  private final HostConfiguration configuration;
  private final HostPaths paths;
  private final Journals journals;

  SetReferences(HostConfiguration configuration, Journals journals) {
    this.configuration = configuration;
    this.paths = configuration.paths();
    this.journals = journals;
  }

  /** Those of {@code ids} that are needed, and what for. */
  Map<String, String> among(Set<String> ids) throws IOException {
    Map<String, String> needed = new HashMap<>();
    if (ids.isEmpty()) {
      return needed;
    }
    for (Path root : configuration.roots()) {
      linksBelow(root, ids, needed);
    }
    for (Slug tenant : journals.tenants()) {
      ofTenant(tenant, ids, needed);
    }
    return needed;
  }

  private static void linksBelow(Path root, Set<String> ids, Map<String, String> needed)
      throws IOException {
    Files.walkFileTree(
        root.toRealPath(),
        EnumSet.noneOf(FileVisitOption.class),
        DEPTH,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return directory.endsWith(".git")
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isSymbolicLink()) {
              link(file, ids, needed);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException closedToUs) {
            // What this worker may not enter is no tenant of its own.
            return FileVisitResult.CONTINUE;
          }
        });
  }

  // By its name in the target, however the state directory was spelled when the link was made.
  private static void link(Path link, Set<String> ids, Map<String, String> needed)
      throws IOException {
    for (Path name : Files.readSymbolicLink(link)) {
      if (ids.contains(name.toString())) {
        needed.put(name.toString(), link + " leads to it");
      }
    }
  }

  private void ofTenant(Slug tenant, Set<String> ids, Map<String, String> needed)
      throws IOException {
    // One that is closed in between is in both, and not in neither.
    Journals.Open notOver = journals.look(tenant);
    List<Journal> open = notOver.unsettled();
    List<Journal> over = journals.over(tenant);
    for (Journal journal : open) {
      String lines = String.join("\n", journals.lines(tenant, TenantInventory.idOf(journal)));
      mentions(lines, ids)
          .forEach(id -> needed.put(id, "an upgrade of " + tenant + " is not over"));
    }
    for (UnreadableJournal journal : notOver.unreadable()) {
      unreadable(journal, ids, needed);
    }
    for (Path preparation : preparations(tenant)) {
      mentions(textOf(preparation), ids)
          .forEach(id -> needed.put(id, "an upgrade of " + tenant + " has staged it"));
    }
    for (Journal journal : over) {
      if (canBeUndone(journal.state())) {
        mentions(textOf(journal.file()), ids)
            .forEach(id -> needed.put(id, "an upgrade of " + tenant + " is rolled back with it"));
      }
    }
    Stream.concat(over.stream(), open.stream())
        .max(Comparator.comparing(journal -> journal.state().writtenAt()))
        .ifPresent(newest -> linksOf(newest.state().input(), ids, needed));
  }

  /** What is damaged still names what it named, as far as any of it is left. */
  private static void unreadable(
      UnreadableJournal journal, Set<String> ids, Map<String, String> needed) {
    Path file = journal.file();
    String text;
    try {
      text = textOf(file);
    } catch (IOException e) {
      log.warn("{} cannot be read at all: {}", file, e.toString());
      text = "";
    }
    // What a power cut leaves may be nothing but zeros.
    boolean isLost = text.replace('\0', ' ').isBlank();
    for (String id : isLost ? ids : mentions(text, ids)) {
      needed.put(id, file + (isLost ? " cannot be read" : " is damaged and names it"));
    }
    journal.input().ifPresent(input -> linksOf(input, ids, needed));
  }

  /** With every byte that is there, whatever it is. The ids of sets are ASCII. */
  private static String textOf(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }

  private static boolean canBeUndone(JournalState state) {
    return state.phase() == JournalState.Phase.COMMITTED
        && CompletedBackup.of(state.note(BackUpDatabase.BEGUN))
            .filter(backup -> Files.exists(backup.manifest(), LinkOption.NOFOLLOW_LINKS))
            .isPresent();
  }

  /** Also where a profile puts its dependencies deep into the tree, or a tenant is in no root. */
  private static void linksOf(StepInput input, Set<String> ids, Map<String, String> needed) {
    Path checkout = Path.of(input.plan().tenant().path());
    for (AppProfile profile : List.of(input.from().profile(), input.to().profile())) {
      profile.dependencies().stream()
          .flatMap(spec -> spec.targets().stream())
          .map(checkout::resolve)
          .filter(Files::isSymbolicLink)
          .forEach(
              link -> {
                try {
                  link(link, ids, needed);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }

  private List<Path> preparations(Slug tenant) throws IOException {
    Path directory = paths.preparations(tenant);
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".json")).toList();
    }
  }

  private static Set<String> mentions(String text, Set<String> ids) {
    Set<String> found = new HashSet<>();
    ids.stream().filter(text::contains).forEach(found::add);
    return found;
  }
}
