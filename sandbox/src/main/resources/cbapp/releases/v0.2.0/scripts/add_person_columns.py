"""Extended contact fields."""

from _database import Report, columns, opened, transaction

COLUMNS = {
    "phone": "TEXT",
    "company": "TEXT",
    "city": "TEXT",
}


def main():
    report = Report("Contact fields of person")
    with opened() as connection, transaction(connection):
        existing = columns(connection, "person")
        for name, kind in COLUMNS.items():
            if name in existing:
                report.skipped(name)
            else:
                connection.execute(f"ALTER TABLE person ADD COLUMN {name} {kind}")
                report.added(name)
    report.close()


if __name__ == "__main__":
    main()
