"""The deployment is whole, as far as can be told without an engine: the files pass, and the checks find faults."""

import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.compose import SCHEMA, check_compose
from services.cli.composefile import replaced
from services.contracts.errors import FileError
from services.timeseries.influx_points import FIELD_TYPES, READINGS, STATES
from tests.figures import figures

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
FIGURES = figures(10**12)
BOARDS = sorted((ROOT / "dashboards" / "grafana" / "boards").glob("*.json"))


def test_the_shipped_file_has_no_fault() -> None:
    assert check_compose(COMPOSE) == []


Change = Callable[[dict[str, Any]], object]


def services(compose: dict[str, Any], name: str) -> dict[str, Any]:
    service: dict[str, Any] = compose["services"][name]
    return service


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda c: services(c, "api").update(imagge="x"), "imagge"),
        (lambda c: services(c, "api").pop("restart"), "api: has no restart policy"),
        (lambda c: services(c, "api").pop("healthcheck"), "(api: has|that has) no health check"),
        (lambda c: services(c, "api")["deploy"]["resources"]["limits"].pop("memory"), "api: has no limit of memory"),
        (lambda c: services(c, "api").pop("logging"), "api: its log has no bound"),
        (lambda c: services(c, "nginx").update(image="nginx"), "nginx: image 'nginx' is not pinned"),
        (lambda c: services(c, "nginx").update(image="nginx:latest"), "nginx: image 'nginx:latest' is not pinned"),
        (
            lambda c: services(c, "postgres")["environment"].update(POSTGRES_PASSWORD="${PASSWORD:-postgres}"),
            "postgres: POSTGRES_PASSWORD holds a secret",
        ),
        (
            lambda c: services(c, "api")["environment"].update(FOLDSPACE_DB_URL="postgresql://me:pass@postgres/x"),
            "api: FOLDSPACE_DB_URL holds a secret",
        ),
        (
            lambda c: services(c, "api")["environment"].update(FOLDSPACE_HTP="0.0.0.0:8080"),
            "api: FOLDSPACE_HTP is not a setting",
        ),
        (lambda c: services(c, "nginx")["volumes"].append("./gone:/x:ro"), "nginx: mounts ./gone, which is not there"),
        (lambda c: services(c, "api")["volumes"].append("dta:/x"), "api: volume 'dta' is not declared"),
        (lambda c: c["volumes"].update(spare=None), "volume 'spare' is used by nobody"),
        (lambda c: services(c, "nginx").update(ports=["8443:8443"]), "nginx: port 8443 is open to every network"),
        (
            lambda c: services(c, "mosquitto").update(ports=["127.0.0.1:8884:8884"]),
            r"mosquitto: publishes port 8884, but its configuration listens on \[1883, 8883\]",
        ),
        (
            lambda c: services(c, "nginx")["secrets"].remove("api_key"),
            "nginx: reads /run/secrets/api_key, which|'api_key' is used by nobody",
        ),
        (lambda c: services(c, "nginx")["secrets"].append("db_url"), "nginx: is granted the secret 'db_url', which"),
        (lambda c: c["secrets"].pop("db_url"), "secret 'db_url' is not declared"),
        (
            lambda c: c["secrets"].update(db_url={"file": "./secrets/db_url"}),
            "secret 'db_url' has a default file",
        ),
        (lambda c: services(c, "nginx").update(depends_on=["web"]), "nginx: waits for web, which is not there"),
        (
            lambda c: services(c, "nginx").update(depends_on={"access": {"condition": "service_healthy"}}),
            "nginx: waits until access is healthy, but that has no health check",
        ),
        (
            lambda c: services(c, "nginx").update(depends_on={"api": {"condition": "service_completed_successfully"}}),
            "nginx: waits until api has ended, but that is restarted for ever",
        ),
        (
            lambda c: services(c, "api")["environment"].update(FOLDSPACE_HTTP="0.0.0.0:9090"),
            "nginx: passes requests on to api:8080, but that listens on 0.0.0.0:9090",
        ),
    ],
)
def test_each_fault_is_found_and_is_the_only_one_said(tmp_path: Path, change: Change, fault: str) -> None:
    # As JSON, anchors are gone: what is changed is changed in one service alone. JSON is YAML.
    compose = json.loads(json.dumps(yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))))
    change(compose)
    for folder in ("deploy", "dashboards"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    path = tmp_path / "docker-compose.yml"
    path.write_text(json.dumps(compose))
    found = check_compose(path)
    assert [line for line in found if re.search(fault, line)] == found
    assert found


@pytest.mark.parametrize("text", ["services: [", "just text", "services: {a: {image: x:1.0}"])
def test_what_is_no_compose_file_is_one_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "compose.yml"
    path.write_text(text)
    with pytest.raises(FileError, match=r"compose\.yml: (not YAML|expected a mapping)"):
        check_compose(path)


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        check_compose(tmp_path / "compose.yml")


def test_variables_are_replaced_as_compose_does_it() -> None:
    assert replaced("${A:-x}-${B-y}-$$C") == "x-y-$C"
    assert replaced({"a": ["${A:?say it}/b", 3]}) == {"a": ["\x00/b", 3]}


def test_the_schema_carries_its_licence() -> None:
    assert "Apache License" in (ROOT / SCHEMA).with_name("LICENSE.compose-spec").read_text()


def test_every_variable_of_the_compose_file_is_explained_in_the_example() -> None:
    used = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text(encoding="utf-8")))
    named = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert used <= named
    assert named - used == {"HOST_NAMES"}, "deploy/prepare alone reads HOST_NAMES"


