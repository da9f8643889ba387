"""Admin user."""

from _database import Report, opened, transaction

USERS = [("admin", "admin")]


def main():
    report = Report("Default users")
    with opened() as connection, transaction(connection):
        existing = {row[0] for row in connection.execute("SELECT login FROM user")}
        for login, role in USERS:
            if login in existing:
                report.skipped(login)
            else:
                connection.execute(
                    "INSERT INTO user (login, role) VALUES (?, ?)", (login, role)
                )
                report.added(login)
    report.close()


if __name__ == "__main__":
    main()
