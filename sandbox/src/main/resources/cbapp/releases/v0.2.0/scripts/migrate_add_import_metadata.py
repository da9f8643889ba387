"""Import tracking columns."""

from _database import Report, columns, opened, tables, transaction

IMPORT_BATCH = """
    CREATE TABLE import_batch (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        started_at TEXT NOT NULL,
        people INTEGER NOT NULL
    )
"""
COLUMNS = {
    "source": "TEXT",
    "import_batch_id": "INTEGER REFERENCES import_batch (id)",
}


def main():
    report = Report("Import tracking")
    with opened() as connection, transaction(connection):
        if "import_batch" in tables(connection):
            report.skipped("import_batch")
        else:
            connection.execute(IMPORT_BATCH)
            report.added("import_batch")

        existing = columns(connection, "person")
        for name, kind in COLUMNS.items():
            if name in existing:
                report.skipped(name)
            else:
                connection.execute(f"ALTER TABLE person ADD COLUMN {name} {kind}")
                report.added(name)

        # Whoever was there before imports existed was typed in by hand.
        marked = connection.execute(
            "UPDATE person SET source = 'manual' WHERE source IS NULL"
        )
        print(f"  {marked.rowcount} people marked as entered by hand")
    report.close()


if __name__ == "__main__":
    main()
