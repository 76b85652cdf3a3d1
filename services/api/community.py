"""The community as a whole: read, written out as its file, and laid over by another after a look at what changes."""

import tomllib
from typing import Annotated, Any

from fastapi import Body, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field, ValidationError

from services.api import present
from services.api.deps import Deps, Wired
from services.api.editing import shown, tag
from services.api.entrybodies import ShownPolicy
from services.api.identity import Caller, actor
from services.api.knobs import shown_policy
from services.api.language import Lang
from services.api.places import why_awaited
from services.api.problems import RefusalError
from services.api.terms import stop_standing
from services.catalogue.communityfile import to_toml
from services.catalogue.difference import TABLES, Difference, difference
from services.catalogue.merge import MisfitError, merge
from services.catalogue.people import Principal
from services.contracts.community import (
    Changeover,
    Community,
    Device,
    Group,
    Holiday,
    Site,
    Space,
    Standing,
    Supply,
)
from services.contracts.communityfaults import Fault, faults
from services.contracts.errors import FoldspaceError
from services.contracts.retelling import fault_said, told
from services.contracts.texts import text
from services.kit.logs import logger

MOST_BYTES = 4 * 1024 * 1024
"""A town of ten thousand devices is 1.5 MiB."""
_SHOWN = 500

log = logger("api")


class WholeCommunity(BaseModel):
    """The whole catalogue at one version."""

    version: int
    sites: list[Site]
    spaces: list[Space]
    groups: list[Group]
    devices: list[Device]
    supply: list[Supply]
    holidays: list[Holiday]
    changeover: list[Changeover]
    standing: list[Standing]
    policy: ShownPolicy


class FileFault(BaseModel):
    """Something in the file that cannot be meant."""

    where: Annotated[str, Field(description="table, entry from 0 and field, as in spaces.3.capacity")]
    entry: Annotated[str | None, Field(description="the id of that entry")]
    what: str


class FieldChange(BaseModel):
    """A field that says something else."""

    field: str
    before: Any
    after: Any


class EntryChange(BaseModel):
    """An entry that comes, changes or goes."""

    table: str
    entry: str
    what: Annotated[str, Field(pattern="^(added|changed|removed)$")]
    fields: list[FieldChange]


class Imported(BaseModel):
    """What an import changes, or would change."""

    applied: bool
    replace: bool
    version: int
    faults: list[FileFault]
    changes: list[EntryChange]
    more: Annotated[int, Field(description="so many more changes than are listed")]
    trouble: Annotated[str | None, Field(description="what is left to do at the broker")]


class DevicesBroker(BaseModel):
    """Where devices reach the broker."""

    host: Annotated[str | None, Field(description="null: where the pages are")]
    port: int | None
    tls: bool
    only_here: Annotated[bool, Field(description="reached from this very machine alone")]


def whole(deps: Wired, response: Response) -> present.Json:
    """The whole catalogue, as a community file has it."""
    view = deps.catalogue.view()
    tag(response, view.version)
    tables = {table: [shown(entry) for entry in getattr(view.community, table)] for table in TABLES}
    return {"version": view.version, **tables, "policy": shown_policy(view.community.policy)}


def file(deps: Wired) -> Response:
    """The catalogue as a community file (TOML) that can be imported again."""
    headers = {"Content-Disposition": 'attachment; filename="community.toml"'}
    content = to_toml(deps.catalogue.view().community)
    return PlainTextResponse(content, media_type="application/toml; charset=utf-8", headers=headers)


