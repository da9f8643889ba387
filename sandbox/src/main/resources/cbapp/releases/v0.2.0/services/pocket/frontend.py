"""The page that people see."""

import pathlib

from cb_client import Client, Unavailable
from cb_dates import ago
from cb_http import html
from cb_routing import Router
from cb_templating import Template

from . import settings

TEMPLATES = pathlib.Path(__file__).resolve().parent / "templates"


def routes(config):
    router = Router()
    api = Client(config.port("API_PORT"))
    tenant = settings.tenant(config)
    home = Template.from_file(TEMPLATES / "home.html")

    @router.get("/")
    def show_home(request):
        summary, imports = _contents(api)
        return html(
            home.render(
                tenant=tenant,
                version=settings.VERSION,
                summary=summary,
                imports=imports,
            )
        )

    return router


def _contents(api):
    """The page is there even when the API is not: it says so."""
    try:
        found = api.get("/people/count")
        imports = api.get("/imports?limit=5")["imports"]
    except Unavailable:
        return "The contact book cannot be reached just now.", []
    for entry in imports:
        entry["when"] = ago(entry["started_at"])
    if not found["people"]:
        return "Nobody is in here yet.", imports
    last = ago(found["newest"])
    return f"{found['people']} people, the last one added {last}.", imports
