"""What functions, features, kinds of devices and days are called stands once, for every page and sentence."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from services.contracts.community import DEVICE_KINDS
from services.contracts.entries import WEEKDAYS
from services.contracts.readings import READING_KINDS
from services.contracts.texts import LANGUAGES, catalogue, text
from services.contracts.vocabulary import (
    feature_name,
    function_name,
    function_with_id,
    function_word,
    function_words,
    kind_name,
    weekday_name,
)

ROOT = Path(__file__).parents[3]
PAGES = sorted(path for path in (ROOT / "dashboards").rglob("*.js") if "vendor" not in path.parts)
SCENARIOS = sorted((ROOT / "firmware-sim/firmware_sim/scenarios").glob("*.toml"))
HERE = "dashboards/shared/vocabulary.js"


def _family(name: str) -> set[str]:
    start = f"vocabulary.{name}_"
    return {key.removeprefix(start) for key in catalogue() if key.startswith(start)}


FAMILIES = {name: _family(name) for name in ("function", "feature", "kind", "day")}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_no_other_section_has_a_list_of_its_own(family: str) -> None:
    names = FAMILIES[family]
    assert len(names) >= len(WEEKDAYS)
    lists: Counter[str] = Counter()
    for key in catalogue():
        plain = key.replace("-", "_")
        for name in names:
            if not key.startswith("vocabulary.") and plain.endswith(f"_{name}"):
                lists[plain.removesuffix(name)] += 1
    # Two of a family may stand side by side by chance: a state "charging" and a title "charging".
    assert {start: count for start, count in lists.items() if count > 2} == {}


def test_pages_call_them_by_the_one_module() -> None:
    own = re.compile(r"\bvocabulary\.(function|feature|kind|day|weekday)_|\b(function|feature)_\$\{|\"mon\", ?\"tue\"")
    listed = re.compile(r"\b(functions|features)\.join\(")
    for path in PAGES:
        if str(path.relative_to(ROOT)) != HERE:
            script = path.read_text(encoding="utf-8")
            assert not own.search(script), path
            assert not listed.search(script), f"{path} shows ids to people"


def test_whoever_the_community_is_its_own_words_stand() -> None:
    for language in LANGUAGES:
        assert function_name("剪纸", language) == "剪纸"
        assert function_name("a.b{c}", language) == "a.b{c}"
        assert feature_name("kiln", language) == "kiln"
        assert function_with_id("剪纸").said(language) == "剪纸"


def test_words_follow_the_language_of_the_sentence() -> None:
    params = {"space": "A", "function": function_word("tea"), "known": function_words(["reading", "剪纸"])}
    assert text("problems.not_used_for", "zh", params) == "A 不能用作“茶叙”，可选：阅读、剪纸。"
    assert text("problems.not_used_for", "en", params) == "A is not used for tea; expected one of: reading, 剪纸."
    assert function_with_id("council").said("zh") == "议事（council）"
    assert function_with_id("council").said("en") == "council"
    assert feature_name("step-free", "zh") == feature_name("step_free", "zh") == "无障碍通行"
    assert [weekday_name(day, "zh")[-1] for day in range(7)] == list("一二三四五六日")


def test_every_kind_and_day_has_its_word() -> None:
    assert {*DEVICE_KINDS, *READING_KINDS} <= FAMILIES["kind"]
    assert set(WEEKDAYS) == FAMILIES["day"]
    assert all(kind_name(kind, "zh") != kind for kind in DEVICE_KINDS)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_what_the_demonstrations_name_has_its_word(path: Path) -> None:
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    for space in raw.get("community", raw).get("spaces", []):
        for function in space.get("functions", ()):
            assert function in FAMILIES["function"], function
        for feature in space.get("features", ()):
            assert feature.replace("-", "_") in FAMILIES["feature"], feature
