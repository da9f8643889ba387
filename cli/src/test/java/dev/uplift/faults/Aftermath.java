package dev.uplift.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.uplift.sandbox.SandboxTenant;
import dev.uplift.sandbox.TenantClient;
import dev.uplift.scenario.Calls;
import dev.uplift.scenario.Eventually;
import dev.uplift.scenario.HostFacts;
import dev.uplift.scenario.TenantFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What must be true of a tenant after any fault whatever: it is whole, as it was or as the new
 * release has it, or it is held with all its data; no acknowledged write is missing; nothing is
 * left behind; and journal, report and ledger tell the same story. It is found out with other means
 * than Uplift's.
 *
 * <pre>{@code
 * Aftermath aftermath = Aftermath.before(Machine.of(world), tenant).writtenBy(client);
 * String location = world.calls().startUpgrade(...);
 * ... the fault ...
 * String seen = aftermath.require(location);
 * }</pre>
 */
final class Aftermath {
  /** What people are called that a client writes meanwhile. */
  static final String WRITTEN = "written-";

  private static final Duration ENDS_WITHIN = Duration.ofMinutes(4);
  private static final Duration SETTLES_WITHIN = Duration.ofSeconds(5);
  private static final Pattern BACKUP = Pattern.compile("\\.backup_\\d{8}_\\d{6}(_\\d+)?");
  private static final Pattern FAILED = Pattern.compile("\\.failed_\\d{8}_\\d{6}(_\\d+)?");

  private final Machine machine;
  private final SandboxTenant tenant;
  private final TenantFacts facts;
  private final String database;
  private final String databaseOwner;
  private final byte[] databaseCopy;
  private final String dependencies;
  private final Map<String, String> untracked;
  private final Set<String> inDatabaseDirectory;
  private final Map<String, String> owners;
  private final Map<String, String> services;
  private final String version;
  private String goingBackTo;
  private TenantClient client;
  private Told told;

  private Aftermath(Machine machine, SandboxTenant tenant) throws Exception {
    this.machine = machine;
    this.tenant = tenant;
    this.facts = TenantFacts.of(tenant);
    this.database = content(tenant.database());
    this.databaseOwner = Tree.owner(tenant.database());
    this.databaseCopy = ReferenceDatabase.copyOf(tenant.database());
    this.dependencies = dependencies();
    this.untracked = untracked();
    this.inDatabaseDirectory = besideDatabase().keySet();
    this.owners = owners();
    this.services = machine.services(tenant);
    this.version = machine.version(tenant);
  }

  /** Looks at a tenant before the fault. */
  static Aftermath before(Machine machine, SandboxTenant tenant) throws Exception {
    return new Aftermath(machine, tenant);
  }

  /** Somebody writes meanwhile: people whose names begin with {@link #WRITTEN}. */
  Aftermath writtenBy(TenantClient writing) {
    this.client = writing;
    return this;
  }

  /**
   * It is a rollback.
   *
   * @param database what {@link #content} said of the database when it was backed up
   */
  Aftermath goingBackTo(String database) {
    this.goingBackTo = database;
    return this;
  }

  /** The release's migrations tell what they do. */
  Aftermath toldTo(Told file) {
    this.told = file;
    return this;
  }

  /**
   * Waits until the upgrade is over.
   *
   * @param location where the API tells of it
   * @return what the ledger says then
   * @throws AssertionError if it does not end
   */
  JsonNode awaitEnd(String location) throws Exception {
    JsonNode[] last = new JsonNode[1];
    Eventually.within(
        ENDS_WITHIN,
        "the upgrade ends: " + location,
        () -> {
          Calls.Answer answer = machine.calls().get(location);
          last[0] = answer.body();
          return answer.status() == 200
              && !Set.of("", "running").contains(last[0].path("status").asText());
        });
    return last[0];
  }

