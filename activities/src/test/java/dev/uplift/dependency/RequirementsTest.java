package dev.uplift.dependency;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequirementsTest {

  @Test
  void referredFilesAreFoundFromTheFileThatNamesThem() {
    Requirements requirements =
        read(
            Map.of(
                "deploy/requirements.txt", "-r base.txt\n-c../constraints.txt # pins\nflask==3\n",
                "deploy/base.txt", "--requirement=more/extra.txt",
                "deploy/more/extra.txt", "-r ../base.txt\nsix",
                "constraints.txt", "six==1.16"),
            "deploy/requirements.txt");

    assertThat(requirements.files().keySet())
        .containsExactly(
            "constraints.txt",
            "deploy/base.txt",
            "deploy/more/extra.txt",
            "deploy/requirements.txt");
    assertThat(requirements.missing()).isEmpty();
    assertThat(requirements.readsRelease()).isFalse();
  }

  @Test
  void aReferredFileThatIsNotThereIsNamed() {
    assertThat(read("-r gone.txt").missing()).containsExactly("gone.txt");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "./vendor/lib",
        ".",
        "vendor/lib-1.0-py3-none-any.whl",
        "lib @ file:vendor/lib",
        "--find-links wheels",
        "-f ./wheels",
        "lib-1.0-py3-none-any.whl ; python_version > '3'"
      })
  void whatLiesInTheReleaseIsRecognised(String line) {
    assertThat(read(line).readsRelease()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flask==3.0",
        "flask[async]>=2,<4 ; python_version >= '3.9'",
        "lib @ https://example.org/lib-1.0.whl",
        "https://example.org/lib-1.0.whl",
        "--find-links https://example.org/wheels",
        "--find-links /srv/wheels",
        "--index-url https://example.org/simple",
        "six==1.16 --hash=sha256:abc/def",
        "# ./vendor/lib"
      })
  void whatLiesElsewhereIsNotTakenForTheRelease(String line) {
    assertThat(read(line).readsRelease()).isFalse();
  }

  @Test
  void installingInPlaceIsReported() {
    assertThat(read("-e .\nsix").editable()).containsExactly("-e .");
    assertThat(read("--editable ./lib").editable()).containsExactly("--editable ./lib");
  }

  private static Requirements read(String content) {
    return read(Map.of("requirements.txt", content), "requirements.txt");
  }

  private static Requirements read(Map<String, String> files, String path) {
    return Requirements.read(
        path,
        name ->
            Optional.ofNullable(files.get(name))
                .map(content -> content.getBytes(StandardCharsets.UTF_8)));
  }
}
