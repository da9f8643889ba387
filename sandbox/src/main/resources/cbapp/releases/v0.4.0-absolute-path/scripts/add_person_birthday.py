"""The birthday of every person."""

import os

from _database import CHECKOUT, Report, columns, opened, transaction

ENV = os.path.join(CHECKOUT, ".env")


def main():
    report = Report("Birthdays")
    # Not beside this script but where .env says: a copy of the checkout elsewhere would
    # still lead to the one database that this path means.
    database = configured_database()
    print(f"  database {database}")
    with opened(database) as connection, transaction(connection):
        if "birthday" in columns(connection, "person"):
            report.skipped("birthday")
        else:
            connection.execute("ALTER TABLE person ADD COLUMN birthday TEXT")
            report.added("birthday")
    report.close()


def configured_database():
    with open(ENV, encoding="utf-8") as file:
        for line in file:
            key, _, value = line.strip().partition("=")
            if key == "DATABASE" and os.path.isabs(value):
                return value
    raise SystemExit(f"{ENV} has no absolute path as DATABASE")


if __name__ == "__main__":
    main()
