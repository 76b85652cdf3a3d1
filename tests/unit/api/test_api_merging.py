"""The files of a page put together: all pages of ours can be, each module is there once, the whole weighs little."""

import gzip
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Mount

from dashboards import PARTS, page_files
from services.api.mergedfiles import MergedFiles
from services.api.merging import ROOT, MergeError, alone, order, page, parts, styles, whole
from services.api.pages import MERGED, PAGES
from tests.unit.api.conftest import House

FILES = {
    "a/main.js": 'import { one, two as deux } from "./one.js";\nimport * as all from "../b/two.js";\n'
    'const later = () => import("./later.js");\nawait later(one, deux, all.three);\n',
    "a/one.js": "// One.\n\nimport {\n  three,\n} from \"../b/two.js\";\n\nexport const one = three;\n"
    'export async function two() {\n  return (await import("../b/two.js")).three;\n}\n',
    "b/two.js": "const hidden = 3;\nexport const three = hidden;\nexport class Four {}\n",
    "a/later.js": 'import { three } from "../b/two.js";\nimport { five } from "./five.js";\n'
    "export const six = three + five;\n",
    "a/five.js": "export const five = 5;\n",
    "a/main.css": "p { color: red }\n",
    "a/round.js": 'import { one } from "./round.js";\nexport const one = 1;\n',
    "a/odd.js": "export default 1;\n",
}  # fmt: skip


OURS = sorted({one.file for one in PAGES if one.file.split("/")[0] in MERGED})


def of_ours(path: str) -> str:
    return (page_files() / path).read_text(encoding="utf-8")


def read(path: str) -> str:
    try:
        return FILES[path]
    except KeyError:
        raise LookupError(path) from None


def test_what_a_script_needs_comes_before_it_each_once() -> None:
    assert order("a/main.js", read) == ["b/two.js", "a/one.js", "a/main.js"]


def test_the_parts_declare_nothing_in_each_others_way() -> None:
    assert parts("a/main.js", read) == (
        "// b/two.js\n"
        "const $b_two = (() => {\n"
        "const hidden = 3;\nconst three = hidden;\nclass Four {}\n"
        "return { three, Four };\n})();\n"
        "// a/one.js\n"
        "const $a_one = (() => {\n"
        "// One.\n\nconst { three, } = $b_two;\n\nconst one = three;\n"
        "async function two() {\n"
        '  return (await import("/static/merged/a/main/parts.js").then((parts) => parts.$b_two)).three;\n}\n'
        "return { one, two };\n})();\n"
        "export { $b_two, $a_one };\n"
    )


def test_the_script_and_what_it_imports_later_take_the_parts_from_where_they_are() -> None:
    assert alone("a/main.js", "a/main.js", read) == (
        'import { $a_one } from "/static/merged/a/main/parts.js";\nconst { one, two: deux } = $a_one;\n'
        'import { $b_two } from "/static/merged/a/main/parts.js";\nconst all = $b_two;\n'
        'const later = () => import("/static/merged/a/main/a/later.js");\nawait later(one, deux, all.three);\n'
    )
    assert alone("a/main.js", "a/later.js", read) == (
        'import { $b_two } from "/static/merged/a/main/parts.js";\nconst { three } = $b_two;\n'
        'import { five } from "/static/merged/a/main/a/five.js";\nexport const six = three + five;\n'
    )


@pytest.mark.parametrize(
    ("merge", "reason"),
    [
        (lambda: alone("a/main.js", "b/two.js", read), "is a part of"),  # there would be two of it
        (lambda: parts("a/round.js", read), "imports itself"),
        (lambda: alone("a/main.js", "a/odd.js", read), "export default 1"),
    ],
)
def test_what_cannot_be_put_together_says_why(merge: object, reason: str) -> None:
    with pytest.raises(MergeError, match=reason):
        merge()  # type: ignore[operator]  # a lambda of the table above


def test_a_page_asks_for_one_sheet_and_its_script_in_two_answers() -> None:
    html = (
        '<head>\n  <link rel="stylesheet" href="/static/b/x.css">\n'
        '  <link rel="stylesheet" href="/static/a/main.css">\n'
        '  <script type="module" src="/static/a/main.js"></script>\n</head>\n'
    )
    files = {"a/main.html": html, "b/x.css": "a {}\n", "a/main.css": "p {}\n"}
    assert page("a/main.html", files.__getitem__) == (
        f'<head>\n  <link rel="stylesheet" href="{ROOT}/a/main.css">\n'
        f'  <link rel="modulepreload" href="{ROOT}/a/main/parts.js">\n'
        f'  <script type="module" src="{ROOT}/a/main/a/main.js"></script>\n</head>\n'
    )
    assert styles("a/main.html", files.__getitem__) == "/* b/x.css */\na {}\n/* a/main.css */\np {}\n"


