"""Pages by key: everything after an id, at most so many."""

from .version import __version__

__all__ = ["PagingError", "window", "__version__"]

USUAL = 50
MOST = 1000


class PagingError(ValueError):
    """A query that asks for no possible page."""


def window(query):
    """The id after which the page begins, and how many rows it has at most."""
    return _number(query, "after", 0), min(_number(query, "limit", USUAL), MOST)


def _number(query, name, default):
    value = query.get(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise PagingError(f"{name} has to be a number, not {value!r}")
    return int(value)
