"""SQLite connections that are durable, polite and always closed."""

from .connection import connect, opened, transaction
from .inspect import columns, missing, tables
from .version import __version__

__all__ = [
    "columns",
    "connect",
    "missing",
    "opened",
    "tables",
    "transaction",
    "__version__",
]
