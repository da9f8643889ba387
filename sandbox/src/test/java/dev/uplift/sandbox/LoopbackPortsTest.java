package dev.uplift.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoopbackPortsTest {
  @Test
  void portsAreDifferentAndNoOutgoingConnectionIsGivenThem() {
    List<Integer> ports = LoopbackPorts.free(60);

    assertThat(ports).doesNotHaveDuplicates().hasSize(60).allMatch(port -> port < 32_768);
  }

  @Test
  void aPortIsGivenOnce() throws Exception {
    int given = LoopbackPorts.free(1).get(0);

    assertThat(LoopbackPorts.isOurs(given)).isFalse();
  }

  @Test
  void whatAnotherProcessWasGivenIsNotGiven() throws Exception {
    int port = 9_999; // below those that are given
    String lock =
        """
        import fcntl, sys
        file = open(sys.argv[1], "r+b")
        fcntl.lockf(file, fcntl.LOCK_EX, 1, int(sys.argv[2]))
        print("locked", flush=True)
        sys.stdin.read()
        """;
    Process other =
        new ProcessBuilder("python3", "-c", lock, LoopbackPorts.file().toString(), "" + port)
            .start();
    try {
      assertThat(other.inputReader().readLine()).isEqualTo("locked");

      assertThat(LoopbackPorts.isOurs(port)).isFalse();
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertThat(LoopbackPorts.isOurs(port)).isTrue();
  }
}
