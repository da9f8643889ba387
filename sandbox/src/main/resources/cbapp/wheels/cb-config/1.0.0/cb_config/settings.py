"""Typed access to settings, with messages that name the file to edit."""

from . import dotenv


class MissingSetting(Exception):
    """A setting that is absent or cannot be what it claims to be."""


class Settings:
    def __init__(self, values, origin="settings"):
        self._values = dict(values)
        self._origin = origin

    @classmethod
    def from_file(cls, path):
        return cls(dotenv.read(path), origin=str(path))

    def text(self, key, default=None):
        value = self._values.get(key) or default
        if value is None:
            raise MissingSetting(f"{key} is not set in {self._origin}")
        return value

    def port(self, key, default=None):
        value = self.text(key, default)
        try:
            port = int(value)
        except ValueError:
            port = 0
        if not 0 < port < 65536:
            raise MissingSetting(f"{key} in {self._origin} is no port: {value!r}")
        return port
