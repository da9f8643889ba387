package dev.uplift.cli.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.api.registry.RegistryAddress;
import dev.uplift.cli.console.CommandFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RegistryOptionsTest {
  @TempDir private Path directory;
  private Path settings;

  @BeforeEach
  void configure() throws Exception {
    settings = directory.resolve("uplift-api.yml");
    Files.writeString(settings, "uplift:\n  database: " + directory.resolve("api.db") + "\n");
  }

  @Test
  void theRegistryOfTheMachinesApiIsMeantUnlessAnotherIsNamed() {
    assertThat(address(settings)).isEqualTo(file("api.db"));
    assertThat(address(settings, "--state", directory.resolve("up").toString()))
        .isEqualTo(file("up/registry.db"));
    assertThat(address(settings, "--registry", directory.resolve("x.db").toString()))
        .isEqualTo(file("x.db"));
  }

  @Test
  void whereNoApiIsSetUpItIsThatOfTheServerThatAnyoneCanStart() {
    String database = address(directory.resolve("absent.yml")).database();

    assertThat(database).endsWith("registry.db").isNotEqualTo(file("api.db").database());
  }

  @Test
  void rootLeavesNothingInTheDirectoryOfAnotherUser() throws Exception {
    Path state = Files.createDirectory(directory.resolve("state"));
    if (Files.getOwner(state).getName().equals("root")) {
      Files.setOwner(
          state,
          state.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    }
    String owner = Files.getOwner(state).getName();

    for (String database : new String[] {"registry.db", "not/there/yet/registry.db"}) {
      assertThatThrownBy(() -> RegistryOwner.refuseRootInstead(state.resolve(database), "root"))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("runuser -u " + owner + " -- uplift token");
    }
    assertThatCode(() -> RegistryOwner.refuseRootInstead(state.resolve("registry.db"), owner))
        .doesNotThrowAnyException();
    assertThatCode(() -> RegistryOwner.refuseRootInstead(Path.of("/proc/registry.db"), "root"))
        .doesNotThrowAnyException();
    assertThat(state).isEmptyDirectory();
  }

  private RegistryAddress address(Path settingsOfTheMachine, String... arguments) {
    RegistryOptions options = new RegistryOptions();
    new CommandLine(new Arguments(options)).parseArgs(arguments);
    return options.address(Map.of("UPLIFT_HOME", directory.toString()), settingsOfTheMachine);
  }

  private RegistryAddress file(String name) {
    return RegistryAddress.file(directory.resolve(name));
  }

  @CommandLine.Command
  private static final class Arguments {
    @CommandLine.Mixin private final RegistryOptions options;

    Arguments(RegistryOptions options) {
      this.options = options;
    }
  }
}