  /**
   * Waits until the upgrade is over, and requires all of it.
   *
   * @param location where the API tells of the upgrade
   * @return how it ended, beginning with the outcome
   */
  String require(String location) throws Exception {
    return require(awaitEnd(location));
  }

  /**
   * @param ledger what the API says of the upgrade, which is over
   * @return how it ended, beginning with the outcome
   */
  String require(JsonNode ledger) throws Exception {
    List<String> problems = problems(ledger);
    if (!problems.isEmpty()) {
      throw new AssertionError(
          ledger.path("status").asText()
              + ", but "
              + String.join("; ", problems)
              + "\n"
              + ledger
              + "\n"
              + journal(ledger.path("upgrade_id").asText()));
    }
    return told(ledger);
  }

  private static String told(JsonNode ledger) {
    JsonNode report = ledger.path("report");
    String kind = report.at("/failure/kind").asText();
    return ledger.path("status").asText()
        + ", "
        + (kind.isEmpty() ? report.path("new_version").asText() : kind);
  }

  /** All that is not as it must be. */
  List<String> problems(JsonNode ledger) throws Exception {
    List<String> problems = new ArrayList<>();
    String id = ledger.path("upgrade_id").asText();
    JsonNode report = ledger.path("report");
    String status = ledger.path("status").asText();
    List<JsonNode> journal = journal(id);
    if (!report.path("status").asText().equals(status)
        || !report.path("upgrade_id").asText().equals(id)) {
      problems.add("the ledger says " + status + ", its report " + report.path("status").asText());
    }
    problems.addAll(journalProblems(status, report, journal));
    switch (status) {
      case "success" -> requireNew(report, problems);
      case "rejected", "rolled_back" -> {
        if (status.equals("rejected")) {
          awaitServices();
        }
        requireOld(id, problems);
      }
      case "needs_attention" -> requireHeld(report, journal, problems);
      default -> problems.add("it ended as " + status);
    }
    requireRows(status, report, journal, problems);
    requireBackups(status, report, journal, problems);
    requireNothingLeft(status, id, problems);
    if (told != null) {
      problems.addAll(told.problems());
    }
    return problems;
  }

  /** Requires that nothing of the tenant was touched by a request that was refused at once. */
  void requireUntouched() throws Exception {
    List<String> problems = new ArrayList<>();
    requireOld("", problems);
    requireNothingLeft("rejected", "", problems);
    if (!new HostFacts(machine.paths(), tenant).openJournals().isEmpty()) {
      problems.add("a journal is open");
    }
    if (!problems.isEmpty()) {
      throw new AssertionError(String.join("; ", problems));
    }
  }

  private List<JsonNode> journal(String id) {
    return new HostFacts(machine.paths(), tenant).journal(id);
  }

  private static List<String> journalProblems(
      String status, JsonNode report, List<JsonNode> journal) {
    List<String> problems = new ArrayList<>();
    List<String> events = journal.stream().map(line -> line.path("event").asText()).toList();
    boolean begun = has(journal, "INTENT", "STOP_SERVICES", "forward");
    boolean right =
        switch (status) {
          case "success" ->
              report.path("changed").asBoolean()
                  ? events.contains("COMMITTED") && !events.contains("BACK")
                  : journal.isEmpty();
          case "rolled_back" ->
              events.contains("BACK")
                  && events.contains("RESTORED")
                  && !events.contains("COMMITTED");
          case "rejected" -> !begun && (journal.isEmpty() || events.contains("RESTORED"));
          case "needs_attention" -> events.contains("HELD");
          default -> false;
        };
    if (!right) {
      problems.add("the journal says " + events);
    }
    int back = events.indexOf("BACK");
    for (int i = 0; i < journal.size(); i++) {
      boolean forward = journal.get(i).path("direction").asText().equals("forward");
      if (back >= 0 && i > back && forward) {
        problems.add("after the decision to turn back it went forward: " + journal.get(i));
      }
    }
    if (status.equals("rolled_back")
        && has(journal, "DONE", "BACK_UP_DATABASE", "forward")
        && !report.at("/fingerprints/equal").asBoolean()) {
      problems.add("the report does not say that the fingerprints are equal");
    }
    int migrated = report.path("migrations_run").size();
    if (status.equals("success")
        && migrated > 0
        && !has(journal, "DONE", "RUN_MIGRATIONS", "forward")) {
      problems.add("the report has migrations of which the journal does not say that they ran");
    }
    return problems;
  }

