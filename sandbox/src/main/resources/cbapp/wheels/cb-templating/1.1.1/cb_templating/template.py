"""A template is text with {{ name }} and sections in it.

{{#people}}…{{/people}} appears once per element of a list, or once when the value is
true; {{^people}}…{{/people}} appears when the value is false or the list is empty.
"""

import html
import re

TAG = re.compile(r"\{\{\s*([#^/]?)([a-z_]+)\s*\}\}")
# A section's tag that has a line to itself takes the line with it.
ALONE = re.compile(r"^[ \t]*(\{\{[#^/][a-z_]+\}\})[ \t]*\n", re.MULTILINE)


class TemplateError(Exception):
    """A placeholder without a value, or a section without an end."""


class Template:
    def __init__(self, source):
        self._nodes = _parse(source)

    @classmethod
    def from_file(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(file.read())

    def render(self, **values):
        return "".join(_render(self._nodes, values))


def _parse(source):
    """Nodes are text, ("", name, None) for a value, or (kind, name, nodes)."""
    source = ALONE.sub(r"\1", source)
    root = []
    open_sections = [("", "", root)]
    end = 0
    for tag in TAG.finditer(source):
        kind, name = tag.groups()
        nodes = open_sections[-1][2]
        nodes.append(source[end : tag.start()])
        end = tag.end()
        if kind == "/":
            if open_sections.pop()[1] != name:
                raise TemplateError(f"{{{{/{name}}}}} ends no open section")
        elif kind:
            section = (kind, name, [])
            nodes.append(section)
            open_sections.append(section)
        else:
            nodes.append(("", name, None))
    if len(open_sections) != 1:
        raise TemplateError(f"section {open_sections[-1][1]} has no end")
    root.append(source[end:])
    return root


def _render(nodes, values):
    for node in nodes:
        if isinstance(node, str):
            yield node
            continue
        kind, name, inner = node
        if name not in values:
            raise TemplateError(f"no value for {name}")
        value = values[name]
        if not kind:
            yield html.escape(str(value))
        elif kind == "^":
            if not value:
                yield from _render(inner, values)
        else:
            for scope in _scopes(value):
                yield from _render(inner, {**values, **scope})


def _scopes(value):
    if isinstance(value, list):
        return value
    return [{}] if value else []
