package dev.uplift.discover;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What systemd 252 prints. */
class SystemctlShowTest {
  private static final String OUTPUT =
      """
      Type=simple
      MainPID=4711
      ExecStart={ path=/srv/acme/venv/bin/gunicorn ; argv[]=/srv/acme/venv/bin/gunicorn --config=/srv/acme/gunicorn.py "-b 127.0.0.1:8001" app:app ; ignore_errors=no ; start_time=[Sun 2026-11-22 15:00:00 UTC] ; stop_time=[n/a] ; pid=4711 ; code=(null) ; status=0/0 }
      Environment=API_PORT=8001 "MOTTO=all is well" SECRET=hunter2
      EnvironmentFiles=/srv/acme/.env (ignore_errors=no)
      EnvironmentFiles=/etc/default/acme (ignore_errors=yes)
      WorkingDirectory=!/srv/acme
      User=acme
      ControlGroup=/system.slice/acme-api.service
      Id=acme-api.service
      TriggeredBy=acme-api.socket
      LoadState=loaded
      ActiveState=active
      FragmentPath=/etc/systemd/system/acme-api.service
      UnitFileState=enabled

      Type=oneshot
      Id=acme-backup.service
      TriggeredBy=acme-backup.timer
      LoadState=loaded
      ActiveState=inactive
      FragmentPath=/etc/systemd/system/acme-backup.service
      UnitFileState=static

      Id=gone.service
      LoadState=not-found
      ActiveState=inactive
      """;

  @Test
  void aUnitIsReadWithItsPlacesAndState() {
    SystemctlShow unit = SystemctlShow.parse(OUTPUT).get(0);

    assertThat(unit.name()).isEqualTo("acme-api");
    assertThat(unit.isActive()).isTrue();
    assertThat(unit.isEnabled()).isTrue();
    assertThat(unit.isOneShot()).isFalse();
    assertThat(unit.triggers()).containsExactly("acme-api.socket");
    assertThat(unit.places())
        .contains(
            Path.of("/srv/acme"),
            Path.of("/srv/acme/venv/bin/gunicorn"),
            Path.of("/srv/acme/gunicorn.py"),
            Path.of("/srv/acme/.env"),
            Path.of("/etc/default/acme"));
    assertThat(unit.environment()).contains("API_PORT=8001", "MOTTO=all is well");
    assertThat(PortSettings.of(unit.environment())).containsOnly(Map.entry("API_PORT", 8001));
  }

  @Test
  void unitsThatAreNotThereAreLeftOut() {
    List<SystemctlShow> units = SystemctlShow.parse(OUTPUT);

    assertThat(units).extracting(SystemctlShow::name).containsExactly("acme-api", "acme-backup");
    assertThat(units.get(1).isOneShot()).isTrue();
    assertThat(units.get(1).isEnabled()).isFalse();
  }
}
