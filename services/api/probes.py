"""Whether the API lives, whether its parts are ready, and its numbers for Prometheus."""

from fastapi import Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from services.api.deps import Wired
from services.api.figures import Figures
from services.api.language import Lang
from services.api.problems import problem
from services.api.readiness import not_ready
from services.contracts.texts import text


def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


def readyz(deps: Wired, lang: Lang) -> JSONResponse:
    """Each part by name; 503 while any of them is not ready, with a sentence for each in `why`."""
    found = not_ready(deps)
    parts = {part: why is None for part, why in found.items()}
    why = {part: text(key, lang) for part, key in found.items() if key is not None}
    if why:
        detail = text("problems.not_ready", lang, {"parts": ", ".join(why)})
        return problem("start", 503, detail, lang, parts=parts, failing=list(why), why=why)
    return JSONResponse({"status": "ok", "parts": parts}, headers={"Cache-Control": "no-store"})


def metrics(deps: Wired) -> Response:
    """The counters of the process, and the figures of the books and of what stands now."""
    now = CollectorRegistry(auto_describe=False)
    now.register(Figures(deps))
    return Response(generate_latest(deps.registry) + generate_latest(now), media_type=CONTENT_TYPE_LATEST)
