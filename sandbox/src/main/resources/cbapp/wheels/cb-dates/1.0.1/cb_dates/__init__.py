"""Points in time as ISO 8601 text in UTC, and as people say them."""

import datetime

from .version import __version__

__all__ = ["ago", "now", "__version__"]

FORMAT = "%Y-%m-%dT%H:%M:%SZ"
UNITS = [("day", 86400), ("hour", 3600), ("minute", 60)]


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime(FORMAT)


def ago(moment, reference=None):
    """How long a moment is past: 'just now', '3 hours ago'."""
    begin = datetime.datetime.strptime(moment, FORMAT)
    end = datetime.datetime.strptime(reference or now(), FORMAT)
    seconds = int((end - begin).total_seconds())
    for unit, length in UNITS:
        count = seconds // length
        if count > 0:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
