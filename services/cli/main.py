"""The `foldspace` command: every sub-command on one page, and the one place where errors become exit codes."""

import sys

import click

from services.cli.commands.catalogue import codecs, community, quarantine, schema
from services.cli.commands.devices import broker, certificates, devices
from services.cli.commands.judging import account, doctor, evaluate, plan
from services.cli.commands.people import tokens, users
from services.cli.commands.running import api, gateway, replay, scheduler, simulate, up
from services.cli.exits import DONE, FAILED, INTERRUPTED
from services.contracts.errors import FoldspaceError
from services.kit import logs, settings

log = logs.logger("cli")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="foldspace")
def foldspace() -> None:
    """Share community space: sensors to live room states to reallocated idle rooms."""


COMMANDS: tuple[click.Command, ...] = (
    up, gateway, scheduler, api,  # the system, or a part of it
    simulate, replay, evaluate, plan,  # devices that are not there, and what would be
    community, quarantine, schema, codecs,  # what is known, what came, and in which form
    devices, broker, certificates, users, tokens,  # who comes in
    account, doctor,  # how it stands
)  # fmt: skip

for _command in COMMANDS:
    foldspace.add_command(_command)


def main() -> None:
    """Run the command line. Exit 0 done, 1 failed with one line on stderr, 2 wrong usage."""
    try:
        chosen = settings.load()
        logs.configure(chosen.log or "WARNING", as_json=chosen.log_format == "json")
        foldspace(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(FAILED)
    except FoldspaceError as error:
        click.echo(f"foldspace: {error}", err=True)
        sys.exit(FAILED)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `| head` does
        sys.exit(DONE)
    except Exception as error:  # a fault of ours: the log has the trace, the user gets a sentence
        log.exception("internal_fault")
        click.echo(f"foldspace: internal fault: {type(error).__name__}: {error}", err=True)
        sys.exit(FAILED)
