"""People and programs that may come in, for admins: accounts with their roles and spaces, tokens with their scopes."""

from typing import Annotated, Self

from fastapi import Path as PathPart
from fastapi import Request
from pydantic import AfterValidator, BaseModel, Field, model_validator

from services.api import scopes
from services.api.auditing import note_about
from services.api.bodies import Body, space_of, zone_of
from services.api.deps import Deps, Wired
from services.api.identity import Caller
from services.api.moments import Moment
from services.api.problems import RefusalError
from services.api.session import first_zone
from services.catalogue.passwords import MIN_LENGTH, readable_password
from services.catalogue.people import Account, LastAdminError, Role, Token
from services.catalogue.principals import MAX_SPACES
from services.contracts.errors import ConflictError, FieldError, NotFoundError
from services.contracts.instants import to_millis, to_rfc3339
from services.contracts.names import Millis


def _nameable(text: str) -> str:
    if not text.isprintable() or "/" in text:
        raise FieldError("fault_nameable")
    return text


PersonName = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_nameable)]
InPath = Annotated[str, PathPart(min_length=1, max_length=64)]
Place = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}(/[a-z0-9][a-z0-9_-]{0,63})?$")]
Places = Annotated[tuple[Place, ...], Field(max_length=MAX_SPACES, description="site or site/space; none: everywhere")]
Scopes = Annotated[
    tuple[Annotated[str, Field(max_length=64)], ...],
    Field(max_length=100, description="such as bookings:read; none: all that the role may"),
]
Email = Annotated[str, Field(max_length=254, pattern=r"^$|^[^@\s]{1,64}@[^@\s]{1,189}$"), AfterValidator(_nameable)]
Secret = Annotated[str, Field(min_length=MIN_LENGTH, max_length=256)]
Speaks = Annotated[str, Field(pattern=r"^(zh|en)$")]


class NewPerson(Body):
    """The body of POST /people. Without a password one is made up and shown this once."""

    name: PersonName
    role: Role
    spaces: Places = ()
    language: Speaks = "zh"
    email: Email = ""
    password: Secret | None = None


class PersonChange(Body):
    """The body of PATCH /people/{name}: what is left out stays."""

    role: Role | None = None
    spaces: Places | None = None
    language: Speaks | None = None
    email: Email | None = None
    password: Secret | None = None
    reset_password: Annotated[bool, Field(description="make up a new password, shown this once")] = False

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if self.password is not None and self.reset_password:
            raise FieldError("fault_one_password")
        return self


class NewToken(Body):
    """The body of POST /tokens."""

    name: PersonName
    role: Role
    spaces: Places = ()
    scopes: Scopes = ()
    language: Speaks = "zh"
    expires: Annotated[Moment | None, Field(description="good until then; null: for ever")] = None


class Person(BaseModel):
    """A user, as admins see them."""

    name: str
    role: Role
    spaces: list[str]
    language: str
    email: str
    elsewhere: Annotated[bool, Field(description="signs in at the OpenID provider, which says the role")]
    signed_in_at: str | None


class PersonShown(Person):
    """A user just made or changed."""

    password: Annotated[str | None, Field(description="a new one that was made up; shown this once")] = None


class PersonList(BaseModel):
    """All users by name."""

    items: list[Person]
    next: None = None


class ProgramToken(BaseModel):
    """What is known of a token, never the token itself."""

    name: str
    role: Role
    spaces: list[str]
    scopes: list[str]
    language: str
    created_at: str | None
    created_by: str
    expires: str | None
    expired: bool
    used_at: Annotated[str | None, Field(description="last use, to the minute")]


class TokenShown(ProgramToken):
    """A token just issued."""

    token: Annotated[str, Field(description="shown this once")]


class TokenList(BaseModel):
    """All tokens by name, and what a token can be for."""

    items: list[ProgramToken]
    next: None = None
    scopes: Annotated[list[str], Field(description="every scope there is")]


def list_people(deps: Wired) -> PersonList:
    """All users, by name."""
    return PersonList(items=[_person(one, first_zone(deps)) for one in deps.people.accounts()])


def add_person(deps: Wired, body: NewPerson) -> PersonShown:
    """Add a user."""
    note_about(name=body.name)
    _expect_places(deps, body.role, body.spaces)
    password = body.password or readable_password()
    try:
        deps.people.add_user(body.name, password, body.role, body.language, spaces=body.spaces, email=body.email)
    except ConflictError:
        raise RefusalError("conflict", "person_taken", name=body.name) from None
    return _shown(deps, body.name, None if body.password else password)


