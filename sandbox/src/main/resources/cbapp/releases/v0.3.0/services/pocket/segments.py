"""Groups of people that are described by a rule."""

from cb_forms import Field, Form
from cb_segments import compile_rule
from cb_sqlite import transaction
from cb_text import collapse, slug
from cb_validators import required, shorter_than, text

from . import people

FORM = Form(
    title=Field(text, collapse, required, shorter_than(100)),
    rule=Field(text, collapse, required, shorter_than(500)),
)


def add(connection, segment):
    """Store a segment with everybody to whom its rule applies now."""
    condition, parameters = compile_rule(segment["rule"], people.FORM.names)
    name = slug(segment["title"])
    with transaction(connection):
        key = connection.execute(
            "INSERT INTO segment (slug, title, rule) VALUES (?, ?, ?)",
            (name, segment["title"], segment["rule"]),
        ).lastrowid
        members = connection.execute(
            "INSERT INTO segment_member (segment_id, person_id)"
            f" SELECT ?, id FROM person WHERE {condition}",
            (key, *parameters),
        ).rowcount
    return {"slug": name, "people": members}


def all_of_them(connection):
    rows = connection.execute(
        "SELECT slug, title, rule, count(person_id) AS people FROM segment"
        " LEFT JOIN segment_member ON segment_id = segment.id"
        " GROUP BY segment.id ORDER BY title"
    )
    return [dict(row) for row in rows]
