"""A template is text with {{ name }} in it."""

import html
import re

TAG = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


class TemplateError(Exception):
    """A placeholder without a value."""


class Template:
    def __init__(self, source):
        self._source = source

    @classmethod
    def from_file(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(file.read())

    def render(self, **values):
        def replace(tag):
            name = tag.group(1)
            if name not in values:
                raise TemplateError(f"no value for {name}")
            return html.escape(str(values[name]))

        return TAG.sub(replace, self._source)
