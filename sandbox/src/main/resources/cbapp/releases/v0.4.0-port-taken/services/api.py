"""The API service: the contact book as JSON, and its metrics on a second port."""

import socket
import threading

from cb_http import serve
from cb_log import Log
from cb_sqlite import opened
from pocket import api, people, settings


def main():
    config = settings.load()
    # A port that the host may be using for something else already: then this fails, and
    # the API with it.
    listener = socket.create_server(
        ("127.0.0.1", config.port("METRICS_PORT", "9")), reuse_port=False
    )
    database = settings.database(config)
    threading.Thread(target=report, args=(listener, database), daemon=True).start()
    serve(config.port("API_PORT"), api.routes(config), Log("api"))


def report(listener, database):
    """Tell everybody who connects how many people there are."""
    while True:
        client, _ = listener.accept()
        with client, opened(database) as connection:
            client.sendall(f"people {people.count(connection)}\n".encode())


if __name__ == "__main__":
    main()
