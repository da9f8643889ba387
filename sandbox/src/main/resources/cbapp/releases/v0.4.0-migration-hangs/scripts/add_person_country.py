"""The country of every person."""

import time

from _database import Report, columns, opened


def main():
    report = Report("Countries")
    with opened() as connection:
        # Committed before the script hangs: to end it is not to undo it.
        if "country" in columns(connection, "person"):
            report.skipped("country")
        else:
            connection.execute("ALTER TABLE person ADD COLUMN country TEXT")
            report.added("country")
        print("  waiting for the list of countries")
        time.sleep(3600)
    report.close()


if __name__ == "__main__":
    main()
