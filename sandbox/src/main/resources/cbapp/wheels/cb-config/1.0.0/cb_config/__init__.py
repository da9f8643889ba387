"""Settings from a file of KEY=value lines."""

from .dotenv import DotenvError, parse, read
from .settings import MissingSetting, Settings
from .version import __version__

__all__ = ["DotenvError", "MissingSetting", "Settings", "parse", "read", "__version__"]
