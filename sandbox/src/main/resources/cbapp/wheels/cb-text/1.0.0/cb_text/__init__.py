"""Text as people type it, made comparable."""

import re
import unicodedata

from .version import __version__

__all__ = ["collapse", "fold", "slug", "__version__"]


def collapse(text):
    """Trim, and make every run of white space one space."""
    return " ".join(text.split())


def fold(text):
    """Lower case without accents, for searching: Zoë and zoe are the same."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def slug(text, most=40):
    """A name for addresses: a-z, 0-9 and single dashes."""
    words = re.findall("[a-z0-9]+", fold(text))
    return "-".join(words)[:most]