def change_person(deps: Wired, body: PersonChange, name: InPath) -> PersonShown:
    """Change a user's role, spaces, language, e-mail address or password. A new password ends their sessions."""
    before = _account(deps, name)
    if before.issuer is not None and body.role not in (None, before.role):
        raise RefusalError("conflict", "role_from_elsewhere", name=name)
    if before.issuer is not None and (body.password or body.reset_password):
        raise RefusalError("conflict", "password_elsewhere", name=name)
    _expect_places(deps, body.role or before.role, before.spaces if body.spaces is None else body.spaces)
    try:
        deps.people.change_user(name, role=body.role, spaces=body.spaces, language=body.language, email=body.email)
    except LastAdminError:
        raise RefusalError("conflict", "last_admin", name=name) from None
    password = readable_password() if body.reset_password else body.password
    if password is not None:
        deps.people.set_password(name, password)
    return _shown(deps, name, password if body.reset_password else None)


def remove_person(deps: Wired, name: InPath) -> None:
    """Remove a user; their sessions end at once. What they did stays in the books."""
    _account(deps, name)
    try:
        deps.people.remove_user(name)
    except LastAdminError:
        raise RefusalError("conflict", "last_admin", name=name) from None


def list_tokens(deps: Wired, request: Request) -> TokenList:
    """All tokens by name: what they may, when they were last used, and when they end."""
    zone, now = first_zone(deps), deps.machine_clock.now()
    items = [_token(one, zone, now) for one in deps.people.tokens()]
    return TokenList(items=items, scopes=sorted(request.app.state.scopes))


def issue_token(deps: Wired, request: Request, caller: Caller, body: NewToken) -> TokenShown:
    """Issue a token for a program. It is shown this once."""
    note_about(name=body.name)
    scopes.expect_known(body.scopes, request.app.state.scopes)
    scopes.expect_within(body.scopes, caller.scopes)
    _expect_places(deps, body.role, body.spaces)
    now = deps.machine_clock.now()
    expires = None if body.expires is None else to_millis(body.expires)
    if expires is not None and expires <= now:
        raise RefusalError("invalid", "already_over")
    try:
        value = deps.people.issue_token(
            body.name,
            body.role,
            body.language,
            spaces=body.spaces,
            scopes=body.scopes,
            now=now,
            expires=expires,
            by=caller.name,
        )
    except ConflictError:
        raise RefusalError("conflict", "token_taken", name=body.name) from None
    [made] = [one for one in deps.people.tokens() if one.name == body.name]
    return TokenShown(**_token(made, first_zone(deps), now).model_dump(), token=value)


def revoke_token(deps: Wired, name: InPath) -> None:
    """Make a token worthless from now on."""
    try:
        deps.people.revoke_token(name)
    except NotFoundError:
        raise RefusalError("not-found", "no_such_token", name=name) from None


def _expect_places(deps: Deps, role: Role, places: tuple[str, ...]) -> None:
    """Refuse places that are not in the catalogue, and any for an admin. Raises RefusalError."""
    if places and role == "admin":
        raise RefusalError("invalid", "admin_everywhere")
    view = deps.catalogue.view()
    for place in places:
        site, slash, space = place.partition("/")
        if slash:
            space_of(view, site, space)
        else:
            zone_of(view, site)


def _account(deps: Deps, name: str) -> Account:
    for one in deps.people.accounts():
        if one.name == name:
            return one
    raise RefusalError("not-found", "no_such_person", name=name)


def _shown(deps: Deps, name: str, password: str | None) -> PersonShown:
    return PersonShown(**_person(_account(deps, name), first_zone(deps)).model_dump(), password=password)


def _person(one: Account, zone: str) -> Person:
    return Person(
        name=one.name,
        role=one.role,
        spaces=list(one.spaces),
        language=one.language,
        email=one.email,
        elsewhere=one.issuer is not None,
        signed_in_at=_instant(one.signed_in_at, zone),
    )


def _token(one: Token, zone: str, now: Millis) -> ProgramToken:
    return ProgramToken(
        name=one.name,
        role=one.role,
        spaces=list(one.spaces),
        scopes=list(one.scopes),
        language=one.language,
        created_at=_instant(one.created_at, zone),
        created_by=one.created_by,
        expires=_instant(one.expires, zone),
        expired=one.expires is not None and one.expires <= now,
        used_at=_instant(one.used_at, zone),
    )


def _instant(at: Millis | None, zone: str) -> str | None:
    return None if at is None else to_rfc3339(at, zone)
