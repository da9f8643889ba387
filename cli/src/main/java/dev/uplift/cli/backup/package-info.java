/** {@code uplift backups}: what upgrades have left on the hosts. */
package dev.uplift.cli.backup;
