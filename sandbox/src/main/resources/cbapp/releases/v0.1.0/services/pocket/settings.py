"""Where this installation is and what it is called."""

import pathlib

from cb_config import Settings

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent

# Read once: a process goes on to be the release that it was started from, whatever is
# checked out beneath it.
VERSION = (CHECKOUT / "VERSION").read_text(encoding="utf-8").strip()


def load():
    return Settings.from_file(CHECKOUT / ".env")


def database(config):
    return config.text("DATABASE", str(CHECKOUT / "db" / "pocket.db"))


def tenant(config):
    return config.text("TENANT", CHECKOUT.name)
