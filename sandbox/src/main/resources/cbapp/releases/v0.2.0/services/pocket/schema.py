"""What this release needs to find in the database."""

from cb_sqlite import missing

NEEDED = {
    "person": {
        "id",
        "name",
        "email",
        "phone",
        "company",
        "city",
        "source",
        "import_batch_id",
        "created_at",
    },
    "note": {"id", "person_id", "body"},
    "user": {"id", "login", "role"},
    "import_batch": {"id", "source", "started_at", "people"},
}


def lacking(connection):
    """The tables and columns that are not there; the scripts would add them."""
    return missing(connection, NEEDED)