def test_prepare_makes_every_secret_once_and_keeps_it(tmp_path: Path) -> None:
    """With a stand-in for `foldspace certificates`, whose own tests are elsewhere."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "prepare", tmp_path / "deploy")
    shutil.copy(ROOT / ".env.example", tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    stand_in = programs / "foldspace"
    stand_in.write_text(
        '#!/bin/sh\nmkdir -p "$4"\necho "$@" >>asked\n'
        'for server in broker api; do echo x >"$4/$server.crt"; echo x >"$4/$server.key"; done\n'
    )
    stand_in.chmod(0o755)

    def prepare() -> dict[str, str]:
        environ = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        subprocess.run([str(tmp_path / "deploy" / "prepare")], check=True, env=environ, capture_output=True, timeout=30)
        return {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir() if file.is_file()}

    first = prepare()
    declared = set(yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["secrets"])
    assert set(first) == declared
    assert prepare() == first
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert len(set(first.values())) == len(first) - 3, "only the stand-in's four files are alike"
    assert first["mqtt_admin_password"] in first["mqtt_admin_url"]
    assert first["postgres_password"] in first["db_url"]
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == ["certificates init --dir ./secrets/certificates --host foldspace.local"] * 2


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.stem)
def test_a_board_asks_for_what_is_written(board: Path) -> None:
    source = (ROOT / "dashboards" / "grafana" / "provisioning" / "datasources" / "influxdb.yaml").read_text()
    uid = yaml.safe_load(source)["datasources"][0]["uid"]
    known = {
        READINGS: {*FIELD_TYPES, "journal_id", "received_at", "device_at", "site", "space", "device", "kind"},
        STATES: {"occupancy", "people", "confidence", "release_grade", "site", "space"},
        **{point.measurement: {*point.tags, *point.fields} for point in FIGURES},
    }
    panels = json.loads(board.read_text(encoding="utf-8"))["panels"]
    assert panels
    for panel in panels:
        assert panel["datasource"]["uid"] == uid, panel["title"]
        assert panel["description"], panel["title"]
        for target in panel["targets"]:
            aliases = set(re.findall(r'AS "(\w+)"', target["query"]))
            quoted = re.findall(r'"(\w+)"', target["query"])
            measurement = re.search(r'FROM "(\w+)"', target["query"])
            assert measurement, target["query"]
            assert set(quoted) - aliases - {measurement[1]} <= known[measurement[1]], target["query"]
            assert "$timeFilter" in target["query"]