def load(
    deps: Wired,
    caller: Caller,
    response: Response,
    lang: Lang,
    body: Annotated[str, Body(media_type="application/toml", max_length=MOST_BYTES, description="a community file")],
    dry_run: Annotated[bool, Query(description="only tell what would change")] = False,
    replace: Annotated[bool, Query(description="what the file does not name goes")] = False,
) -> present.Json:
    """Lay a community file over the catalogue; entries that it does not name stay, unless it replaces them."""
    view = deps.catalogue.view()
    community, found = _read(deps, body, lang)
    changes: list[Difference] = []
    if community is not None:
        try:
            after = community if replace else merge(view.community, community)
            changes = list(difference(view.community, after))
            found += _kept(deps, changes, lang)
        except MisfitError as error:
            found += [_told(fault, error.community, lang) for fault in error.faults]
    if found and not dry_run:
        raise RefusalError(
            "invalid", "import_faults", count=len(found), first=_line(found[0]), more={"faults": found[:_SHOWN]}
        )
    applied, version, trouble = False, view.version, None
    if community is not None and not dry_run:
        done = deps.catalogue_store.edit(
            lambda before: community if replace else merge(before, community), "catalogue with these entries"
        )
        changes, version, applied = list(done.differences), done.version, True
        deps.live.agenda.changed()
        trouble = _follow(deps, caller, changes)
        log.info("community_imported_by", replace=replace, entries=len(changes), by=actor(caller))
    tag(response, version)
    return {
        "applied": applied,
        "replace": replace,
        "version": version,
        "faults": found[:_SHOWN],
        "changes": [_shown(one) for one in changes[:_SHOWN]],
        "more": max(0, len(changes) - _SHOWN),
        "trouble": present.trouble(trouble, lang),
    }


def broker(deps: Wired) -> present.Json:
    """Where devices reach the broker, for whoever sets one up."""
    known = deps.settings.devices_at
    if known is None:
        return {"host": None, "port": None, "tls": False, "only_here": False}
    host, port, tls = known
    only_here = host in ("127.0.0.1", "::1", "localhost")
    return {"host": host or None, "port": port, "tls": tls, "only_here": only_here}


def _read(deps: Deps, body: str, lang: str) -> tuple[Community | None, list[present.Json]]:
    """Return the community of a file, or None with everything that is wrong with it."""
    try:
        raw = tomllib.loads(body)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, [{"where": "", "entry": None, "what": f"TOML: {told(str(error), lang)}"}]
    try:
        community = Community.model_validate(raw)
    except ValidationError as error:
        return None, [
            {
                "where": ".".join(str(part) for part in fault["loc"]),
                "entry": _entry_of(raw, fault["loc"]),
                "what": fault_said(fault, lang),
            }
            for fault in error.errors()
        ]
    found = [_told(fault, community, lang) for fault in (*faults(community), *deps.codec_faults(community))]
    return (None if found else community), found


def _told(fault: Fault, community: Community, lang: str) -> present.Json:
    entries = getattr(community, fault.table, ())
    entry = None
    if fault.index is not None and fault.index < len(entries):
        entry = getattr(entries[fault.index], "id", None)
    return {"where": fault.place, "entry": entry, "what": fault.sentence(lang)}


def _entry_of(raw: dict[str, Any], place: tuple[int | str, ...]) -> str | None:
    try:
        found = raw[str(place[0])][int(place[1])]["id"]
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return str(found)


def _kept(deps: Deps, changes: list[Difference], lang: str) -> list[present.Json]:
    """Return why spaces that would go have to stay: somebody has booked them."""
    found = []
    for one in changes:
        if one.table == "spaces" and one.what == "removed":
            site, _, space = one.key.partition("/")
            why = why_awaited(deps, site, space)
            if why is not None:
                what = text(f"problems.{why.key}", lang, why.params)
                found.append({"where": "spaces", "entry": one.key, "what": what})
    return found


def _follow(deps: Deps, caller: Principal, changes: list[Difference]) -> str | None:
    """Let credentials, broker and series follow an import; return what is left to do at the broker."""
    trouble: str | None = None
    for one in changes:
        if one.table == "standing" and one.what == "removed":
            stop_standing(deps, caller, *one.key.split("/"))
        if one.table == "devices" and one.what == "removed":
            site, _, device = one.key.partition("/")
            try:
                trouble = deps.enrolment.forget(site, device) or trouble
            except FoldspaceError as error:
                trouble = str(error)
    if any(one.table == "devices" for one in changes):
        trouble = deps.enrolment.follow("import", trouble).trouble
    return trouble


def _shown(one: Difference) -> present.Json:
    fields = [{"field": name, "before": _json(old), "after": _json(new)} for name, (old, new) in one.fields.items()]
    return {"table": one.table, "entry": one.key, "what": one.what, "fields": fields}


def _json(value: Any) -> Any:
    return None if value == float("inf") else value


def _line(fault: present.Json) -> str:
    return f"{fault['where']}: {fault['what']}" if fault["where"] else str(fault["what"])
