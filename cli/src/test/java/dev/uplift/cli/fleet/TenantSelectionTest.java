package dev.uplift.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uplift.cli.client.ApiClient;
import dev.uplift.cli.client.StubServer;
import dev.uplift.cli.console.CommandFailure;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

@Timeout(60)
class TenantSelectionTest {
  private static final String TENANTS =
      """
      {"tenants": [{"id": "acme", "host": "one"}, {"id": "globex", "host": "two"}]}
      """;

  @Test
  void whatHappenedToOneTenantIsToldWhateverBecameOfAnother() throws Exception {
    TenantSelection selection =
        CommandLine.populateCommand(new TenantSelection(), "globex", "acme");

    try (StubServer server =
        new StubServer()
            .answering("/api/tenants", exchange -> StubServer.send(exchange, TENANTS))) {
      ApiClient api = server.client();
      List<String> told =
          selection.ask(
              api,
              1,
              (tenant, host) -> {
                if (tenant.equals("globex")) {
                  throw new CommandFailure("it was cut off");
                }
                return api.get("/api/tenants");
              },
              (tenant, host, answer) ->
                  tenant + " on " + host + ": " + (answer.isSuccess() ? "told" : answer.problem()));

      assertThat(told).containsExactly("globex on two: it was cut off", "acme on one: told");
    }
  }
}
