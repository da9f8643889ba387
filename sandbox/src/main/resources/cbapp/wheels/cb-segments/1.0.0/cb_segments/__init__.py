"""Segments: groups of people that are described by a rule."""

from .rule import RuleError, compile_rule
from .version import __version__

__all__ = ["RuleError", "compile_rule", "__version__"]
