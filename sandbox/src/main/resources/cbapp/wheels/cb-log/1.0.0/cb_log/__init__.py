"""One line per event on stderr, where the service manager collects it."""

import sys
import threading
import time
import traceback

from .version import __version__

__all__ = ["Log", "__version__"]


class Log:
    def __init__(self, name, stream=None):
        self._name = name
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()

    def info(self, message):
        self._write(message)

    def error(self, message, exception=None):
        """Log what went wrong; the exception adds its traceback."""
        if exception is not None:
            trace = traceback.format_exception(
                type(exception), exception, exception.__traceback__
            )
            message = f"{message}\n{''.join(trace).rstrip()}"
        self._write(message)

    def _write(self, message):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        # A single write, so that lines of two threads do not mix.
        with self._lock:
            self._stream.write(f"{stamp} {self._name}: {message}\n")
            self._stream.flush()
