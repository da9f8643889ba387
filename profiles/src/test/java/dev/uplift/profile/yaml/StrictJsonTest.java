package dev.uplift.profile.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrictJsonTest {
  record Sample(String text, List<String> words, Boolean flag, Integer count, UUID id) {}

  private static Sample read(String json) {
    return StrictJson.read("body", json).bind(Sample.class);
  }

  @Test
  void aNullFieldCountsAsAbsent() {
    assertThat(read("{\"text\": null, \"flag\": true}"))
        .isEqualTo(new Sample(null, null, true, null, null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"text\": 1.10}           | body:1:10: text: must be a string, but is the number 1.10: write it in quotes",
        "{\"flag\": \"true\"}       | body:1:2: flag: must be true or false, but is a string",
        "{\"flag\": 1}              | body:1:10: flag: must be true or false, but is the number 1",
        "{\"flag\": {}}             | body:1:2: flag: must be true or false, but is a mapping",
        "{\"id\": \"x\"}            | body:1:2: id: must be a UUID, but is a string",
        "{\"count\": 1.5}           | body:1:11: count: must be a whole number, but is the number 1.5",
        "{\"count\": 1e999}         | body:1:11: count: must be a whole number, but is the number 1e999",
        "{\"words\": [\"a\", null]} | body:1:17: words.1: must not be null",
        "{\"texd\": \"a\"}          | body:1:2: texd: unknown key; known here are count, flag, id, text, words",
        "{\"text\": \"a\", \"text\": \"b\"} | body:1:21: Duplicate field 'text'",
        "{\"text\": \"a\"} x        | body:1:",
        "{\"text\": \"a\"} {}       | body:1:15: something follows the object",
        "{\"text\": 'a'}            | body:1:",
        "{\"text\": \"a             | body:1:",
        "{\"text\": \"a\"             | body:1:13: Unexpected end-of-input: expected close marker for Object",
        "[]                         | body:1:1: an object is needed",
        "7                          | body:1:1: an object is needed",
        "``                         | body:1:1: an object is needed",
      })
  void whatIsWrongIsToldWithItsPlace(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(DocumentException.class)
        .hasMessageStartingWith(message)
        .hasMessageNotContaining("Source");
  }

  @Test
  void anIntegerThatFitsNoFieldIsRefused() {
    assertThatThrownBy(() -> read("{\"count\": 99999999999}"))
        .isInstanceOf(DocumentException.class);
    assertThatThrownBy(() -> read("{\"count\": 99999999999999999999999}"))
        .isInstanceOf(DocumentException.class);
  }

  @Test
  void deepNestingIsRefused() {
    assertThatThrownBy(() -> read("{\"words\": " + "[".repeat(100_000)))
        .isInstanceOf(DocumentException.class);
  }
}