  private static boolean has(List<JsonNode> journal, String event, String step, String direction) {
    return at(journal, event, step, direction).isPresent();
  }

  /** When the first such line was written. */
  private static Optional<Instant> at(
      List<JsonNode> journal, String event, String step, String direction) {
    return journal.stream()
        .filter(
            line ->
                line.path("event").asText().equals(event)
                    && line.path("step").asText().equals(step)
                    && line.path("direction").asText().equalsIgnoreCase(direction))
        .map(line -> Instant.parse(line.path("at").asText()))
        .findFirst();
  }

  private void requireOld(String id, List<String> problems) throws Exception {
    TenantFacts now = TenantFacts.of(tenant);
    differs("the commit", facts.commit(), now.commit(), problems);
    differs("git status", facts.status(), now.status(), problems);
    differs("the dependencies' place", facts.environment(), now.environment(), problems);
    differs("the dependencies", dependencies, dependencies(), problems);
    differs("the database's settings", facts.settings(), now.settings(), problems);
    differs("the database", database, content(tenant.database()), problems);
    requireServices(version, problems);
    if (Files.exists(tenant.path().resolve(".git/uplift/adopted").resolve(id)) && !id.isEmpty()) {
      problems.add("dependencies are still moved away");
    }
  }

  private void requireNew(JsonNode report, List<String> problems) throws Exception {
    String release = report.path("new_version").asText();
    String commit = machine.upstream().commitOf(release);
    TenantFacts now = TenantFacts.of(tenant);
    differs("the commit", commit, now.commit(), problems);
    differs("git status", "", now.status(), problems);
    if (!commit.startsWith(report.path("commit").asText("none"))) {
      problems.add("the report says commit " + report.path("commit").asText());
    }
    Path venv = tenant.path().resolve("venv");
    if (!Files.isSymbolicLink(venv)) {
      problems.add("venv is no link to a set");
    } else if (!isComplete(hostFile(Files.readSymbolicLink(venv)))) {
      problems.add("venv leads to " + Files.readSymbolicLink(venv) + ", which is not complete");
    }
    differs("the database's settings", facts.settings(), now.settings(), problems);
    differs("the database", expectedDatabase(report, commit), content(tenant.database()), problems);
    requireServices(release, problems);
  }

  private String expectedDatabase(JsonNode report, String commit) throws Exception {
    if (goingBackTo != null) {
      return goingBackTo;
    }
    return report.path("migrations_run").isEmpty()
        ? database
        : ReferenceDatabase.migrated(machine.upstream(), commit, databaseCopy, Aftermath::content);
  }

  /** A link of a test host leads to a path of that host. */
  private Path hostFile(Path target) {
    return machine.paths().sets().resolve(target.getFileName());
  }

  private static boolean isComplete(Path set) throws IOException {
    Path complete = set.resolve(".complete");
    return Files.exists(complete)
        && Files.readString(complete).strip().equals(set.getFileName().toString());
  }

  /**
   * Services that Uplift did not touch may have been ended by the fault, and be coming up again.
   */
  private void awaitServices() throws Exception {
    Instant deadline = Instant.now().plus(SETTLES_WITHIN);
    while (!machine.version(tenant).equals(version) && Instant.now().isBefore(deadline)) {
      Thread.sleep(50);
    }
  }

