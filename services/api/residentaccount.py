"""A resident's own account: signing up and in, what is kept of them, and forgetting it."""

from collections.abc import Hashable
from typing import Annotated, Literal

from fastapi import Request, Response
from pydantic import Field

from services.api import forgetting, present, residentcalendar, residentlimits
from services.api.bodies import Body, Line
from services.api.comings import note_joined, note_resident
from services.api.deps import Deps, Wired
from services.api.identity import Me, resident_of
from services.api.language import Lang
from services.api.problems import RefusalError
from services.api.residentcookies import address_of, close_session, open_session, renew
from services.api.residenttelling import told
from services.contracts.instants import to_rfc3339
from services.contracts.names import Millis, is_handle
from services.residents import phones
from services.residents.records import Resident

PersonName = Annotated[Line, Field(max_length=40, description="how staff address them; shown nowhere else")]
Phone = Annotated[str, Field(min_length=5, max_length=32, description="in any form; without a country: +86")]
_SEARCHED = 10_000
"""So many of their own records at most are handed out; nobody has as many."""


class NewResident(Body):
    """The body of POST /me: a name and a phone number."""

    name: PersonName
    phone: Phone


class ResidentSignIn(Body):
    """The body of POST /me/session: the number, or a handle, and the code."""

    who: Annotated[str, Field(min_length=5, max_length=32, description="phone number, or the handle of who has none")]
    code: Annotated[str, Field(min_length=4, max_length=32)]


class ChangedResident(Body):
    """The body of PATCH /me; what it leaves out stays. An empty phone is forgotten."""

    name: Annotated[str | None, Field(max_length=40)] = None
    phone: Annotated[str | None, Field(max_length=32)] = None
    language: Literal["zh", "en"] | None = None


def sign_up(deps: Wired, request: Request, response: Response, lang: Lang, body: NewResident) -> present.Json:
    """Become a resident on this device.

    A number that somebody else has given is taken all the same: nobody learns by signing up who else is here.
    """
    now, phone = deps.machine_clock.now(), _phone(body.phone)
    deps.turnstile.take({"sign_up_address": address_of(request), "sign_up_phone": phone}, now)
    resident, code = deps.residents.add(body.name, phone, lang, now)
    note_joined(deps, "/me", resident.handle)
    open_session(deps, request, response, resident.handle)
    return {**account(deps, resident, None), "code": code}


def sign_in(deps: Wired, request: Request, response: Response, body: ResidentSignIn) -> present.Json:
    """Come back on another device."""
    now, typed = deps.machine_clock.now(), body.who.strip().upper()
    who = typed if is_handle(typed) else phones.normalised(body.who) or "nobody"
    keys: dict[str, Hashable] = {"sign_in_address": address_of(request), "sign_in_who": who}
    deps.turnstile.expect(keys, now)
    found = deps.residents.by_code(who, body.code, now)
    if found is None:
        deps.turnstile.count(keys, now)
        raise RefusalError("unauthenticated", "wrong_resident_code", {"WWW-Authenticate": 'Bearer realm="foldspace"'})
    resident, code = found
    deps.turnstile.clear("sign_in_who", who)
    note_resident(deps, "signed_in", resident.handle, "code")
    open_session(deps, request, response, resident.handle)
    return {**account(deps, resident, None), "code": code}


def sign_out(deps: Wired, request: Request, response: Response) -> None:
    """Sign this device out; without a session there is nothing to end."""
    who = resident_of(deps, request)
    if who is not None:
        note_resident(deps, "signed_out", who.resident.handle)
    close_session(deps, request, response)


def show(deps: Wired, request: Request, response: Response, me: Me) -> present.Json:
    """All that is kept of the resident."""
    renew(deps, request, response)
    return account(deps, me.resident, me.session)


def change(deps: Wired, me: Me, body: ChangedResident) -> present.Json:
    """Correct name, number or language. A new number comes with a new code."""
    before = me.resident
    name = before.name if body.name is None else body.name
    if not name.isprintable():
        raise RefusalError("invalid", "name_unprintable")
    phone = before.phone if body.phone is None else _phone(body.phone) if body.phone else None
    now = deps.machine_clock.now()
    if phone is not None and phone != before.phone:
        deps.turnstile.take({"sign_up_phone": phone}, now)
    changed, code = deps.residents.change(before.handle, name, phone, body.language or before.language, now)
    if changed.language != before.language:
        deps.feeds.speak(before.handle, changed.language)
    return {**account(deps, changed, me.session), "code": code}


def renew_code(deps: Wired, me: Me) -> present.Json:
    """A new code to sign in on another device; the old one is worth nothing from now on."""
    return {"code": deps.residents.new_code(me.resident.handle, deps.machine_clock.now()), "until": None}


def end_session(deps: Wired, me: Me, id: str) -> None:
    """Sign another device out."""
    deps.residents.end_session(me.resident.handle, id if id.isascii() and id.isalnum() else "")


def forget_me(deps: Wired, request: Request, response: Response, me: Me) -> None:
    """Forget the person: wishes are withdrawn, bookings given back, name and number gone at once."""
    forgetting.forget(deps, me.resident.handle)
    close_session(deps, request, response)


def data(deps: Wired, me: Me, lang: Lang) -> present.Json:
    """Everything there is about the resident, to take away."""
    handle, view, found = me.resident.handle, deps.catalogue.view(), deps.bookings
    return {
        "account": account(deps, me.resident, me.session),
        "bookings": [
            present.booking(one, present.shown_zone(view, one.site), with_code=True)
            for one in found.bookings(group=handle, limit=_SEARCHED)
        ],
        "requests": [
            present.request(one, present.shown_zone(view, one.site))
            for one in found.requests(group=handle, limit=_SEARCHED)
        ],
        "offers": [
            present.offer(one, present.shown_zone(view, one.site), with_code=True)
            for one in found.offers(group=handle, limit=_SEARCHED)
        ],
        "decisions": [told(one, view, lang) for one in found.decisions_about(handle, _SEARCHED)],
    }


def account(deps: Deps, resident: Resident, session: str | None) -> present.Json:
    """Return what is kept of a resident, as they see it; `session` is the one they ask from."""
    now, zone = deps.machine_clock.now(), _zone(deps)
    return {
        "handle": resident.handle,
        "name": resident.name,
        "phone": resident.phone,
        "language": resident.language,
        "since": _day(resident.created_at, zone),
        "sessions": [
            {
                "id": one.id,
                "device": one.device,
                "since": _day(one.created_at, zone),
                "seen": _day(one.seen_at, zone),
                "this": one.id == session,
            }
            for one in deps.residents.sessions(resident.handle, now)
        ],
        "passkeys": [
            {"id": one.id, "device": one.device, "since": _day(one.created_at, zone)}
            for one in deps.residents.passkeys(resident.handle)
        ],
        "calendars": residentcalendar.mine(deps, resident.handle),
        "limits": {
            "wishes": residentlimits.WISHES,
            "bookings": residentlimits.BOOKINGS,
            "minutes": residentlimits.MINUTES,
            "days": residentlimits.DAYS,
        },
    }


def _phone(typed: str) -> str:
    phone = phones.normalised(typed)
    if phone is None:
        raise RefusalError("invalid", "phone_wrong")
    return phone


def _day(at: Millis, zone: str) -> str:
    return to_rfc3339(at, zone)[:10]


def _zone(deps: Deps) -> str:
    sites = deps.catalogue.view().community.sites
    return sites[0].timezone if sites else "UTC"
