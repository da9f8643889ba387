"""A list of routes, tried in the order in which they were added."""

from .pattern import Pattern


class NotFound(LookupError):
    """No route has this path."""


class MethodNotAllowed(LookupError):
    """The path exists, but not with this method."""

    def __init__(self, allowed):
        super().__init__("allowed: " + ", ".join(allowed))
        self.allowed = allowed


class Router:
    def __init__(self):
        self._routes = []

    def add(self, method, pattern, handler):
        self._routes.append((method, Pattern(pattern), handler))

    def get(self, pattern):
        return self._decorator("GET", pattern)

    def post(self, pattern):
        return self._decorator("POST", pattern)

    def find(self, method, path):
        """Return the handler and the parameters in the path."""
        # /people/ is /people: people type addresses, and some of them end in a slash.
        path = path.rstrip("/") or "/"
        allowed = []
        for candidate, pattern, handler in self._routes:
            parameters = pattern.match(path)
            if parameters is None:
                continue
            if candidate == method:
                return handler, parameters
            allowed.append(candidate)
        if allowed:
            raise MethodNotAllowed(sorted(set(allowed)))
        raise NotFound(path)

    def _decorator(self, method, pattern):
        def register(handler):
            self.add(method, pattern, handler)
            return handler

        return register
