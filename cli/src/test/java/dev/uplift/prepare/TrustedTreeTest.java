package dev.uplift.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uplift.prepare.TrustedTree.Entry;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustedTreeTest {
  @ParameterizedTest
  @CsvSource({
    "ops,  root, rwxr-xr-x, belongs to ops",
    "root, root, rwxr-xrwx, can be written by every user",
    "root, root, rwxrwxrwt, can be written by every user",
    "root, ops,  rwxrwxr-x, can be written by the group ops",
  })
  void whatSomebodyElseCanChangeIsDangerous(
      String owner, String group, String mode, String danger) {
    assertThat(entry(owner, group, mode.replace('t', 'x')).danger()).contains(danger);
  }

  @ParameterizedTest
  @CsvSource({"root, root, rwxr-xr-x", "root, root, rwxrwxr-x", "root, ops, rwxr-x---"})
  void whatOnlyRootCanChangeIsNot(String owner, String group, String mode) {
    assertThat(entry(owner, group, mode).danger()).isEmpty();
  }

  @Test
  void aReleaseInATemporaryDirectoryIsRefusedWithTheRemedy(@TempDir Path directory) {
    assertThatThrownBy(() -> TrustedTree.require(directory))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("below /opt (tar -xzf uplift-VERSION.tar.gz -C /opt)");
  }

  private static Entry entry(String owner, String group, String mode) {
    return new Entry(Path.of("/opt"), owner, group, PosixFilePermissions.fromString(mode));
  }
}