  private void requireServices(String expectedVersion, List<String> problems) throws Exception {
    Map<String, String> now = machine.services(tenant);
    if (!now.equals(services)) {
      problems.add("the services were " + services + " and are " + now);
    }
    differs("the version that it says", expectedVersion, machine.version(tenant), problems);
    for (var unit : tenant.units()) {
      if (Files.exists(machine.paths().guards().resolve(unit.value()))) {
        problems.add(unit + " is guarded");
      }
    }
  }

  private void requireHeld(JsonNode report, List<JsonNode> journal, List<String> problems)
      throws Exception {
    if (report.path("runbook").isEmpty()) {
      problems.add("there is no runbook");
    }
    boolean restored = has(journal, "DONE", "RESTORE_CODE", "back");
    boolean written = has(journal, "INTENT", "BACK_UP_DATABASE", "forward");
    if (written && !restored) {
      for (var unit : tenant.units()) {
        if (!Files.exists(machine.paths().guards().resolve(unit.value()))) {
          problems.add(unit + " is not guarded");
        }
      }
      Map<String, String> now = machine.services(tenant);
      if (now.values().stream().anyMatch(state -> state.matches("(running|active).*"))) {
        problems.add("it is held, but the services are " + now);
      }
    }
    if (new HostFacts(machine.paths(), tenant).openJournals().isEmpty()) {
      problems.add("it is held, but its journal is not kept open");
    }
  }

  private void requireRows(
      String status, JsonNode report, List<JsonNode> journal, List<String> problems)
      throws Exception {
    if (client == null) {
      return;
    }
    List<TenantClient.Acknowledged> all = client.acknowledged();
    Optional<Instant> started = at(journal, "INTENT", "START_SERVICES", "forward");
    Optional<Instant> turnedBack = at(journal, "INTENT", "START_SERVICES", "back");
    boolean late = started.isPresent() && !status.equals("success");
    List<TenantClient.Acknowledged> promised =
        all.stream()
            .filter(
                write ->
                    !late
                        || write.at().isBefore(started.get())
                        || turnedBack.filter(write.at()::isAfter).isPresent())
            .toList();
    Map<Long, String> there = new HashMap<>();
    if (status.equals("needs_attention")) {
      for (Path copy : besideDatabase().values()) {
        if (isDatabase(copy)) {
          there.putAll(people(copy));
        }
      }
    } else {
      there.putAll(people(tenant.database()));
    }
    List<TenantClient.Acknowledged> lost =
        promised.stream()
            .filter(write -> !Objects.equals(there.get(write.id()), write.name()))
            .toList();
    if (!lost.isEmpty()) {
      problems.add(lost.size() + " of " + promised.size() + " rows are lost, as " + lost.get(0));
    }
    if (late && !status.equals("needs_attention")) {
      requireLateRows(report, all, promised, there, problems);
    }
  }

  /** What was written between the start of the new release and the way back is counted and kept. */
  private static void requireLateRows(
      JsonNode report,
      List<TenantClient.Acknowledged> all,
      List<TenantClient.Acknowledged> promised,
      Map<Long, String> there,
      List<String> problems)
      throws SQLException {
    List<TenantClient.Acknowledged> dropped =
        all.stream()
            .filter(
                write ->
                    !promised.contains(write)
                        && !Objects.equals(there.get(write.id()), write.name()))
            .toList();
    if (dropped.isEmpty()) {
      return;
    }
    long counted = report.at("/writes_after_start/person").asLong();
    if (counted < dropped.size()) {
      problems.add(dropped.size() + " late writes were dropped, but the report counts " + counted);
    }
  }

