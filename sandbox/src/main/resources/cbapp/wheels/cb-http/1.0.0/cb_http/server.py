"""Listening on loopback and answering each request in a thread of its own."""

import http.server
import socketserver

from cb_routing import MethodNotAllowed, NotFound

from .message import HttpError, Request, json_answer

MOST_BYTES = 8 * 1024 * 1024


class Server(http.server.ThreadingHTTPServer):
    # Lets a restarted service have its port although connections of the process before
    # linger in TIME_WAIT. A port that somebody listens on is refused all the same.
    allow_reuse_address = True
    # This one would let two processes share a port.
    allow_reuse_port = False
    request_queue_size = 128

    def server_bind(self):
        # HTTPServer would look up the name of the address here, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


def serve(port, router, log, ready=None):
    """Answer requests until the process ends; ready is called once the port is open."""
    with Server(("127.0.0.1", port), _handler(router, log)) as server:
        log.info(f"listening on 127.0.0.1:{port}")
        if ready is not None:
            ready()
        server.serve_forever()


def _handler(router, log):
    class Handler(http.server.BaseHTTPRequestHandler):

        def do_GET(self):
            self._answer()

        def do_POST(self):
            self._answer()

        def _answer(self):
            try:
                response = _dispatch(router, self._request())
            except HttpError as error:
                if error.status >= 500:
                    log.error(f"{self.command} {self.path}: {error}")
                response = json_answer(error.body, error.status)
            except Exception as error:
                log.error(f"{self.command} {self.path} failed", error)
                response = json_answer(
                    {"status": "error", "reason": "internal error"}, 500
                )
            self._send(response)

        def _request(self):
            length = self.headers.get("Content-Length", "0")
            if not length.isdecimal():
                raise HttpError(400, "Content-Length is not a number")
            if int(length) > MOST_BYTES:
                raise HttpError(413, "the body is too large")
            body = self.rfile.read(int(length))
            return Request(self.command, self.path, self.headers, body)

        def _send(self, response):
            try:
                self.send_response(response.status)
                self.send_header("Content-Type", response.content_type)
                self.send_header("Content-Length", str(len(response.body)))
                # HTTP/1.0 closes after each answer. Some clients believe it only when it is
                # said, and would send the next request into a connection that ends.
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(response.body)
            except ConnectionError:
                log.info(f"{self.command} {self.path}: the client went away")

        def log_message(self, format, *args):
            # Health checks would fill the log with successes; failures log themselves.
            pass

    return Handler


def _dispatch(router, request):
    try:
        handler, parameters = router.find(request.method, request.path)
    except NotFound:
        raise HttpError(404, f"nothing at {request.path}") from None
    except MethodNotAllowed as error:
        raise HttpError(405, str(error)) from None
    return handler(request, **parameters)
