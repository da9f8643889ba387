package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlGroupsTest {
  private static final String GROUP = "/system.slice/t1-api.service";
  @TempDir Path mount;

  @ParameterizedTest
  @ValueSource(strings = {"", "systemd", "unified"})
  void processesAreFoundInAGroupAndBelowItWhereverTheHierarchyIs(String hierarchy)
      throws IOException {
    write(hierarchy, GROUP, "12\n7\n");
    write(hierarchy, GROUP + "/workers", "99\n");
    write(hierarchy, "/system.slice/t1-frontend.service", "4\n");

    assertThat(new ControlGroups(mount).processes(GROUP)).containsExactly(7L, 12L, 99L);
  }

  @Test
  void aProcessThatIsInTwoHierarchiesIsOne() throws IOException {
    write("systemd", GROUP, "7\n");
    write("unified", GROUP, "7\n");

    assertThat(new ControlGroups(mount).processes(GROUP)).containsExactly(7L);
  }

  @Test
  void aGroupThatIsGoneHasNone() {
    assertThat(new ControlGroups(mount).processes(GROUP)).isEmpty();
  }

  @Test
  void aUnitWithoutAGroupIsNotTakenForTheWholeMachine() throws IOException {
    write("", "", "1\n");

    assertThat(new ControlGroups(mount).processes("")).isEmpty();
    assertThat(new ControlGroups(mount).processes("/")).isEmpty();
  }

  private void write(String hierarchy, String group, String processes) throws IOException {
    Path directory = mount.resolve(hierarchy);
    directory = group.isEmpty() ? directory : directory.resolve(group.substring(1));
    Files.writeString(Files.createDirectories(directory).resolve("cgroup.procs"), processes);
  }
}
