"""Path patterns such as /people/{id:int}."""

import re

PLACEHOLDER = re.compile(r"\{([a-z_]+)(?::(int|text))?\}")
KINDS = {"int": ("[0-9]{1,18}", int), "text": ("[^/]+", str)}


class Pattern:
    def __init__(self, source):
        self.source = source
        self._convert = {}
        self._regex = re.compile(self._translate(source))

    def match(self, path):
        """The path's parameters, or None when it is another path."""
        found = self._regex.fullmatch(path)
        if found is None:
            return None
        return {
            name: self._convert[name](value)
            for name, value in found.groupdict().items()
        }

    def _translate(self, source):
        parts = []
        end = 0
        for placeholder in PLACEHOLDER.finditer(source):
            name, kind = placeholder.group(1), placeholder.group(2) or "text"
            expression, self._convert[name] = KINDS[kind]
            parts.append(re.escape(source[end : placeholder.start()]))
            parts.append(f"(?P<{name}>{expression})")
            end = placeholder.end()
        parts.append(re.escape(source[end:]))
        return "".join(parts)
