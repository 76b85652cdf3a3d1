"""Passkeys of residents: signing up and in with one alone, adding one, removing one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import Field

from services.api import present
from services.api.bodies import Body
from services.api.comings import note_joined, note_resident
from services.api.deps import Deps, Wired
from services.api.identity import Me
from services.api.language import Lang
from services.api.problems import RefusalError
from services.api.residentaccount import account
from services.api.residentcookies import address_of, device_of, open_session, public_url
from services.kit.logs import logger
from services.residents import passkeys
from services.residents.handles import new_handle
from services.residents.passkeys import PasskeyError, Place
from services.residents.records import Passkey

_NEW = "new"
"""Whose a challenge is that a stranger's new passkey signs."""
_MOST = 10

log = logger("api")


class NamedOnly(Body):
    """The body of POST /me/passkeys/sign-up-options: a name is welcome and may be left out."""

    name: Annotated[str, Field(max_length=40)] = ""


class Answer(Body):
    """What the browser answers, in WebAuthn's JSON form."""

    answer: Annotated[dict[str, Any], Field(max_length=12)]


class FirstAnswer(Answer):
    """The same, with the name of who signs up."""

    name: Annotated[str, Field(max_length=40)] = ""


def sign_up_options(deps: Wired, request: Request, body: NamedOnly) -> present.Json:
    """What to ask the browser for who has no account: a new passkey."""
    place = _entering(deps, request)
    challenge = _challenge(deps, _NEW)
    # The browser files the passkey under a handle of its own making; ours is drawn when it comes back.
    return {"options": passkeys.registration(place, new_handle(), _printable(body.name), challenge, ())}


def sign_up(deps: Wired, request: Request, response: Response, lang: Lang, body: FirstAnswer) -> present.Json:
    """Become a resident with a passkey alone, without a number, and without a name if one likes."""
    place, now = _entering(deps, request), deps.machine_clock.now()
    new = _registered(deps, place, body.answer, _NEW)
    if deps.residents.passkey(new.id) is not None:
        raise RefusalError("conflict", "passkey_known")
    resident, code = deps.residents.add(_printable(body.name), None, lang, now)
    note_joined(deps, "/me/passkeys/sign-up", resident.handle)
    _keep(deps, request, resident.handle, new)
    open_session(deps, request, response, resident.handle)
    return {**account(deps, resident, None), "code": code}


def sign_in_options(deps: Wired, request: Request) -> present.Json:
    """What to ask the browser for who comes back: any passkey of this place."""
    return {"options": passkeys.authentication(_entering(deps, request), _challenge(deps, ""))}


def sign_in(deps: Wired, request: Request, response: Response, body: Answer) -> present.Json:
    """Come back with a passkey."""
    place, now = _entering(deps, request), deps.machine_clock.now()
    with _true():
        challenge = passkeys.challenge_in(body.answer)
    id = body.answer.get("id")
    known = deps.residents.passkey(id) if isinstance(id, str) and id.isascii() and id.isprintable() else None
    if not deps.residents.redeem(challenge, "", now) or known is None:
        raise _unknown()
    with _true():
        count = passkeys.authenticated(place, body.answer, challenge, known.public_key, known.sign_count)
    deps.residents.passkey_used(known.id, count)
    note_resident(deps, "signed_in", known.handle, "passkey")
    open_session(deps, request, response, known.handle)
    return {**account(deps, deps.residents.resident(known.handle), None), "code": None}


def add_options(deps: Wired, request: Request, me: Me) -> present.Json:
    """What to ask the browser for who is signed in: one more passkey."""
    place, handle = _place(deps, request), me.resident.handle
    known = [one.id for one in deps.residents.passkeys(handle)]
    if len(known) >= _MOST:
        raise RefusalError("conflict", "enough_passkeys", most=_MOST)
    challenge = _challenge(deps, handle)
    return {"options": passkeys.registration(place, handle, me.resident.name, challenge, known)}


def add(deps: Wired, request: Request, me: Me, body: Answer) -> present.Json:
    """Keep one more passkey."""
    place, handle = _place(deps, request), me.resident.handle
    new = _registered(deps, place, body.answer, handle)
    if len(deps.residents.passkeys(handle)) >= _MOST:
        raise RefusalError("conflict", "enough_passkeys", most=_MOST)
    _keep(deps, request, handle, new)
    return account(deps, me.resident, me.session)


def remove(deps: Wired, me: Me, id: str) -> None:
    """Forget a passkey."""
    deps.residents.remove_passkey(me.resident.handle, id if id.isascii() and id.isprintable() else "")


def _entering(deps: Deps, request: Request) -> Place:
    deps.turnstile.take({"passkey_address": address_of(request)}, deps.machine_clock.now())
    return _place(deps, request)


def _place(deps: Deps, request: Request) -> Place:
    try:
        return Place.of(public_url(deps, request))
    except PasskeyError:
        raise RefusalError("conflict", "passkeys_not_here") from None


def _challenge(deps: Deps, whose: str) -> bytes:
    challenge = passkeys.new_challenge()
    deps.residents.challenge(challenge, whose, deps.machine_clock.now())
    return challenge


def _registered(deps: Deps, place: Place, answer: dict[str, Any], whose: str) -> passkeys.Registered:
    with _true():
        challenge = passkeys.challenge_in(answer)
        if not deps.residents.redeem(challenge, whose, deps.machine_clock.now()):
            raise _unknown()
        return passkeys.registered(place, answer, challenge)


@contextmanager
def _true() -> Iterator[None]:
    """Refuse a browser's answer that is not true without saying to strangers what of it is not."""
    try:
        yield
    except PasskeyError as error:
        log.warning("passkey_refused", reason=str(error))
        raise _unknown() from None


def _unknown() -> RefusalError:
    return RefusalError("unauthenticated", "passkey_unknown", {"WWW-Authenticate": 'Bearer realm="foldspace"'})


def _keep(deps: Deps, request: Request, handle: str, new: passkeys.Registered) -> None:
    deps.residents.add_passkey(
        Passkey(new.id, handle, new.public_key, new.sign_count, device_of(request), deps.machine_clock.now())
    )


def _printable(name: str) -> str:
    if not name.isprintable():
        raise RefusalError("invalid", "name_unprintable")
    return name
