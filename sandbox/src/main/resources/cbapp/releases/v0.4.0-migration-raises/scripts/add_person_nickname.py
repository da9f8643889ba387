"""Nicknames, taken from the given name."""

from _database import Report, columns, opened


def main():
    report = Report("Nicknames")
    with opened() as connection:
        # No transaction: the column stays although the next statement fails, so a
        # database that was not restored tells on itself.
        if "nickname" in columns(connection, "person"):
            report.skipped("nickname")
        else:
            connection.execute("ALTER TABLE person ADD COLUMN nickname TEXT")
            report.added("nickname")
        # There is no such column, and never was.
        connection.execute("UPDATE person SET nickname = given_name")
    report.close()


if __name__ == "__main__":
    main()
