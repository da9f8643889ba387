"""Templates with {{ placeholders }}, escaped for HTML."""

from .template import Template, TemplateError
from .version import __version__

__all__ = ["Template", "TemplateError", "__version__"]
