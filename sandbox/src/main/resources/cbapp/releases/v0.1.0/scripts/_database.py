"""What every migration needs: this checkout's database, and a report on what it does."""

import contextlib
import os
import sqlite3
import sys

# Few imports, here and in the scripts: the services are down while these run one by one.
CHECKOUT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
DATABASE = os.path.join(CHECKOUT, "db", "pocket.db")

# Whatever the locale is, a tick must not end a migration; and a log shows every line at
# once, not when the script ends.
sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)


@contextlib.contextmanager
def opened(path=DATABASE):
    """The database, which is created when it does not exist yet."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def transaction(connection):
    """Commit all that the block did, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def tables(connection):
    return _names(connection, "SELECT name FROM sqlite_master WHERE type = 'table'")


def indexes(connection):
    return _names(connection, "SELECT name FROM sqlite_master WHERE type = 'index'")


def columns(connection, table):
    return _names(connection, "SELECT name FROM pragma_table_info(?)", table)


def _names(connection, query, *parameters):
    return {row[0] for row in connection.execute(query, parameters)}


class Report:
    """Counts what was added and what had been there before."""

    def __init__(self, title):
        self._added = 0
        self._skipped = 0
        print(title)

    def added(self, name):
        self._added += 1
        print(f"  + {name}")

    def skipped(self, name):
        self._skipped += 1
        print(f"  ✓ {name} (already exists)")

    def close(self):
        print(f"Done: {self._added} added, {self._skipped} skipped")
