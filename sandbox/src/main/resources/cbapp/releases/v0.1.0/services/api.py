"""The API service: the contact book as JSON."""

from cb_http import serve
from cb_log import Log
from pocket import api, settings


def main():
    config = settings.load()
    serve(config.port("API_PORT"), api.routes(config), Log("api"))


if __name__ == "__main__":
    main()
