"""Opening a database and running transactions on it."""

import contextlib
import sqlite3
import urllib.parse

BUSY_SECONDS = 5.0


def connect(path):
    """Open an existing database; one that is not there is an error, not a new file."""
    uri = f"file:{urllib.parse.quote(str(path))}?mode=rw"
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    # With FULL, a commit that returned is on the disk, even in WAL mode.
    connection.execute("PRAGMA synchronous = FULL")
    return connection


@contextlib.contextmanager
def opened(path):
    """A connection for the length of one request."""
    connection = connect(path)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def transaction(connection):
    """Commit what the block did, or nothing of it."""
    # IMMEDIATE waits for the write lock here, where waiting is still possible: a reader
    # that turns writer half-way is refused at once when another one wrote meanwhile.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
