"""A small HTTP server over the standard library's: routes in, responses out."""

from .message import HttpError, Request, Response, html, json_answer
from .server import serve
from .version import __version__

__all__ = [
    "HttpError",
    "Request",
    "Response",
    "html",
    "json_answer",
    "serve",
    "__version__",
]
