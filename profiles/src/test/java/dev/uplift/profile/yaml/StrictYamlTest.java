package dev.uplift.profile.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictYamlTest {
  record Sample(String text, List<String> words, Map<String, String> labels, Boolean flag) {}

  private static Sample read(String yaml) {
    return StrictYaml.read("sample.yml", yaml).bind(Sample.class);
  }

  private static AbstractThrowableAssert<?, ?> refused(String yaml) {
    return assertThatThrownBy(() -> read(yaml)).isInstanceOf(DocumentException.class);
  }

  @Test
  void plainYamlIsRead() {
    assertThat(read("text: v1.10.0 and more\nwords: [a, 'b', \"1.10\"]\nflag: true\n"))
        .isEqualTo(new Sample("v1.10.0 and more", List.of("a", "b", "1.10"), null, true));
  }

  @Test
  void anUnquotedNumberIsNoVersion() {
    refused("text: 1.10\n")
        .hasMessage(
            "sample.yml:1:7: text: must be a string, but is the number 1.10: write it in quotes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"NO", "yes", "on", "010", "0x1F", "1_000", "12:30", "2026-01-02", "1e5", ".inf"})
  void whatYamlReadsAsSomethingElseMustBeQuoted(String written) {
    refused("words:\n  - " + written + "\n")
        .hasMessageStartingWith("sample.yml:2:5: words.0: '" + written + "'")
        .hasMessageContaining("write it in quotes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text:", "text: ~", "text: null"})
  void aKeyWithoutAValueIsRefused(String yaml) {
    refused(yaml).hasMessageContaining("text: has no value");
  }

  @Test
  void aKeyThatIsThereTwiceIsRefusedWithBothLines() {
    refused("labels:\n  a: x\n  b: y\n  a: z\n")
        .hasMessage("sample.yml:4:3: labels.a: the key is there twice, first in line 2");
  }

  @Test
  void anAliasBombIsRefusedAtItsFirstAnchor() {
    refused(
            """
            words: &a [x, x, x, x, x, x, x, x, x]
            labels: &b {a: *a, b: *a}
            """)
        .hasMessage("sample.yml:1:8: words: anchors and aliases are not allowed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text: !!str 1.10",
        "text: !!javax.script.ScriptEngineManager []",
        "text: !mine x"
      })
  void tagsAreRefused(String yaml) {
    refused(yaml).hasMessageContaining("sample.yml:1:7: text: tags are not allowed");
  }

  @Test
  void aKeyThatIsNoStringMustBeQuoted() {
    refused("labels: {1: x}").hasMessageContaining("the key 1 is not a string: write it in quotes");
  }

  @Test
  void aSecondDocumentIsRefused() {
    refused("text: a\n---\ntext: b\n").hasMessageContaining("only one document is allowed");
  }

  @Test
  void aListAtTheTopIsRefused() {
    refused("- a\n").hasMessageContaining("a mapping of keys to values is needed");
  }

  @Test
  void deepNestingIsRefused() {
    refused("words: " + "[".repeat(100_000)).hasMessageContaining("nested deeper than 20 levels");
  }

  @Test
  void aLargeDocumentIsRefused() {
    refused("text: " + "x".repeat(3_000_001)).hasMessageContaining("is larger than");
  }

  @Test
  void malformedYamlIsRefusedWithLineAndColumn() {
    refused("text: a\nwords: [a, b\nflag: true\n").hasMessageStartingWith("sample.yml:3:");
    refused("text: \"a\tb\u0000\"").hasMessageContaining("sample.yml:1:");
  }
}
