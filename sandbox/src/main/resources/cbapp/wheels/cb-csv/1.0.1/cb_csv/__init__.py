"""Address lists as spreadsheets export them."""

import csv
import io

from cb_text import collapse, fold

from .version import __version__

__all__ = ["CsvError", "records", "__version__"]

ALIASES = {
    "full name": "name",
    "e-mail": "email",
    "mail": "email",
    "telephone": "phone",
    "mobile": "phone",
    "organisation": "company",
    "organization": "company",
    "town": "city",
}


class CsvError(ValueError):
    """A list that cannot be read, with the line where reading ended."""


def records(text, known):
    """A dict per line, of the known columns; columns of other names are left out."""
    # Spreadsheets put a byte order mark in front, and semicolons where commas are decimal.
    text = text.lstrip("\ufeff")
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = next(reader, None)
    if header is None:
        raise CsvError("the list is empty")
    names = [_name(title) for title in header]
    if "name" not in names:
        raise CsvError("the list has no column 'name'")
    found = []
    try:
        for row in reader:
            record = dict(zip(names, map(collapse, row)))
            if any(record.values()):
                found.append({key: record.get(key, "") for key in known})
    except csv.Error as error:
        raise CsvError(f"line {reader.line_num}: {error}") from None
    return found


def _name(title):
    title = fold(collapse(title))
    return ALIASES.get(title, title)
