package dev.uplift.engine;

import dev.uplift.tenant.HostName;

/** The names of the queues, shared by those who put work there and those who take it. */
public final class TaskQueues {
  /** Workflows. */
  public static final String WORKFLOWS = "uplift";

  /** Activities of the API: the ledger. */
  public static final String API = "uplift-api";

  /** Activities of the API that wait for hosts: none of the others is to wait behind them. */
  public static final String API_ASKING_HOSTS = API + "/asking-hosts";

  private static final String INTO_CUTOVER = "/cutover";

  private TaskQueues() {}

  /** What any worker of a host may take: look-ups, and the inspection that tells its machine. */
  public static String ofHost(HostName host) {
    return "uplift-host-" + host;
  }

  /**
   * The way into a cutover, StopServices. A worker that is being replaced takes nothing from here
   * any more, so that it can bring to an end what it has begun.
   */
  public static String intoCutover(HostName host) {
    return ofHost(host) + INTO_CUTOVER;
  }

  public static boolean isIntoCutover(String queue) {
    return queue.endsWith(INTO_CUTOVER);
  }

  /** Every other step of an upgrade, on the machine that inspected its tenant. */
  public static String ofMachine(HostName host, String machine) {
    return ofHost(host) + "/" + machine;
  }
}
