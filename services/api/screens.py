"""Door and preview screens for everybody: what they show, as JSON and as a picture, and the QR codes at doors.

A page that asks every few seconds, and a panel that asks every minute, are answered 304 as long as they show the same.
"""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.api import screenanswers as answers
from services.api.deps import Deps, Wired
from services.api.problems import RefusalError
from services.api.screenfiles import files_version
from services.api.screensigns import Seen, base_url, door, expect_site, first_shown, preview
from services.contracts.instants import to_rfc3339
from services.contracts.retelling import Kept
from services.contracts.texts import LANGUAGES
from services.signage import fonts, qr
from services.signage.picture import LEAST_SIDE, MOST_SIDE, VERSION, Panel

CLOCK_HEADER = "X-Clock"
"""The community's time, also beside a 304, which has no body to say it."""
_PAGE_CACHE = "public, max-age=2"
_PICTURE_CACHE = "public, max-age=15"
_CODE_CACHE = "public, max-age=3600"


@dataclass(frozen=True, slots=True)
class PictureQuery:
    """How a panel wants its picture."""

    width: Annotated[int, Query(ge=LEAST_SIDE, le=MOST_SIDE, description="pixels")] = 800
    height: Annotated[int, Query(ge=LEAST_SIDE, le=MOST_SIDE, description="pixels")] = 480
    levels: Annotated[Literal["2", "4", "16"], Query(description="shades of grey")] = "2"
    rotate: Annotated[
        Literal["0", "90", "180", "270"], Query(description="degrees to the left; width and height stay the panel's")
    ] = "0"
    red: Annotated[Literal["0", "1"], Query(description="1: the panel has red besides; with levels=2")] = "0"
    lang: Annotated[
        Literal["zh", "en"] | None, Query(description="default: Chinese, with small English where there is room")
    ] = None

    def panel(self) -> Panel:
        """Return the panel to paint for. Raises RefusalError."""
        if self.red == "1" and self.levels != "2":
            raise RefusalError("invalid", "red_needs_two_levels")
        levels: dict[str, Literal[2, 4, 16]] = {"2": 2, "4": 4, "16": 16}
        turns: dict[str, Literal[0, 90, 180, 270]] = {"0": 0, "90": 90, "180": 180, "270": 270}
        language = self.lang or LANGUAGES[0]
        return Panel(
            self.width,
            self.height,
            levels[self.levels],
            turns[self.rotate],
            language,
            self.lang is None,
            self.red == "1",
        )


Asked = Annotated[PictureQuery, Depends()]


def door_screen(deps: Wired, request: Request, site: str, space: str) -> Response:
    """What the screen at the door of a space shows. With an ETag: 304 as long as it is the same."""
    seen = door(deps, request, site, space)
    one = answers.space(seen.sign.spaces[0], seen.sign.zone, seen.seen_at[0])
    return _told(request, seen, answers.DoorScreen(**_frame(deps, seen).model_dump(), **one.model_dump()))


def site_screen(deps: Wired, request: Request, site: str) -> Response:
    """What the preview screen of a site shows: what is on, what begins next, what is free. With an ETag."""
    seen = preview(deps, request, site)
    zone, heard = seen.sign.zone, [at for at in seen.seen_at if at is not None]
    spaces = [answers.space(one, zone, at) for one, at in zip(seen.sign.spaces, seen.seen_at, strict=True)]
    return _told(
        request,
        seen,
        answers.SiteScreen(
            **_frame(deps, seen).model_dump(),
            as_of=to_rfc3339(max(heard), zone) if heard else None,
            stale=bool(spaces) and all(one.stale or one.as_of is None for one in spaces) and bool(heard),
            spaces=spaces,
        ),
    )


def door_picture(deps: Wired, request: Request, site: str, space: str, asked: Asked) -> Response:
    """The same as a PNG for e-paper. Its ETag stays until something changes: a panel then need not refresh."""
    return _painted(deps, request, door(deps, request, site, space), asked)


def site_picture(deps: Wired, request: Request, site: str, asked: Asked) -> Response:
    """The preview of a site as a PNG for e-paper."""
    seen = preview(deps, request, site)
    if not seen.sign.spaces:
        raise RefusalError("not-found", "no_spaces", site=site)
    return _painted(deps, request, seen, asked)


def space_code(deps: Wired, request: Request, site: str, space: str) -> Response:
    """The QR code at the door of a space, as SVG: it leads to the space's page for residents."""
    deps.catalogue.view().space(site, space)
    return _coded(request, f"{base_url(deps, request)}/r/{site}/{space}")


def site_code(deps: Wired, request: Request, site: str) -> Response:
    """The QR code of a site, as SVG: it leads to the residents' page."""
    expect_site(deps.live.agenda.plan(), site)
    return _coded(request, f"{base_url(deps, request)}/r/{site}")


def _frame(deps: Deps, seen: Seen) -> answers.ScreenFrame:
    real = deps.clock.real_seconds(1)
    return answers.frame(seen.sign, seen.now, 1 / real if real > 0 else 0, files_version())


def _told(request: Request, seen: Seen, answer: BaseModel) -> Response:
    content = answer.model_dump_json(exclude={"at"})
    etag = f'W/"{_digest(content)}"'  # weak: `at` moves on by itself
    headers = {CLOCK_HEADER: to_rfc3339(seen.now, seen.sign.zone), "ETag": etag, "Cache-Control": _PAGE_CACHE}
    if _has(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(answer.model_dump_json(), media_type="application/json", headers=headers)


def _painted(deps: Deps, request: Request, seen: Seen, asked: PictureQuery) -> Response:
    panel = asked.panel()
    try:
        faces = fonts.find(deps.settings.font)
    except fonts.FontMissingError as error:
        raise RefusalError("font", "no_font", reason=Kept(str(error))) from None
    shown_at, due_at = deps.stamps.shown(seen.sign, seen.now, first_shown(deps, seen))
    key = _digest(repr((VERSION, seen.sign, panel, faces, shown_at, due_at)))
    headers = {"ETag": f'"{key}"', "Cache-Control": _PICTURE_CACHE}
    if _has(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    painted = deps.easel.paint(key, seen.sign, panel, faces, shown_at, due_at)
    return Response(painted, media_type="image/png", headers=headers)


def _coded(request: Request, link: str) -> Response:
    svg = qr.svg(link)
    headers = {"ETag": f'"{_digest(svg)}"', "Cache-Control": _CODE_CACHE}
    if _has(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(svg, media_type="image/svg+xml", headers=headers)


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _has(request: Request, etag: str) -> bool:
    """Tell whether the caller has this already, by If-None-Match, which compares weakly."""
    named = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return "*" in named or etag.removeprefix("W/") in named
