package dev.uplift.cli.server;

import dev.uplift.api.ApiApplication;
import dev.uplift.cli.console.CommandFailure;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "api",
    sortOptions = false,
    header = "Runs the API: registry, ledger, tokens and the start of upgrades.",
    description =
        "%nSettings come from uplift-api.yml in the working directory, --config, the environment"
            + " (like UPLIFT_ENGINE_TARGET) and --set, of which the later ones win. It ends on SIGTERM.%n")
public final class ApiCommand implements Callable<Integer> {
  @Mixin private ServerOptions server;

  @Override
  public Integer call() throws InterruptedException {
    String[] arguments = server.arguments(System.getenv());
    server.endWithOwner();
    try {
      ApiApplication.run(arguments);
      SystemdNotification.ready(System.getenv());
    } catch (RuntimeException told) {
      throw new CommandFailure("the API did not start; the reason is above", told);
    }
    new CountDownLatch(1).await();
    return 0;
  }
}
