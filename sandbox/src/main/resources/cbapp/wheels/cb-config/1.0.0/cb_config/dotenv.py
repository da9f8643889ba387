"""The KEY=value format: comments, blank lines and quotes, but no substitution."""

import re

KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class DotenvError(ValueError):
    """A line that is neither a setting nor a comment."""


def parse(text):
    """Return the settings in text as a dict; the last one of a name counts."""
    values = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("export "):
            line = line[len("export ") :].lstrip()
        key, equals, value = line.partition("=")
        key = key.strip()
        if not equals or not KEY.fullmatch(key):
            raise DotenvError(f"line {number}: expected KEY=value")
        values[key] = _unquote(value.strip())
    return values


def read(path):
    """Parse the file at path; one that does not exist holds no settings."""
    try:
        with open(path, encoding="utf-8") as file:
            return parse(file.read())
    except FileNotFoundError:
        return {}


def _unquote(value):
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
