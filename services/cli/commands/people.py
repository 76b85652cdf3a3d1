"""Commands that let people and programs in: users and tokens."""

import click

from services.cli.commands.arguments import ask_password
from services.kit import settings

_SPACE = click.option("--space", "spaces", multiple=True, help="SITE or SITE/SPACE; several times for several.")


@click.group()
def users() -> None:
    """Manage staff users."""


@users.command("list")
@click.option("--data", default=None)
def users_list(data: str | None) -> None:
    """List the users, their roles and where they are in charge."""
    from services.cli.people import list_users

    list_users(settings.load(), data)


@users.command("add")
@click.argument("name")
@click.option("--role", required=True)
@_SPACE
@click.option("--language", default="zh", show_default=True, help="zh or en.")
@click.option("--email", default="")
@click.option("--password", default=None, help="Default: asked for, or the first line of standard input.")
@click.option("--data", default=None)
def users_add(
    name: str, role: str, spaces: tuple[str, ...], language: str, email: str, password: str | None, data: str | None
) -> None:
    """Add a user with a role: viewer, steward, scheduler, partner or admin; without --space in charge everywhere."""
    from services.cli.people import add_user

    add_user(settings.load(), data, name, role, ask_password(password), spaces=spaces, language=language, email=email)


@users.command("change")
@click.argument("name")
@click.option("--role", default=None)
@_SPACE
@click.option("--everywhere", is_flag=True, help="In charge of every space again.")
@click.option("--language", default=None, help="zh or en.")
@click.option("--email", default=None)
@click.option("--data", default=None)
def users_change(
    name: str,
    role: str | None,
    spaces: tuple[str, ...],
    everywhere: bool,
    language: str | None,
    email: str | None,
    data: str | None,
) -> None:
    """Change a user's role, spaces, language or e-mail address; what is not given stays."""
    from services.cli.people import change_user

    change_user(
        settings.load(),
        data,
        name,
        role=role,
        spaces=spaces,
        everywhere=everywhere,
        language=language,
        email=email,
    )


@users.command("remove")
@click.argument("name")
@click.option("--data", default=None)
def users_remove(name: str, data: str | None) -> None:
    """Remove a user, but never the last admin."""
    from services.cli.people import remove_user

    remove_user(settings.load(), data, name)


@users.command("password")
@click.argument("name")
@click.option("--password", default=None, help="Default: asked for, or the first line of standard input.")
@click.option("--data", default=None)
def usersask_password(name: str, password: str | None, data: str | None) -> None:
    """Set a user's password."""
    from services.cli.people import set_password

    set_password(settings.load(), data, name, ask_password(password))


@click.group()
def tokens() -> None:
    """Manage tokens of programs."""


@tokens.command("list")
@click.option("--data", default=None)
def tokens_list(data: str | None) -> None:
    """List the tokens: what each is for, when it was last used, when it ends."""
    from services.cli.people import list_tokens

    list_tokens(settings.load(), data)


@tokens.command("issue")
@click.argument("name")
@click.option("--role", required=True)
@_SPACE
@click.option("--scope", "scopes", multiple=True, help="Such as bookings:read. Default: all that the role may.")
@click.option("--days", type=click.IntRange(1, 3660), default=None, help="Good for so many days. Default: for ever.")
@click.option("--data", default=None)
def tokens_issue(
    name: str, role: str, spaces: tuple[str, ...], scopes: tuple[str, ...], days: int | None, data: str | None
) -> None:
    """Print a new token for the program NAME, this once."""
    from services.cli.people import issue_token

    issue_token(settings.load(), data, name, role, spaces=spaces, scopes=scopes, days=days)


@tokens.command("revoke")
@click.argument("name")
@click.option("--data", default=None)
def tokens_revoke(name: str, data: str | None) -> None:
    """Make a token worthless from now on."""
    from services.cli.people import revoke_token

    revoke_token(settings.load(), data, name)
