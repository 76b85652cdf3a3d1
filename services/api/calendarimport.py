"""Importing somebody's calendar: a try that shows what would be booked, and the import itself."""

from typing import Annotated, Any, Literal

from fastapi import Body, Query
from pydantic import AfterValidator, BaseModel, Field

from services.api import present
from services.api.bodies import Line, People, printable, space_of, usual_function
from services.api.calendars import MEDIA
from services.api.deps import Wired
from services.api.identity import Caller, actor, expect_in_charge
from services.api.language import Lang
from services.api.problems import RefusalError
from services.calendars.importer import Imported
from services.calendars.importing import Step, Wish
from services.calendars.reading import CalendarFileError
from services.contracts.names import Name
from services.contracts.texts import text

MAX_BYTES = 1024 * 1024
"""A calendar of two thousand events; without pictures, which nobody wants here, none is larger."""


class ImportedEvent(BaseModel):
    """What becomes of one occurrence of an event."""

    uid: str
    day: Annotated[str | None, Field(description="local day that names it in its series")]
    title: str
    start: str | None
    end: str | None
    action: Literal["book", "move", "cancel", "keep", "skip", "refuse"]
    rounded: Annotated[bool, Field(description="it was not on the grid and reaches a little further here")]
    booking: str
    why: str | None


class ImportShown(BaseModel):
    """What an import did, or would do."""

    dry_run: bool
    done: Annotated[bool, Field(description="whether anything was written")]
    outside: Annotated[int, Field(description="events that lie before today or too far ahead")]
    counts: dict[str, int]
    items: list[ImportedEvent]
    next: str | None


def import_calendar(
    deps: Wired,
    caller: Caller,
    lang: Lang,
    body: Annotated[bytes, Body(media_type=MEDIA, description="an iCalendar file of at most 1 MiB")],
    site: Annotated[Name, Query()],
    space: Annotated[Name, Query()],
    group: Annotated[Line, Query(description="for whom it is booked")],
    people: Annotated[People, Query()] = 1,
    function: Annotated[
        str, Query(max_length=64, description="default: what the group mostly does"), AfterValidator(printable)
    ] = "",
    dry_run: Annotated[bool, Query(description="only say what would be booked")] = False,
    all_or_nothing: Annotated[bool, Query(description="book nothing unless all of it can be had")] = True,
    titles: Annotated[bool, Query(description="take the events' titles; else each is called like the group")] = True,
) -> present.Json:
    """Book the events of a calendar in a space. The same calendar once more books nothing twice.

    What was moved or cancelled there is moved or cancelled here; what was changed here since stays. Times off the grid
    are rounded outwards; events of whole days, and those shown as free, take no space.
    """
    view = deps.catalogue.view()
    found = space_of(view, site, space)
    expect_in_charge(deps, caller, site, space)
    wish = Wish(site, space, group, people, function or usual_function(view, found, group), titles)
    try:
        done = deps.importer.run(
            body, wish, view.availability, actor(caller), deps.clock.now(), dry_run=dry_run, whole=all_or_nothing
        )
    except CalendarFileError as error:
        raise RefusalError("file", error.key, **error.params) from None
    if done.done:
        deps.live.agenda.changed()
    return _shown(done, view.zone(site), lang, dry_run=dry_run)


def _shown(done: Imported, zone: str, language: str, *, dry_run: bool) -> dict[str, Any]:
    actions = [step.action for step in done.steps]
    return {
        "dry_run": dry_run,
        "done": done.done,
        "outside": done.outside,
        "counts": {action: actions.count(action) for action in ("book", "move", "cancel", "keep", "skip", "refuse")},
        **present.page([_step(step, zone, language) for step in done.steps], None),
    }


def _step(step: Step, zone: str, language: str) -> dict[str, Any]:
    timed = step.occurrence.end > 0
    return {
        "uid": step.occurrence.uid[:200],
        "day": step.occurrence.day or None,
        "title": step.occurrence.title[:200],
        "start": present.instant(step.start, zone) if timed else None,
        "end": present.instant(step.end, zone) if timed else None,
        "action": step.action,
        "rounded": step.rounded and timed,
        "booking": step.booking,
        "why": None if step.why is None else text(step.why, language, step.params),
    }
