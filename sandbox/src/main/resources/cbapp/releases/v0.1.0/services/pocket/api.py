"""What the API answers."""

import sqlite3

from cb_forms import FormError
from cb_http import HttpError, json_answer
from cb_paging import PagingError, window
from cb_routing import Router
from cb_sqlite import opened

from . import people, schema, settings


def routes(config):
    router = Router()
    database = settings.database(config)

    @router.get("/health")
    def health(request):
        try:
            with opened(database) as connection:
                lacking = schema.lacking(connection)
                if lacking:
                    raise _unhealthy("the schema lacks " + ", ".join(lacking))
                known = people.count(connection)
        except sqlite3.Error as error:
            raise _unhealthy(f"the database cannot be read: {error}") from error
        return json_answer(
            {
                "status": "ok",
                "version": settings.VERSION,
                "schema": "ok",
                "people": known,
            }
        )

    @router.get("/people")
    def list_people(request):
        try:
            after, limit = window(request.query)
        except PagingError as error:
            raise HttpError(400, str(error)) from None
        with opened(database) as connection:
            return json_answer({"people": people.page(connection, after, limit)})

    @router.get("/people/count")
    def count_people(request):
        with opened(database) as connection:
            return json_answer(
                {
                    "people": people.count(connection),
                    "newest": people.newest(connection),
                }
            )

    @router.post("/people")
    def add_person(request):
        person = _cleaned(people.FORM, request.json_object())
        with opened(database) as connection:
            return json_answer({"id": people.add(connection, person)}, 201)

    return router


def _cleaned(form, data):
    try:
        return form.clean(data)
    except FormError as error:
        raise HttpError(400, str(error), errors=error.errors) from None


def _unhealthy(reason):
    return HttpError(503, reason, version=settings.VERSION)
