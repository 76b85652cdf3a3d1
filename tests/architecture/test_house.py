"""The house is as its prose says: the map is whole, technologies stay in their modules, exemptions say why."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "gateway", ROOT / "services", ROOT / "firmware-sim", ROOT / "dashboards"]
MODULES = sorted(path for source in SOURCES for path in source.rglob("*.py"))


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def _importers(package: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in MODULES
        if any(name == package or name.startswith(package + ".") for name in _imports(path))
    }


@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("paho", "services/kit/mqtt.py"),
        ("iotcore", "services/kit/broker.py"),
        ("argon2", "services/catalogue/passwords.py"),
        ("ortools", "services/planner/solver.py"),
        ("authlib", "services/api/oidc.py"),
        ("joserfc", "services/api/oidc.py"),
        ("webauthn", "services/residents/passkeys.py"),
    ],
)
def test_a_technology_is_imported_in_one_module(package: str, module: str) -> None:
    assert _importers(package) == {module}


def test_sqlalchemy_stays_in_adapters() -> None:
    adapters = {"tables", "store", "leasestore", "nearby", "people", "distance", "outbox", "queries", "database"}
    adapters |= {"sessions", "tokens", "elsewhere"}  # parts of the people store
    for module in _importers("sqlalchemy"):
        if "migrations/versions" not in module:
            assert Path(module).stem in adapters, module


def test_every_module_opens_with_a_line_that_says_its_job() -> None:
    for path in MODULES:
        if "migrations/versions" in str(path):
            continue
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert doc, path
        assert len(doc.splitlines()[0]) <= 130, path


def test_every_room_says_who_feeds_it_and_whom_it_feeds() -> None:
    for init in MODULES:
        if init.name == "__init__.py" and init.parent.parent in (ROOT / "services", ROOT / "firmware-sim", ROOT):
            doc = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
            if init.parent.name in {"services", "migrations"}:
                continue
            assert "Fed by" in doc, init
            assert re.search(r"\b[Ff]eeds?\b|served by", doc), init


def test_the_map_names_every_room_and_nothing_that_is_gone() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {
        str(path.parent.relative_to(ROOT)) + "/"
        for path in MODULES
        if path.name == "__init__.py" and path.parent.parent == ROOT / "services"
    } | {"gateway/", "firmware-sim/", "dashboards/"}
    for room in rooms:
        assert f"`{room}" in text, f"{room} is not in ARCHITECTURE.md"
    for mentioned in re.findall(r"`((?:gateway|services|firmware-sim|dashboards|tests|docs)/[^`\s*]*)`", text):
        assert (ROOT / mentioned).exists(), f"ARCHITECTURE.md names {mentioned}, which is not there"


def test_the_layers_of_the_map_are_those_of_the_linter() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    placed = {
        name.strip()
        for contract in contracts
        if contract["id"] == "rooms"
        for layer in contract["layers"]
        for name in layer.split("|")
    }
    folders = {path.name for path in (ROOT / "services").iterdir() if (path / "__init__.py").exists()}
    assert placed == folders


FORBIDDEN_NAMES = {"utils", "helpers", "manager", "common", "misc", "util", "helper"}


def test_no_module_is_named_after_nothing() -> None:
    for path in MODULES:
        assert path.stem not in FORBIDDEN_NAMES, path
        assert path.parent.name not in FORBIDDEN_NAMES, path


def test_every_exemption_carries_its_reason() -> None:
    bare = re.compile(r"#\s*(type:\s*ignore(\[[^\]]*\])?|noqa(:\s*[A-Z0-9, ]+)?)\s*$")
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not bare.search(line), f"{path}:{number}: an exemption without its reason"


def test_whatever_is_caught_whole_says_why_on_its_line() -> None:
    bare = re.compile(r"except (Base)?Exception( as \w+)?:\s*$")
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not bare.search(line), f"{path}:{number}: caught whole without its reason"
