"""Forms: what a client sent, checked field by field."""

from .form import Field, Form, FormError
from .version import __version__

__all__ = ["Field", "Form", "FormError", "__version__"]
