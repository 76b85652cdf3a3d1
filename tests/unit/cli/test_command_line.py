"""The command line: exit 0 done, 1 failed with one line on stderr, 2 wrong usage; never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.journal.journal import Journal
from services.journal.records import Arrival

FOLDSPACE = Path(sys.executable).with_name("foldspace")


def foldspace(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FOLDSPACE, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(folder)},
    )


COMMANDS = [
    [], ["up"], ["gateway"], ["scheduler"], ["api"], ["simulate"], ["replay"], ["evaluate"], ["account"], ["schema"],
    ["community"], ["community", "import"], ["community", "export"], ["quarantine"], ["quarantine", "list"],
    ["quarantine", "show"], ["quarantine", "replay"], ["quarantine", "export"],
    ["quarantine", "summary"], ["devices"], ["devices", "list"], ["devices", "add"], ["users"], ["users", "list"],
    ["users", "add"], ["users", "change"], ["users", "remove"], ["users", "password"],
    ["tokens"], ["tokens", "list"], ["tokens", "issue"], ["tokens", "revoke"], ["doctor"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(command: list[str], tmp_path: Path) -> None:
    from click.testing import CliRunner

    from services.cli.main import foldspace as group

    result = CliRunner().invoke(group, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert len(result.output.splitlines()) > 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["up", "--speed", "0"],
        ["up", "--http", "8080"],
        ["up", "--mqtt", "x"],
        ["replay"],
        ["replay", "x", "--speed", "fast"],
        ["evaluate", "x"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(arguments: list[str], tmp_path: Path) -> None:
    result = foldspace(*arguments, folder=tmp_path)
    assert result.returncode == 2
    assert "Usage:" in result.stderr
    assert "Traceback" not in result.stderr


FAILING = [
    (["evaluate", "none.ndjson", "--community", "good.toml"], "none.ndjson"),
    (["evaluate", "none.ndjson", "--community", "none.toml"], "none.toml"),
    (["evaluate", "bad.ndjson", "--community", "good.toml"], "bad.ndjson:1"),
    (["community", "import", "unknown-function.toml"], "'karaoke' is not a function"),
    (["account", "--data", "nowhere"], "nowhere"),
    (["up", "--data", "file/data"], "file/data: cannot be written"),
    (["up", "--data", "d", "--community", "unknown-function.toml"], "'karaoke' is not a function"),
    (["simulate", "no-such-scenario"], "no-such-scenario"),
    (["replay", "one.ndjson", "--mqtt", "http://x"], "expected mqtt://"),
    (["quarantine", "show", "7", "--data", "."], "quarantine 7"),
    (["devices", "add", "nosite", "--space", "a", "--kind", "door", "--data", "d"], "SITE/DEVICE"),
    (["devices", "add", "s/d", "--space", "a", "--kind", "telepathy", "--data", "."], "kind"),
    (["users", "add", "wei", "--role", "emperor", "--password", "long enough", "--data", "d"], "emperor"),
    (["users", "password", "nobody", "--password", "long enough", "--data", "."], "nobody"),
    (["users", "add", "wei", "--role", "viewer", "--data", "."], "password: expected 8"),
    (["users", "add", "wei", "--role", "steward", "--space", "s/b", "--password", "long enough", "--data", "."], "s/b"),
    (["users", "remove", "nobody", "--data", "."], "nobody"),
    (["tokens", "issue", "bot", "--role", "viewer", "--scope", "tea:read", "--data", "."], "'tea:read'"),
    (["tokens", "revoke", "nobody", "--data", "."], "nobody"),
    (["users", "list", "--data", "nowhere"], "nowhere: does not exist"),
    (["devices", "list", "--data", "nowhere"], "nowhere: does not exist"),
]


@pytest.mark.parametrize(("arguments", "fault"), FAILING, ids=[" ".join(arguments) for arguments, _ in FAILING])
def test_a_failure_is_1_with_one_line_that_names_it(arguments: list[str], fault: str, tmp_path: Path) -> None:
    good = '[[sites]]\nid="s"\nname="s"\ntimezone="Asia/Shanghai"\n[[spaces]]\nid="a"\nsite="s"\nname="a"\ncapacity=3\n'
    (tmp_path / "good.toml").write_text(good)
    window = '[[supply]]\nid="w"\nsite="s"\nspace="a"\nowner="o"\nfunctions=["karaoke"]\nstart="08:00"\nend="09:00"\n'
    (tmp_path / "unknown-function.toml").write_text(good + window)
    (tmp_path / "bad.ndjson").write_text("{nonsense\n")
    (tmp_path / "one.ndjson").write_text('{"at":"2026-01-01T00:00:00Z","topic":"a/b","payload":{}}\n')
    (tmp_path / "file").write_text("in the way")
    result = foldspace(*arguments, folder=tmp_path)
    assert result.returncode == 1, result.stderr
    assert fault in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr


def test_the_account_of_a_stopped_system_adds_up(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.sqlite", owner=True) as journal:
        journal.append([Arrival(1, "fs/v1/s/dev/d/up/motion", b"{}")] * 3)
    result = foldspace("account", "--json", "--data", ".", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    account = json.loads(result.stdout)
    assert account["received"] == 3
    assert account["received"] == sum(account[name] for name in ("stored", "duplicate", "quarantined", "pending"))


def test_a_community_survives_import_and_export(tmp_path: Path) -> None:
    text = '[[sites]]\nid = "s"\nname = "江湖里"\ntimezone = "Asia/Shanghai"\n'
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    assert foldspace("community", "import", "c.toml", "--data", "d", folder=tmp_path).returncode == 0
    exported = foldspace("community", "export", "--data", "d", folder=tmp_path)
    assert "江湖里" in exported.stdout


@pytest.mark.parametrize("form", ["asyncapi", "jsonschema"])
def test_the_contract_prints_as_json(form: str, tmp_path: Path) -> None:
    result = foldspace("schema", form, folder=tmp_path)
    assert result.returncode == 0
    assert json.loads(result.stdout)