  private static Map<Long, String> people(Path database) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, name FROM person")) {
      Map<Long, String> people = new HashMap<>();
      while (rows.next()) {
        people.put(rows.getLong(1), rows.getString(2));
      }
      return people;
    }
  }

  private void requireBackups(
      String status, JsonNode report, List<JsonNode> journal, List<String> problems)
      throws Exception {
    Map<String, Path> fresh = new TreeMap<>(besideDatabase());
    fresh.keySet().removeAll(inDatabaseDirectory);
    String live = tenant.database().getFileName().toString();
    String notes =
        journal.stream()
            .filter(line -> line.path("event").asText().equals("NOTE"))
            .map(JsonNode::toString)
            .collect(Collectors.joining("\n"));
    Optional<Instant> stop = at(journal, "INTENT", "STOP_SERVICES", "forward");
    for (Map.Entry<String, Path> file : fresh.entrySet()) {
      String name = file.getKey();
      String suffix = name.startsWith(live) ? name.substring(live.length()) : "";
      if (Set.of("-wal", "-shm").contains(suffix)) {
        continue;
      }
      if (BACKUP.matcher(suffix).matches()) {
        requireBackup(file.getValue(), stop, problems);
      } else if (FAILED.matcher(suffix.replaceFirst("-(wal|shm|journal)$", "")).matches()) {
        if (!notes.contains(name.replaceFirst("-(wal|shm|journal)$", ""))) {
          problems.add(name + " is left, and the journal does not know of it");
        }
      } else if (!isOfBackup(suffix)) {
        problems.add(name + " is left beside the database");
      }
    }
    requireReported("backup_path", report, problems);
    requireReported("failed_database", report, problems);
    boolean backedUp = has(journal, "DONE", "BACK_UP_DATABASE", "forward");
    if (status.equals("needs_attention")
        && backedUp
        && fresh.keySet().stream().noneMatch(name -> name.contains(".backup_"))) {
      problems.add("it is held without its backup");
    }
  }

  private static boolean isOfBackup(String suffix) {
    String name = suffix.replaceFirst("(\\.json|\\.state/.*)$", "");
    return !name.equals(suffix)
        && (BACKUP.matcher(name).matches() || FAILED.matcher(name).matches());
  }

  private void requireBackup(Path backup, Optional<Instant> stop, List<String> problems)
      throws Exception {
    Path manifest = backup.resolveSibling(backup.getFileName() + ".json");
    if (!Files.exists(manifest)) {
      problems.add(backup.getFileName() + " could be taken for a backup, but has no manifest");
      return;
    }
    if (!Files.readString(manifest).contains(Tree.hashOfFile(backup))) {
      problems.add(backup.getFileName() + " is not what its manifest says");
      return;
    }
    differs("the backup", database, content(backup), problems);
    if (client != null && stop.isPresent()) {
      Map<Long, String> there = people(backup);
      long missing =
          client.acknowledged().stream()
              .filter(write -> write.at().isBefore(stop.get()))
              .filter(write -> !Objects.equals(there.get(write.id()), write.name()))
              .count();
      if (missing > 0) {
        problems.add("the backup lacks " + missing + " rows");
      }
    }
  }

  private void requireReported(String field, JsonNode report, List<String> problems)
      throws IOException {
    String path = report.path(field).asText("null");
    if (!path.equals("null")
        && !Files.exists(tenant.database().resolveSibling(Path.of(path).getFileName()))) {
      problems.add("the report's " + field + " is not there: " + path);
    }
  }

  private void requireNothingLeft(String status, String id, List<String> problems)
      throws Exception {
    differs("the database's owner and mode", databaseOwner, owner(tenant.database()), problems);
    Map<String, String> nowOwners = owners();
    nowOwners.keySet().retainAll(owners.keySet());
    for (Map.Entry<String, String> file : nowOwners.entrySet()) {
      differs(
          "owner and mode of " + file.getKey(),
          owners.get(file.getKey()),
          file.getValue(),
          problems);
    }
    Map<String, String> nowUntracked = untracked();
    boolean held = status.equals("needs_attention");
    if (!held || nowUntracked.size() < untracked.size()) {
      untracked.forEach(
          (file, hash) -> {
            String now = nowUntracked.remove(file);
            if (!hash.equals(now)) {
              problems.add(file + (now == null ? " is gone" : " was changed"));
            }
          });
    }
    if (!held && !nowUntracked.isEmpty()) {
      problems.add("files are left in the checkout: " + nowUntracked.keySet());
    }
    Map<String, Path> git =
        Tree.files(tenant.path().resolve(".git"), path -> !path.startsWith("objects"));
    git.keySet().stream()
        .filter(file -> file.endsWith(".lock") || file.startsWith("uplift/links"))
        .forEach(file -> problems.add(".git/" + file + " is left"));
    requireStateDirectory(held, id, problems);
    requireNoStrays(problems);
  }

  private static String owner(Path file) throws IOException {
    return Files.exists(file) ? Tree.owner(file) : "absent";
  }

  private void requireStateDirectory(boolean held, String id, List<String> problems)
      throws IOException {
    Map<String, Path> own = Tree.files(machine.paths().tenant(tenant.id()), path -> true);
    own.keySet().stream()
        .filter(file -> file.endsWith(".tmp"))
        .forEach(file -> problems.add(file + " is left in the state directory"));
    if (!id.isEmpty() && Files.exists(machine.paths().scratch().resolve(id)) && !held) {
      problems.add("its scratch tree is left");
    }
  }

  /** Who is about to end has a moment for it. */
  private void requireNoStrays(List<String> problems) throws Exception {
    Instant deadline = Instant.now().plus(SETTLES_WITHIN);
    List<String> strays = machine.strays(tenant);
    while (!strays.isEmpty() && Instant.now().isBefore(deadline)) {
      Thread.sleep(50);
      strays = machine.strays(tenant);
    }
    problems.addAll(strays);
  }

  /** What is stored in a database, but for what clients write meanwhile. */
  static String content(Path database) {
    return Files.isRegularFile(database, LinkOption.NOFOLLOW_LINKS)
        ? TenantFacts.databaseHash(database, WRITTEN)
        : "absent";
  }

  private static boolean isDatabase(Path file) throws IOException {
    String name = file.getFileName().toString();
    return !name.matches(".*(-wal|-shm|-journal|\\.json)") && !file.toString().contains(".state/");
  }

  private String dependencies() throws IOException {
    Path venv = tenant.path().resolve("venv");
    return Tree.hash(Files.isSymbolicLink(venv) ? hostFile(Files.readSymbolicLink(venv)) : venv);
  }

  /** Everything beside the database, by name. */
  private Map<String, Path> besideDatabase() throws IOException {
    Path directory = tenant.database().getParent();
    return Tree.files(directory, path -> !path.toString().equals(".gitkeep"));
  }

  /** What is in the checkout and not git's nor Uplift's, and what is in it. */
  private Map<String, String> untracked() throws IOException, InterruptedException {
    Set<String> tracked = TenantFacts.trackedFiles(tenant);
    Set<Path> apart = Set.of(Path.of(".git"), Path.of("venv"), Path.of("db"));
    Map<String, String> hashes = new TreeMap<>();
    for (Map.Entry<String, Path> file :
        Tree.files(tenant.path(), path -> !apart.contains(path)).entrySet()) {
      if (!tracked.contains(file.getKey())) {
        hashes.put(file.getKey(), Tree.hashOfFile(file.getValue()));
      }
    }
    return hashes;
  }

  /** Of all that is in the checkout. */
  private Map<String, String> owners() throws IOException {
    Set<Path> apart = Set.of(Path.of(".git"), Path.of("venv"), Path.of("db"));
    Map<String, String> all = new TreeMap<>();
    for (Map.Entry<String, Path> file :
        Tree.files(tenant.path(), path -> !apart.contains(path)).entrySet()) {
      all.put(file.getKey(), Tree.owner(file.getValue()));
      Path directory = file.getValue().getParent();
      all.put(tenant.path().relativize(directory) + "/", Tree.owner(directory));
    }
    return all;
  }

  private static void differs(String what, String before, String now, List<String> problems) {
    if (!before.equals(now)) {
      problems.add(what + " should be " + before + " and is " + now);
    }
  }
}
