"""`foldspace users …` and `tokens …`: who may come in, as an operator manages it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args

import click

from services.catalogue.people import Role
from services.cli.firstlogin import forget_first_password
from services.cli.records import Records, of_folder, open_records
from services.contracts.errors import InvalidError
from services.contracts.instants import to_rfc3339
from services.contracts.names import DAY, Millis
from services.kit.clock import WallClock
from services.kit.settings import Settings


def _records(settings: Settings, data: str | None) -> Records:
    return open_records(of_folder(settings, data), create=False)


def _role(text: str) -> Role:
    for role in get_args(Role):
        if role == text:
            known: Role = role
            return known
    raise InvalidError(f"role {text!r}: expected one of {', '.join(get_args(Role))}")


def list_users(settings: Settings, data: str | None) -> None:
    """Print the users, their roles and where they are in charge."""
    records = _records(settings, data)
    for user in records.people.accounts():
        where = ", ".join(user.spaces) or "everywhere"
        elsewhere = f"  signs in at {user.issuer}" if user.issuer else ""
        click.echo(f"{user.name:<24} {user.role:<10} {where}{elsewhere}".rstrip())
    records.close()


def add_user(
    settings: Settings,
    data: str | None,
    name: str,
    role: str,
    password: str,
    *,
    spaces: Sequence[str] = (),
    language: str = "zh",
    email: str = "",
) -> None:
    """Add a staff user."""
    chosen = _role(role)
    records = _records(settings, data)
    try:
        _expect_places(records, spaces)
        records.people.add_user(name, password, chosen, language, spaces=spaces, email=email)
    finally:
        records.close()
    click.echo(f"{name} may sign in as {role}")


def change_user(
    settings: Settings,
    data: str | None,
    name: str,
    *,
    role: str | None,
    spaces: Sequence[str],
    everywhere: bool,
    language: str | None,
    email: str | None,
) -> None:
    """Change a user; what is not given stays."""
    chosen = None if role is None else _role(role)
    if spaces and everywhere:
        raise InvalidError("expected --space or --everywhere, not both")
    records = _records(settings, data)
    try:
        _expect_places(records, spaces)
        places = spaces or (() if everywhere or chosen == "admin" else None)
        user = records.people.change_user(name, role=chosen, spaces=places, language=language, email=email)
    finally:
        records.close()
    click.echo(f"{user.name} is {user.role}, {', '.join(user.spaces) or 'everywhere'}")


def remove_user(settings: Settings, data: str | None, name: str) -> None:
    """Remove a user; their sessions end."""
    records = _records(settings, data)
    try:
        records.people.remove_user(name)
    finally:
        records.close()
    click.echo(f"{name} is removed")


def set_password(settings: Settings, data: str | None, name: str, password: str) -> None:
    """Change a password; the user's sessions end."""
    records = _records(settings, data)
    try:
        records.people.set_password(name, password)
    finally:
        records.close()
    forget_first_password(of_folder(settings, data).data_dir, name)
    click.echo(f"{name} has a new password")


def list_tokens(settings: Settings, data: str | None) -> None:
    """Print who has tokens, what they are for and when they were last used; never a token."""
    records, now = _records(settings, data), WallClock().now()
    for one in records.people.tokens():
        ends = "" if one.expires is None else f"  {'ended' if one.expires <= now else 'ends'} {_stamp(one.expires)}"
        used = "never used" if one.used_at is None else f"used {_stamp(one.used_at)}"
        where, what = ", ".join(one.spaces) or "everywhere", ", ".join(one.scopes) or "all its role may"
        click.echo(f"{one.name:<24} {one.role:<10} {where}; {what}; {used}{ends}")
    records.close()


def issue_token(
    settings: Settings,
    data: str | None,
    name: str,
    role: str,
    *,
    spaces: Sequence[str],
    scopes: Sequence[str],
    days: int | None,
) -> None:
    """Print a new token, this once."""
    from services.api.routes import SCOPES  # the web framework is needed for this command alone

    chosen = _role(role)
    for one in scopes:
        if one not in SCOPES:
            raise InvalidError(f"scope {one!r}: expected one of {', '.join(sorted(SCOPES))}")
    records, now = _records(settings, data), WallClock().now()
    try:
        _expect_places(records, spaces)
        expires = None if days is None else now + days * DAY
        value = records.people.issue_token(name, chosen, spaces=spaces, scopes=scopes, now=now, expires=expires)
    finally:
        records.close()
    click.echo(value)
    click.echo("Write this down: it is not kept and cannot be shown again.", err=True)


def revoke_token(settings: Settings, data: str | None, name: str) -> None:
    """Make a token worthless."""
    records = _records(settings, data)
    try:
        records.people.revoke_token(name)
    finally:
        records.close()
    click.echo(f"the token {name} is worthless now")


def _expect_places(records: Records, places: Sequence[str]) -> None:
    """Raise InvalidError for a form that is no place, NotFoundError for one that is not in the catalogue."""
    for place in places:
        site, slash, space = place.partition("/")
        if slash:
            records.catalogue.space(site, space)
        else:
            records.catalogue.zone(site)


def _stamp(at: Millis) -> str:
    return datetime.fromisoformat(to_rfc3339(at)).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
