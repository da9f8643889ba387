"""A form is a set of fields, a field is a list of checks."""

from cb_validators import Invalid


class FormError(ValueError):
    """All that is wrong with a form: a message per field."""

    def __init__(self, errors):
        super().__init__("; ".join(f"{name} {text}" for name, text in errors.items()))
        self.errors = errors


class Field:
    def __init__(self, *checks, default=""):
        self._checks = checks
        self._default = default

    def clean(self, value):
        if value is None:
            value = self._default
        for check in self._checks:
            value = check(value)
        return value


class Form:
    def __init__(self, **fields):
        self._fields = fields

    def clean(self, data):
        """Return every field's value, or raise one error about all that are wrong."""
        errors = {
            name: "is no known field" for name in data if name not in self._fields
        }
        values = {}
        for name, field in self._fields.items():
            try:
                values[name] = field.clean(data.get(name))
            except Invalid as error:
                errors[name] = str(error)
        if errors:
            raise FormError(errors)
        return values
