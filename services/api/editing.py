"""How the catalogue is changed over HTTP: seen at which version, and refused in words beside the field at fault."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from services.api.auditing import note_place
from services.api.deps import Deps
from services.api.entrybodies import NewGroup, NewSpace, NewStanding
from services.api.identity import actor
from services.api.present import Json
from services.api.problems import RefusalError
from services.catalogue.difference import name_of
from services.catalogue.editing import Edit, adding, changing
from services.catalogue.merge import AnyEntry, MisfitError
from services.catalogue.openings import WhyNot
from services.catalogue.people import Principal
from services.catalogue.store import Edited
from services.contracts.community import Group, Space, Standing
from services.contracts.errors import StaleError
from services.kit.logs import logger

Entry = TypeVar("Entry", bound=BaseModel)

log = logger("api")


def _seen(
    if_match: Annotated[str | None, Header(max_length=64, description='the ETag that was read, such as "17"')] = None,
) -> int | None:
    """Return the version the caller has seen; None: whatever it is now."""
    if if_match is None or if_match.strip() == "*":
        return None
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise RefusalError("invalid", "if_match")
    return int(digits)


Seen = Annotated[int | None, Depends(_seen)]


def tag(response: Response, version: int) -> None:
    """Say at which version the answer is; If-Match takes it back."""
    response.headers["ETag"] = f'"{version}"'


def shown(entry: BaseModel) -> Json:
    """Return an entry as JSON, by the names that a community file has."""
    return entry.model_dump(mode="json", by_alias=True)


def patched(entry: Entry, body: BaseModel) -> Entry:
    """Return an entry with what the body says of it. Raises RequestValidationError for what cannot be meant."""
    said = {**entry.model_dump(), **body.model_dump(exclude_unset=True)}
    return meant(type(entry), said)


def meant(model: type[Entry], said: dict[str, Any]) -> Entry:
    """Return an entry of checked fields. Raises RequestValidationError for what they cannot mean together."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None


def change(
    deps: Deps, response: Response, caller: Principal, edit: Edit, table: str, key: str, seen: int | None = None
) -> Edited:
    """Make one change of the catalogue and answer its version.

    Raises RefusalError, naming the fields at fault, where it does not fit together or somebody else was first.
    """
    try:
        done = deps.catalogue_store.edit(edit, f"{table} {key}".strip(), (table, key), seen)
    except StaleError:
        raise RefusalError("stale", "stale") from None
    except MisfitError as error:
        raise misfit(error, table, key) from None
    deps.live.agenda.changed()
    tag(response, done.version)
    changed = {name: None for one in done.differences for name in one.fields}
    log.info("catalogue_changed_by", table=table, key=key, fields=list(changed), by=actor(caller))
    return done


def add(
    deps: Deps,
    response: Response,
    caller: Principal,
    table: str,
    model: type[Space] | type[Group] | type[Standing],
    body: NewSpace | NewGroup | NewStanding,
) -> Json:
    """Add what a body says to a site and return it as JSON."""
    note_place(body.site, None)
    entry = meant(model, body.model_dump())
    change(deps, response, caller, adding(table, entry), table, f"{entry.site}/{entry.id}")
    return shown(entry)


def patch(
    deps: Deps,
    response: Response,
    caller: Principal,
    table: str,
    key: tuple[str, str] | str,
    seen: int | None,
    to: Callable[[AnyEntry], AnyEntry],
) -> Json:
    """Put what `to` makes of an entry in its place and return it as JSON."""
    made: list[AnyEntry] = []

    def keep(entry: AnyEntry) -> AnyEntry:
        made[:] = [to(entry)]
        return made[0]

    name = key if isinstance(key, str) else "/".join(key)
    change(deps, response, caller, changing(table, key, keep), table, name, seen)
    return shown(made[0])


def misfit(error: MisfitError, table: str, key: str) -> RefusalError:
    """Return the refusal of a change: of faults in the entry itself its fields are named, of others the entry."""
    own = [fault for fault in error.faults if fault.table == table and _key_at(error, fault.table, fault.index) == key]
    if own:
        fields = [{"field": fault.field or "body", "message": fault} for fault in own]
        return RefusalError("invalid", "does_not_fit_here", what=own[0], more={"errors": fields})
    first = error.faults[0]
    place = f"{first.table} {_key_at(error, first.table, first.index)}".strip()
    return RefusalError("invalid", "does_not_fit", place=place, what=first)


def refuse(why: WhyNot | None) -> None:
    """Raise RefusalError if there is a reason why not."""
    if why is not None:
        raise RefusalError("conflict", why.key, **why.params)


def _key_at(error: MisfitError, table: str, index: int | None) -> str:
    if index is None:
        return ""
    name = name_of(getattr(error.community, table)[index])
    return name.partition(" ")[0].partition("/")[0] if table == "changeover" else name
