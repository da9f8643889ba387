"""The checks, as functions of one value."""

import re

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# NUL ends a text in C, and half a surrogate pair has no encoding at all.
NO_TEXT = re.compile("[\x00\ud800-\udfff]")


class Invalid(ValueError):
    """Says what is wrong with a value, for the person who typed it."""


def text(value):
    if not isinstance(value, str):
        raise Invalid("has to be text")
    if NO_TEXT.search(value):
        raise Invalid("contains a character that no text has")
    return value


def required(value):
    if not value:
        raise Invalid("is required")
    return value


def shorter_than(most):
    def check(value):
        if len(value) >= most:
            raise Invalid(f"has to be shorter than {most} characters")
        return value

    return check


def email(value):
    if value and not EMAIL.fullmatch(value):
        raise Invalid("is no e-mail address")
    return value
