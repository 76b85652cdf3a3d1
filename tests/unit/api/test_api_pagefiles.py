"""The files of the pages: out of memory, compressed, asked about by their ETag, and none from outside the folder."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Mount

from services.api.pagefiles import PageFiles


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
