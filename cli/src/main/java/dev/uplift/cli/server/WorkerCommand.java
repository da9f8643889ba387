package dev.uplift.cli.server;

import dev.uplift.cli.console.CommandFailure;
import dev.uplift.worker.WorkerApplication;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "worker",
    sortOptions = false,
    header = "Runs a worker: on a host of tenants, the central one, or both at once.",
    description =
        "%nSettings come from uplift-worker.yml in the working directory, --config, the environment"
            + " (like UPLIFT_HOST_NAME) and --set, of which the later ones win. On SIGTERM it finishes or hands over what it is doing.%n")
public final class WorkerCommand implements Callable<Integer> {
  @Mixin private ServerOptions server;

  @Override
  public Integer call() throws InterruptedException {
    String[] arguments = server.arguments(System.getenv());
    server.endWithOwner();
    try {
      WorkerApplication.run(arguments);
    } catch (RuntimeException told) {
      throw new CommandFailure("the worker did not start; the reason is above", told);
    }
    new CountDownLatch(1).await();
    return 0;
  }
}
