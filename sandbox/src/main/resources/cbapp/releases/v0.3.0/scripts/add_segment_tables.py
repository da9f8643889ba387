"""Segment management."""

from _database import Report, opened, tables, transaction

TABLES = {
    "segment": """
        CREATE TABLE segment (
            id INTEGER PRIMARY KEY,
            slug TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL,
            rule TEXT NOT NULL
        )
    """,
    "segment_member": """
        CREATE TABLE segment_member (
            segment_id INTEGER NOT NULL REFERENCES segment (id) ON DELETE CASCADE,
            person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
            PRIMARY KEY (segment_id, person_id)
        ) WITHOUT ROWID
    """,
}
EVERYBODY_WITH_EMAIL = ("email", "With an e-mail address", "email")


def main():
    report = Report("Segments")
    with opened() as connection, transaction(connection):
        existing = tables(connection)
        for name, statement in TABLES.items():
            if name in existing:
                report.skipped(name)
            else:
                connection.execute(statement)
                report.added(name)
        # Only with the tables: a segment that somebody deleted later stays deleted.
        if "segment" not in existing:
            print(f"  {add_first_segment(connection)} people in the first segment")
    report.close()


def add_first_segment(connection):
    segment = connection.execute(
        "INSERT INTO segment (slug, title, rule) VALUES (?, ?, ?)",
        EVERYBODY_WITH_EMAIL,
    ).lastrowid
    return connection.execute(
        "INSERT INTO segment_member (segment_id, person_id)"
        " SELECT ?, id FROM person WHERE email <> ''",
        (segment,),
    ).rowcount


if __name__ == "__main__":
    main()
