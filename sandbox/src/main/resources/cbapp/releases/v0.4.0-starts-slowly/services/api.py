"""The API service: the contact book as JSON."""

import time

from cb_http import serve
from cb_log import Log
from pocket import api, settings

WARMING_SECONDS = 20


def main():
    config = settings.load()
    log = Log("api")
    # Until the port is open every client is refused; nothing else is wrong.
    log.info(f"warming the search index for {WARMING_SECONDS} s")
    time.sleep(WARMING_SECONDS)
    serve(config.port("API_PORT"), api.routes(config), log)


if __name__ == "__main__":
    main()
