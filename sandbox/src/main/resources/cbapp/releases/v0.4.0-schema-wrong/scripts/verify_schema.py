"""Exit with 0 if the database is what this release needs; changes nothing."""

import sys

from _database import columns, opened

NEEDED = {
    "person": {"id", "name", "email", "phone", "company", "city", "source"},
    "import_batch": {"id", "source"},
    "segment": {"id", "slug", "title", "rule"},
    "segment_member": {"segment_id", "person_id"},
}


def main():
    with opened() as connection:
        lacking = [
            f"{table}.{name}"
            for table, names in NEEDED.items()
            for name in sorted(names - columns(connection, table))
        ]
    if lacking:
        sys.exit("the schema lacks " + ", ".join(lacking))
    print("The schema is complete")


if __name__ == "__main__":
    main()
