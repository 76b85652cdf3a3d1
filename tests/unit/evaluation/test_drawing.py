"""The drawing is well-formed, says where its numbers come from, and shows small shares where they belong."""

from xml.etree import ElementTree

from services.evaluation.curve import Curve, Point
from services.evaluation.drawing import Line, draw

SVG = "{http://www.w3.org/2000/svg}"

CURVE = Curve(
    [Point(0, 1, 0), Point(0.03, 0.2, 0.01), Point(0.5, 0.04, 0.3), Point(1, 0, 1)],
    shown=Point(0, 0.25, 0.01),
    release=Point(0, 1, 0),
)


def words(document: str) -> str:
    return "\n".join(element.text or "" for element in ElementTree.fromstring(document).iter(f"{SVG}text"))


def test_it_says_what_is_drawn_in_the_language_asked_for() -> None:
    english = words(draw([Line(CURVE, None), Line(CURVE, "motion")], "office.ndjson", 8725.0, 29195.4, "en"))
    for sentence in ("held + unknown, % of vacant minutes", "false vacant, % of occupied", "without motion",
                     "false 1.00 %, held 25.00 %", "Source: office.ndjson", "threshold 50 %"):  # fmt: skip
        assert sentence in english
    chinese = words(draw([Line(CURVE, None)], "office.ndjson", 1.0, 2.0, "zh"))
    assert "误报空闲" in chinese
    assert "false" not in chinese


def test_names_cannot_break_the_document() -> None:
    document = draw([Line(CURVE, None), Line(CURVE, "<&>")], 'a&b<"c>.ndjson', 1.0, 2.0, "en")
    assert 'Source: a&b<"c>.ndjson' in words(document)
    assert "without <&>" in words(document)


def test_each_run_has_a_line_and_both_marks() -> None:
    root = ElementTree.fromstring(draw([Line(CURVE, None), Line(CURVE, "motion")], "r", 1.0, 2.0, "en"))
    lines = root.findall(f"{SVG}polyline")
    assert [line.get("class") for line in lines] == ["line run0", "line run1"]
    assert len({line.get("stroke-dasharray") for line in lines}) == 2
    marks = [element for element in root.iter() if (element.get("class") or "").startswith("mark")]
    assert len(marks) == 2 * 2 * 2  # two runs, two grades, in the plot and in the legend


def test_the_line_runs_from_never_vacant_to_always_vacant() -> None:
    root = ElementTree.fromstring(draw([Line(CURVE, None)], "r", 1.0, 2.0, "en"))
    line = root.find(f"{SVG}polyline")
    assert line is not None
    points = [tuple(map(float, pair.split(","))) for pair in (line.get("points") or "").split()]
    frame = (76.0, 852.0, 92.0, 492.0)
    assert points[0] == (frame[1], frame[3])
    assert points[-1] == (frame[0], frame[2])
    one_per_cent = frame[3] - points[1][1]
    assert one_per_cent == 40.0  # a tenth of the height: small shares can be told apart


def test_a_line_of_very_many_points_is_drawn_with_as_many_as_can_be_seen() -> None:
    many = [Point(index / 1e5, 1 - index / 1e5, (index / 1e5) ** 3) for index in range(100_001)]
    document = draw([Line(Curve(many, None, None), None)], "r", 1.0, 2.0, "en")
    assert len(document) < 60_000
    assert "nothing to trade" in words(document)


def test_the_same_curve_is_drawn_in_the_same_bytes() -> None:
    assert draw([Line(CURVE, None)], "r", 1.0, 2.0, "zh") == draw([Line(CURVE, None)], "r", 1.0, 2.0, "zh")
