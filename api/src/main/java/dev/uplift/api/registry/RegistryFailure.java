package dev.uplift.api.registry;

import java.sql.SQLException;
import java.util.Set;

/**
 * Why PostgreSQL did not do what it was asked.
 *
 * @param maySettleItself whether it is worth while to ask again
 */
record RegistryFailure(String message, boolean maySettleItself) {
  private static final Set<String> REFUSED = Set.of("28000", "28P01");
  private static final String NO_SUCH_DATABASE = "3D000";

  static RegistryFailure of(RegistryAddress address, Throwable failure) {
    SQLException told = firstWithState(failure);
    String state = told == null ? "" : told.getSQLState();
    if (REFUSED.contains(state)) {
      return new RegistryFailure(
          address
              + " refuses user "
              + address.user()
              + " ("
              + told.getMessage()
              + "): check uplift.database-user and uplift.database-password-file",
          false);
    }
    if (state.equals(NO_SUCH_DATABASE)) {
      return new RegistryFailure(
          "there is no database " + address + ": create it, owned by " + address.user(), false);
    }
    return new RegistryFailure(
        address
            + " does not answer: "
            + withoutPeriod((told == null ? failure : told).getMessage())
            + (address.isPostgresql()
                ? "; see that PostgreSQL runs and can be reached from this machine"
                : ""),
        true);
  }

  private static String withoutPeriod(String message) {
    return message == null ? "" : message.replaceFirst("\\.\\s*$", "");
  }

  // What the pool says comes first and has no state: that nobody gave it a connection.
  private static SQLException firstWithState(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException told && told.getSQLState() != null) {
        return told;
      }
    }
    return null;
  }
}
