"""Performance indexes."""

from _database import Report, indexes, opened, transaction

INDEXES = {
    "person_by_name": "person (name COLLATE NOCASE)",
    "person_by_email": "person (email) WHERE email <> ''",
    "person_by_city": "person (city)",
    "person_by_import_batch": "person (import_batch_id)",
}


def main():
    report = Report("Indexes of person")
    with opened() as connection, transaction(connection):
        existing = indexes(connection)
        for name, target in INDEXES.items():
            if name in existing:
                report.skipped(name)
            else:
                connection.execute(f"CREATE INDEX {name} ON {target}")
                report.added(name)
    report.close()


if __name__ == "__main__":
    main()
