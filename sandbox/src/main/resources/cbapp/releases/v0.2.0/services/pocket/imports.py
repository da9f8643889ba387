"""Address lists that came from elsewhere."""

from cb_csv import records
from cb_dates import now
from cb_forms import FormError
from cb_sqlite import transaction

from . import people


class ImportRefused(ValueError):
    """The first entry in a list that cannot become a person."""


def run(connection, source, text):
    """Add everybody in a CSV list; one bad entry and nobody is added."""
    checked = []
    for number, record in enumerate(records(text, people.FORM.names), start=1):
        try:
            checked.append(people.FORM.clean(record))
        except FormError as error:
            raise ImportRefused(f"entry {number}: {error}") from None
    with transaction(connection):
        batch = connection.execute(
            "INSERT INTO import_batch (source, started_at, people) VALUES (?, ?, ?)",
            (source, now(), len(checked)),
        ).lastrowid
        for person in checked:
            people.insert(connection, person, "import", batch)
    return {"id": batch, "people": len(checked)}


def latest(connection, limit):
    rows = connection.execute(
        "SELECT id, source, started_at, people FROM import_batch"
        " ORDER BY id DESC LIMIT ?",
        (limit,),
    )
    return [dict(row) for row in rows]
