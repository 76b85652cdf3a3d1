"""The files of the pages: out of memory, compressed, asked about by their ETag, and none from outside the folder."""

import gzip
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Mount

from dashboards import FOLDERS, PARTS, page_files
from services.api.pagefiles import PageFiles, whole
from tests.unit.api.conftest import House


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "files"
    files.mkdir()
    (files / "page.js").write_text("export const a = 1;\n" * 100, encoding="utf-8")
    (files / "small.css").write_text("p {}", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return files


@pytest.fixture
def client(folder: Path) -> TestClient:
    return TestClient(Starlette(routes=[Mount("/static/staff", PageFiles(folder))]))


def test_a_file_is_compressed_once_and_not_sent_again_while_it_is_the_same(client: TestClient, folder: Path) -> None:
    first = client.get("/static/staff/page.js")
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.text == (folder / "page.js").read_text(encoding="utf-8")
    assert int(first.headers["content-length"]) < len(first.content)
    again = client.get("/static/staff/page.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    (folder / "page.js").write_text("changed", encoding="utf-8")
    changed = client.get("/static/staff/page.js", headers={"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, changed.text) == (200, "changed")


def test_who_takes_no_gzip_gets_the_file_as_it_is(client: TestClient) -> None:
    plain = client.get("/static/staff/page.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in client.get("/static/staff/small.css").headers
    head = client.head("/static/staff/small.css")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "4")


@pytest.mark.parametrize(
    "path",
    ["nothing.js", "", "../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "/etc/passwd", "a%00b", "a" * 5000],
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"/static/staff/{path}").status_code == 404
    assert client.post("/static/staff/page.js").status_code == 405


def test_a_page_is_put_together_of_its_parts_and_anew_when_one_changes(folder: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "head.html").write_text("<title>a</title>\n<b></b>\n", encoding="utf-8")
    (folder / "page.html").write_text("<head>\n  <!-- part: head -->\n</head>\n", encoding="utf-8")
    client = TestClient(Starlette(routes=[Mount("/", PageFiles(folder, parts))]))
    first = client.get("/page.html")
    assert first.text == "<head>\n  <title>a</title>\n  <b></b>\n</head>\n"
    assert client.get("/page.html", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    (parts / "head.html").write_text("<title>another</title>\n", encoding="utf-8")
    assert "another" in client.get("/page.html", headers={"If-None-Match": first.headers["etag"]}).text


def test_every_part_is_there_and_no_page_has_it_written_out() -> None:
    named: set[str] = set()
    parts = page_files() / PARTS
    for folder in FOLDERS:
        for page in (page_files() / folder).glob("*.html"):
            source = page.read_text(encoding="utf-8")
            named.update(re.findall(r"<!-- part: (\w+) -->", source))
            assert "<!-- part" not in whole(page, parts)
            if folder != "screens":  # theirs stand alone: a screen keeps them, and the sheet is paper
                assert "<meta charset" not in source, page
                assert 'id="sign-out"' not in source, page
    assert named == {part.stem for part in parts.iterdir()}


@pytest.mark.parametrize("path", ["/signin", "/r/lane", "/screen/lane"])
def test_pages_are_not_sent_again_while_they_are_the_same(house: House, path: str) -> None:
    first = house.client.get(path)
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["cache-control"] == "no-cache"
    assert "<title>foldspace</title>" in first.text
    again = house.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def _imports(file: Path) -> set[Path]:
    """The modules that a module needs before it runs, itself among them."""
    found, waiting = set(), [file]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        source = one.read_text(encoding="utf-8")
        waiting += [(one.parent / name).resolve() for name in re.findall(r'^import [^;]*?"([^"]+)";', source, re.M)]
        waiting += [
            (one.parent / name).resolve() for name in re.findall(r'^export [^;]*? from "([^"]+)";', source, re.M)
        ]
    return found


@pytest.mark.parametrize(("page", "script"), [("index.html", "board.js"), ("decisions.html", "decisions.js")])
def test_a_page_fetches_all_its_modules_at_once(page: str, script: str) -> None:
    """A module that is not named in the page is fetched only when another one has been read: one more wait."""
    staff = page_files() / "staff"
    named = re.findall(r'rel="modulepreload" href="/static/([^"]+)"', (staff / page).read_text(encoding="utf-8"))
    assert len(named) == len(set(named))
    assert {page_files() / name for name in named} == _imports(staff / script)


@pytest.mark.parametrize("page", ["index.html", "decisions.html"])
def test_a_page_weighs_little(page: str) -> None:
    """With the words in the longer language; without what is fetched only when it is asked for."""
    source = (page_files() / "staff" / page).read_text(encoding="utf-8")
    files = [page_files() / name for name in re.findall(r'(?:href|src)="/static/([^"]+)"', source)]
    weight = sum(len(gzip.compress(file.read_bytes(), 6)) + 350 for file in set(files))  # and what goes around each
    assert weight < 90_000
