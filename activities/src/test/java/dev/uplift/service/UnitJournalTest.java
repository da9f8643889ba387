package dev.uplift.service;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnitJournalTest {

  @Test
  void whatSystemdSaysIsToldFromWhatTheServicePrinted() {
    String entries =
        """
        {"MESSAGE":"Started t1-api.service.","UNIT":"t1-api.service","_SYSTEMD_UNIT":"init.scope"}
        {"MESSAGE":"t1-api.service: Failed at step EXEC spawning /nope","UNIT":"t1-api.service"}
        {"MESSAGE":"t1-api.service: no","UNIT":"t1-api.service","_SYSTEMD_UNIT":"t1-api.service"}
        {"MESSAGE":"KeyError: 'x'","_SYSTEMD_UNIT":"t1-api.service"}
        """;

    assertThat(UnitJournal.text(entries, "t1-api.service"))
        .isEqualTo(
            """
            systemd: Started t1-api.service.
            systemd: t1-api.service: Failed at step EXEC spawning /nope
            systemd: t1-api.service: no
            KeyError: 'x'
            """);
  }

  @Test
  void aMessageThatIsNotTextIsReadAsBytesAndOneThatIsTooLongIsLeftOut() {
    String entries =
        """
        {"MESSAGE":[99,97,102,195,169,10,120],"_SYSTEMD_UNIT":"t1-api.service"}
        {"MESSAGE":[99,97,102,233,255,0],"_SYSTEMD_UNIT":"t1-api.service"}
        {"MESSAGE":null,"_SYSTEMD_UNIT":"t1-api.service"}
        {"MESSAGE":"cut o
        """;

    assertThat(UnitJournal.text(entries, "t1-api.service"))
        .isEqualTo("café\nx\ncaf\uFFFD\uFFFD\0\n");
  }

  @Test
  void ofALongLogTheLastWholeLinesAreKept() {
    assertThat(UnitJournal.tail("one\ntwo\nthree\n", 10)).isEqualTo("two\nthree\n");
    assertThat(UnitJournal.tail("one\ntwo\nthree\n", 9)).isEqualTo("three\n");
    assertThat(UnitJournal.tail("", 9)).isEmpty();
    assertThat(UnitJournal.tail("x".repeat(20) + "end\n", 5)).isEqualTo("xend\n");
  }
}
