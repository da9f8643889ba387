"""From a method and a path to the function that answers."""

from .router import MethodNotAllowed, NotFound, Router
from .version import __version__

__all__ = ["MethodNotAllowed", "NotFound", "Router", "__version__"]
