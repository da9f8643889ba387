"""The API service: the contact book as JSON."""

# Nobody wrote cb-geocoder into requirements.txt.
import cb_geocoder
from cb_http import serve
from cb_log import Log
from pocket import api, settings


def main():
    config = settings.load()
    log = Log("api")
    log.info(f"places come from cb-geocoder {cb_geocoder.__version__}")
    serve(config.port("API_PORT"), api.routes(config), log)


if __name__ == "__main__":
    main()
