package dev.uplift.engine;

import dev.uplift.tenant.HostName;

/** The names of the queues, shared by those who put work there and those who take it. */
public final class TaskQueues {
  /** Workflows. */
  public static final String WORKFLOWS = "uplift";

  /** Activities of the API: the ledger. */
  public static final String API = "uplift-api";

  private TaskQueues() {}

  /** Activities on a host. */
  public static String ofHost(HostName host) {
    return "uplift-host-" + host;
  }
}
