"""Core tables."""

from _database import Report, opened, tables, transaction

TABLES = {
    "person": """
        CREATE TABLE person (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            email TEXT,
            created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
        )
    """,
    "note": """
        CREATE TABLE note (
            id INTEGER PRIMARY KEY,
            person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
            body TEXT NOT NULL,
            created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
        )
    """,
    "user": """
        CREATE TABLE user (
            id INTEGER PRIMARY KEY,
            login TEXT NOT NULL UNIQUE,
            role TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'reader'))
        )
    """,
}


def main():
    report = Report("Core tables")
    with opened() as connection:
        # A property of the file, so it is set here once: readers and the writer of the
        # services do not wait for each other.
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            existing = tables(connection)
            for name, statement in TABLES.items():
                if name in existing:
                    report.skipped(name)
                else:
                    connection.execute(statement)
                    report.added(name)
    report.close()


if __name__ == "__main__":
    main()
