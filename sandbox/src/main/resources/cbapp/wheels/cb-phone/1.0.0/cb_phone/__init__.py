"""Telephone numbers in the one form in which they can be compared."""

import re

from cb_validators import Invalid

from .version import __version__

__all__ = ["normalise", "phone", "__version__"]

FILLING = re.compile(r"[\s()/.\-]+")
COMPLETE = re.compile(r"\+[1-9][0-9]{5,14}")


def normalise(text, country="49"):
    """Turn '(030) 1234-56' into '+4930123456'; the country is for local numbers."""
    digits = FILLING.sub("", text)
    if digits.startswith("0"):
        digits = f"+{country}{digits[1:]}"
    if not COMPLETE.fullmatch(digits):
        raise ValueError(f"{text!r} is no telephone number")
    return digits


def phone(value):
    """The same as a form's check; an empty field stays empty."""
    if not value:
        return value
    try:
        return normalise(value)
    except ValueError:
        raise Invalid("is no telephone number") from None
