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
}
