/**
 * A tenant's SQLite database: looked at and snapshotted while it is in use, backed up and restored
 * while the tenant is down.
 *
 * <p>A database that services have open is only ever opened in a child JVM ({@link
 * dev.uplift.database.LiveDatabase}): closing any descriptor of a file drops all POSIX locks that
 * the same process holds on it, SQLite's among them. Once the tenant is down the steps work on the
 * file themselves, but only after {@link dev.uplift.database.SqliteFile#quiesce} has put everything
 * that was committed into that one file.
 */
package dev.uplift.database;
