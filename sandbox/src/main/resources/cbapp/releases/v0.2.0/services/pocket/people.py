"""The people in the contact book."""

from cb_forms import Field, Form
from cb_phone import phone
from cb_sqlite import transaction
from cb_text import collapse
from cb_validators import email, required, shorter_than, text

FORM = Form(
    name=Field(text, collapse, required, shorter_than(200)),
    email=Field(text, str.strip, shorter_than(200), email),
    phone=Field(text, str.strip, shorter_than(40), phone),
    company=Field(text, collapse, shorter_than(200)),
    city=Field(text, collapse, shorter_than(200)),
)
COLUMNS = "id, name, email, phone, company, city, source, created_at"


def add(connection, person):
    """Store a person that the form has checked; on return it is on the disk."""
    with transaction(connection):
        return insert(connection, person, "api")


def insert(connection, person, source, batch=None):
    cursor = connection.execute(
        "INSERT INTO person (name, email, phone, company, city, source, import_batch_id)"
        " VALUES (:name, :email, :phone, :company, :city, :source, :batch)",
        {**person, "source": source, "batch": batch},
    )
    return cursor.lastrowid


def page(connection, after, limit):
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM person WHERE id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [dict(row) for row in rows]


def count(connection):
    return connection.execute("SELECT count(*) FROM person").fetchone()[0]


def newest(connection):
    """When the last one came; None when there is nobody."""
    row = connection.execute(
        "SELECT created_at FROM person ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return row and row[0]
