package dev.uplift.discover;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What stands in one checkout.
 *
 * @param path its real path
 * @param version as {@code git describe --tags} says it
 * @param onRelease whether HEAD is at a release tag
 * @param origin where it was cloned from, without user or password; null if nobody knows
 * @param secretInOrigin whether a user, a password or a query was left out there
 * @param changed tracked files that are not as the commit has them
 * @param databases SQLite files that git does not track, by their path in the checkout; the last
 *     written first
 * @param trackedDatabases those that git does track
 * @param portSettings ports in its {@code .env}
 * @param layout what its dependencies are made from
 * @param trouble what could not be read
 */
record CheckoutFacts(
    Path path,
    String owner,
    String version,
    boolean onRelease,
    String origin,
    boolean secretInOrigin,
    List<String> changed,
    List<String> databases,
    List<String> trackedDatabases,
    Map<String, Integer> portSettings,
    Layout layout,
    List<String> trouble) {}
