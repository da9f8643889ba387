/**
 * Finds the tenants that are on a host already, so that nobody has to write them down: reads
 * checkouts, units, databases and ports, and changes nothing. {@link dev.uplift.discover.Discovery}
 * is the entry.
 */
package dev.uplift.discover;
