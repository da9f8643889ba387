"""Asking another service on this machine."""

import http.client
import json

from .version import __version__

__all__ = ["Client", "Unavailable", "__version__"]


class Unavailable(Exception):
    """The other service is down, slow or not well."""


class Client:
    def __init__(self, port, timeout=0.5):
        self._port = port
        self._timeout = timeout

    def get(self, path):
        """The JSON at path."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=self._timeout
        )
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"no answer from port {self._port}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise Unavailable(f"{path} answered {response.status}")
        try:
            return json.loads(body)
        except ValueError as error:
            raise Unavailable(f"{path} did not answer with JSON") from error
