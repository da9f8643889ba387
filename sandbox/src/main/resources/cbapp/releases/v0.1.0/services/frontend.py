"""The frontend service: the contact book as a page."""

from cb_http import serve
from cb_log import Log
from pocket import frontend, settings


def main():
    config = settings.load()
    serve(config.port("FRONTEND_PORT"), frontend.routes(config), Log("frontend"))


if __name__ == "__main__":
    main()
