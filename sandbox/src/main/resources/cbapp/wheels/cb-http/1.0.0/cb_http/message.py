"""What a handler gets and what it gives back."""

import json
import urllib.parse


class HttpError(Exception):
    """An answer that is not a success, raised from anywhere below a handler."""

    def __init__(self, status, reason, **details):
        super().__init__(reason)
        self.status = status
        self.body = {"status": "error", "reason": reason, **details}


class Request:
    def __init__(self, method, target, headers, body):
        path, _, query = target.partition("?")
        self.method = method
        self.path = urllib.parse.unquote(path)
        self.query = dict(urllib.parse.parse_qsl(query))
        self.headers = headers
        self.body = body

    def json_object(self):
        """The body, which has to be a JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError:
            raise HttpError(400, "the body is not JSON") from None
        if not isinstance(value, dict):
            raise HttpError(400, "the body is not a JSON object")
        return value


class Response:
    def __init__(self, status, content_type, body):
        self.status = status
        self.content_type = content_type
        self.body = body


def json_answer(value, status=200):
    body = json.dumps(value, ensure_ascii=False).encode("utf-8") + b"\n"
    return Response(status, "application/json; charset=utf-8", body)


def html(text, status=200):
    return Response(status, "text/html; charset=utf-8", text.encode("utf-8"))
