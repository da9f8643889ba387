"""Checks of single values; each returns the value or raises Invalid."""

from .checks import Invalid, email, required, shorter_than, text
from .version import __version__

__all__ = ["Invalid", "email", "required", "shorter_than", "text", "__version__"]
