"""The API service: the contact book as JSON."""

import os
import threading

from cb_http import serve
from cb_log import Log
from pocket import api, settings

HEALTHY_SECONDS = 2


def main():
    config = settings.load()
    log = Log("api")
    timer = threading.Timer(HEALTHY_SECONDS, die, args=(log,))
    timer.daemon = True
    serve(config.port("API_PORT"), api.routes(config), log, ready=timer.start)


def die(log):
    """As a crash in native code would: at once, and taking every request with it."""
    log.error("fatal: the search index is damaged")
    os._exit(1)


if __name__ == "__main__":
    main()