def test_a_page_has_what_it_shares_with_others_in_its_places() -> None:
    files = {
        "a/main.html": "<head>\n  <!-- part: head -->\n</head>\n",
        "parts/head.html": '<title>a</title>\n<link rel="stylesheet" href="/static/b/x.css">\n',
        "b/x.css": "a {}\n",
    }
    assert whole("a/main.html", files.__getitem__) == (
        '<head>\n  <title>a</title>\n  <link rel="stylesheet" href="/static/b/x.css">\n</head>\n'
    )
    assert f'href="{ROOT}/a/main.css"' in page("a/main.html", files.__getitem__)
    assert styles("a/main.html", files.__getitem__) == "/* b/x.css */\na {}\n"


def test_every_part_is_there_and_no_page_has_it_written_out() -> None:
    named: set[str] = set()
    for file in OURS:
        source = of_ours(file)
        named.update(re.findall(r"<!-- part: (\w+) -->", source))
        assert "<!-- part" not in whole(file, of_ours)
        assert "<meta charset" not in source, file
        assert 'id="sign-out"' not in source, file
    assert named == {part.stem for part in (page_files() / PARTS).iterdir()}


@pytest.mark.parametrize("path", ["/signin", "/r/lane", "/screen/lane"])
def test_pages_are_not_sent_again_while_they_are_the_same(house: House, path: str) -> None:
    first = house.client.get(path)
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["cache-control"] == "no-cache"
    assert "<title>foldspace</title>" in first.text
    again = house.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "pages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "pages" / "secret").mkdir()
    (tmp_path / "pages" / "secret" / "key.js").write_text("export const key = 1;\n", encoding="utf-8")
    return tmp_path / "pages"


@pytest.fixture
def client(folder: Path) -> TestClient:
    return TestClient(Starlette(routes=[Mount(ROOT, MergedFiles(folder, ("a", "b")))]))


def test_it_is_put_together_anew_when_any_of_its_files_has_changed_or_is_gone(client: TestClient, folder: Path) -> None:
    url = f"{ROOT}/a/main/parts.js"
    first = client.get(url)
    assert first.headers["content-type"].startswith("text/javascript")
    assert client.get(url, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    (folder / "b" / "two.js").write_text("export const three = 33;\n", encoding="utf-8")
    again = client.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, "33" in again.text) == (200, True)
    (folder / "b" / "two.js").unlink()
    assert client.get(url).status_code == 404
    (folder / "b" / "two.js").write_text("export const three = 3;\n", encoding="utf-8")
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "a/nothing/parts.js", "a/main/a/nothing.js", "a/main/b/two.js", "a/main/a/%2e/later.js",
        "a/main/b/%2e%2e/a/later.js", "a/main/secret/key.js", "secret/key/secret/key.js", "a/main.js",
        "a/main/a/main.css", "", "a", "a%00/b/parts.js",
    ],
)  # fmt: skip
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"{ROOT}/{path}").status_code == 404
    assert client.post(f"{ROOT}/a/main/parts.js").status_code == 405


@pytest.mark.parametrize("file", OURS)
def test_every_page_of_ours_can_be_put_together_and_nothing_of_it_is_lost(file: str) -> None:
    html = page(file, of_ours)
    entry = re.findall(r'<script type="module" src="/static/([^"]+)">', of_ours(file))
    assert len(entry) == 1
    assert html.count("modulepreload") == 1  # named in the file it would be a second copy
    modules = order(entry[0], of_ours)
    together = parts(entry[0], of_ours)
    for path in modules[:-1]:
        for name in re.findall(r"^export (?:async function|function|class|const) (\w+)", of_ours(path), re.M):
            assert re.search(rf"^return {{ .*\b{name}\b", together, re.M), name
    waiting, seen = [entry[0]], set(modules[:-1])
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        source = alone(entry[0], path, of_ours)
        waiting += re.findall(rf'"{ROOT}/{entry[0].removesuffix(".js")}/([^"]+\.js)"', source)
        waiting = [one for one in waiting if one != "parts.js"]


def test_the_board_weighs_little() -> None:
    """With what goes around each answer; without what is fetched only when it is asked for."""
    file, entry = "staff/index.html", "staff/board.js"
    answers = (page(file, of_ours), styles(file, of_ours), parts(entry, of_ours), alone(entry, entry, of_ours))
    assert sum(len(gzip.compress(one.encode(), 9)) + 350 for one in answers) < 60_000
