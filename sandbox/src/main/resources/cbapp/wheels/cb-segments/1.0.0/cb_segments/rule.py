"""Rules such as `city = Berlin and email`, translated to a condition in SQL."""

import re

TERM = re.compile(r"(?P<field>[a-z_]+)\s*(?:(?P<operator>=|~)\s*(?P<value>.+))?")
CONDITIONS = {None: "coalesce({0}, '') <> ''", "=": "{0} = ?", "~": "instr({0}, ?) > 0"}


class RuleError(ValueError):
    """A rule that cannot be understood."""


def compile_rule(rule, fields):
    """Return (condition, parameters).

    A term is a field that has to be filled in, `field = value` or `field ~ part`. Only
    the given fields may appear: their names are all that goes into the SQL as it is.
    """
    conditions, parameters = [], []
    for term in re.split(r"\s+and\s+", rule.strip()):
        match = TERM.fullmatch(term.strip())
        if match is None:
            raise RuleError(f"{term!r} is no condition")
        field, operator, value = match.group("field", "operator", "value")
        if field not in fields:
            raise RuleError(f"there is no field {field!r}")
        conditions.append(CONDITIONS[operator].format(field))
        if operator is not None:
            parameters.append(value.strip())
    return " AND ".join(conditions), parameters
