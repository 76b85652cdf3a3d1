"""Pictures for e-paper: whatever the titles, all stays in its box and nothing raises; a state is known by its shape."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from services.contracts.instants import local_clock
from services.contracts.names import MINUTE
from services.signage import qr
from services.signage.doorplan import door_plan, module_size
from services.signage.fonts import Faces
from services.signage.items import Box, Code, Item, Shape, Words
from services.signage.picture import Panel, paint, picture
from services.signage.signs import STATUSES, Activity, Notice, Ports, Said, Sign, SpaceSign
from services.signage.siteplan import site_plan
from services.signage.words import fit, width_of
from tests.fonts import faces as machines_faces
from tests.unit.scheduler.stories import ZONE, at

NOW, DUE = at("09:05"), at("10:00")
LINK = "https://space.example/r/wuhan/rongqu"
NASTY = st.text(
    st.one_of(
        st.characters(codec=None),  # type: ignore[arg-type]  # every character there is, surrogates too
        st.sampled_from("汉字合唱「」，。…🎹👩‍👩‍👧Ạ̷́wgy|\x00\n\t\u202e\ufffd\U0010ffff"),
    ),
    max_size=60,
)
STARTS = st.integers(0, 700).map(lambda minutes: at("00:00") + minutes * 2 * MINUTE)
ACTIVITIES = st.builds(lambda title, start: Activity(title, start, start + 45 * MINUTE), NASTY, STARTS)
SPACES = st.builds(
    SpaceSign,
    space=st.just("rongqu"),
    name=NASTY,
    group=NASTY,
    status=st.sampled_from(STATUSES),
    now=st.none() | ACTIVITIES,
    next=st.none() | ACTIVITIES,
    later=st.lists(ACTIVITIES, max_size=12).map(tuple),
    free_until=st.none() | STARTS,
    opens_at=st.none() | STARTS,
    notice=st.none() | st.builds(Notice, st.just("warn"), STARTS, NASTY, NASTY),
    message=st.none() | st.builds(Said, NASTY, STARTS),
    charging=st.none() | st.just(Ports(4, 1, 0)),
)
SIDES = st.sampled_from([64, 65, 96, 122, 128, 250, 296, 400, 480, 640, 800, 1200, 2000]) | st.integers(64, 900)


FACES = machines_faces()


@pytest.fixture
def faces() -> Faces:
    return FACES


def door(one: SpaceSign) -> Sign:
    return Sign("wuhan", "江湖里社区", ZONE, LINK, (one,), door=True)


def decoded(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def inside(item: Item, width: int, height: int) -> bool:
    box = item.box
    return 0 <= box.left <= box.right <= width and 0 <= box.top <= box.bottom <= height


def apart(one: Box, other: Box) -> bool:
    return one.right <= other.left or other.right <= one.left or one.bottom <= other.top or other.bottom <= one.top


SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(one=SPACES, width=SIDES, height=SIDES, language=st.sampled_from(["zh", "en"]), both=st.booleans())
def test_on_a_door_nothing_leaves_its_box_and_no_words_meet(one, width, height, language, both) -> None:
    plan = door_plan(door(one), width, height, language, both=both, shown_at=NOW, due_at=DUE)
    assert all(inside(item, width, height) for item in plan)
    solid = [item.box for item in plan if isinstance(item, (Words, Shape, Code)) and item.box.width and item.box.height]
    assert all(apart(a, b) for n, a in enumerate(solid) for b in solid[n + 1 :])
    paint(plan, width, height, FACES, smooth=False, red=False)


@SLOW
@given(
    spaces=st.lists(SPACES, min_size=1, max_size=30), width=SIDES, height=SIDES, language=st.sampled_from(["zh", "en"])
)
def test_of_a_site_nothing_leaves_its_box_and_no_words_meet(spaces, width, height, language) -> None:
    sign = Sign("wuhan", "江湖里社区", ZONE, LINK, tuple(spaces), door=False)
    plan = site_plan(sign, width, height, language, shown_at=NOW, due_at=DUE)
    assert all(inside(item, width, height) for item in plan)
    solid = [item.box for item in plan if isinstance(item, (Words, Shape, Code)) and item.box.width and item.box.height]
    assert all(apart(a, b) for n, a in enumerate(solid) for b in solid[n + 1 :])
    paint(plan, width, height, FACES, smooth=True, red=False)


@SLOW
@given(text=NASTY, width=st.integers(0, 400), height=st.integers(0, 120), lines=st.integers(1, 4), bold=st.booleans())
def test_words_are_never_wider_or_higher_than_their_box(text, width, height, lines, bold) -> None:
    fitted = fit(FACES, text, width, height, 60, 9, most_lines=lines, bold=bold)
    if fitted is not None:
        assert 1 <= len(fitted.lines) <= lines
        assert fitted.height <= height
        assert all(width_of(FACES, line, fitted.size, bold=bold) <= width for line in fitted.lines)


def test_what_fits_is_said_whole_and_what_does_not_ends_in_an_ellipsis(faces: Faces) -> None:
    whole = fit(faces, "晨练合唱", 400, 60, 40, 10)
    assert whole is not None
    assert (whole.lines, whole.size) == (("晨练合唱",), 40)
    smaller = fit(faces, "晨练合唱", 100, 60, 40, 10)
    assert smaller is not None
    assert smaller.lines == ("晨练合唱",)
    assert smaller.size < 40
    cut = fit(faces, "晨练合唱" * 20, 100, 30, 20, 10, most_lines=2)
    assert cut is not None
    assert cut.lines[-1].endswith("…")
    assert fit(faces, "Please use the room upstairs", 120, 60, 14, 14, most_lines=3) is not None


def test_lines_break_between_words_and_not_before_what_closes(faces: Faces) -> None:
    fitted = fit(faces, "please go upstairs", 80, 100, 14, 14, most_lines=3)
    assert fitted is not None
    assert all(word in {"please", "go", "upstairs"} for line in fitted.lines for word in line.split())
    chinese = fit(faces, "好好好好，好好", 14 * 4 + 3, 100, 14, 14, most_lines=3)
    assert chinese is not None
    assert not any(line.startswith("，") for line in chinese.lines)


def test_an_emoji_is_left_out_rather_than_shown_as_a_box(faces: Faces) -> None:
    assert faces.readable("🎹 合唱\x00团\n排练") == "合唱 团 排练"


@pytest.mark.parametrize("levels", [2, 4, 16])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_picture_has_the_panels_size_and_shades_however_it_hangs(faces: Faces, levels, rotate) -> None:
    sign = door(SpaceSign("rongqu", "融趣园", "", "in_use", Activity("晨练合唱", at("09:00"), at("10:00"))))
    image = decoded(picture(sign, Panel(400, 300, levels, rotate), faces, NOW, DUE))
    assert image.size == (400, 300)
    colours = image.convert("L").getcolors()
    assert colours is not None
    assert {grey for _, grey in colours} <= {round(255 * step / (levels - 1)) for step in range(levels)}
    assert len(colours) >= 2
    turned = decoded(picture(sign, Panel(300, 400, levels, 0), faces, NOW, DUE))
    if rotate == 90:
        assert image.convert("L").transpose(Image.Transpose.ROTATE_270).tobytes() == turned.convert("L").tobytes()


def test_the_same_sign_is_the_same_bytes(faces: Faces) -> None:
    sign = door(SpaceSign("rongqu", "融趣园", "", "free"))
    assert picture(sign, Panel(800, 480), faces, NOW, DUE) == picture(sign, Panel(800, 480), faces, NOW, DUE)


def test_red_is_for_panels_that_have_it(faces: Faces) -> None:
    sign = door(SpaceSign("rongqu", "融趣园", "", "free", message=Said("请走后门", DUE)))
    red = decoded(picture(sign, Panel(800, 480, red=True), faces, NOW, DUE)).convert("RGB").getcolors()
    black = decoded(picture(sign, Panel(800, 480), faces, NOW, DUE)).convert("RGB").getcolors()
    assert {colour for _, colour in red or []} == {(0, 0, 0), (255, 255, 255), (200, 0, 0)}
    assert {colour for _, colour in black or []} == {(0, 0, 0), (255, 255, 255)}


def test_every_state_has_a_shape_of_its_own(faces: Faces) -> None:
    drawn = {
        status: paint([Shape(Box(0, 0, 60, 60), status)], 60, 60, faces, smooth=False, red=False).tobytes()
        for status in STATUSES
    }
    assert len(set(drawn.values())) == len(STATUSES)


def test_a_picture_betrays_its_age_and_says_until_when_it_holds(faces: Faces) -> None:
    plan = door_plan(door(SpaceSign("r", "融趣园", "", "free")), 800, 480, "zh", both=False, shown_at=NOW, due_at=DUE)
    said = [item.text for item in plan if isinstance(item, Words)]
    assert any(f"3月2日 {local_clock(NOW, ZONE)}" in text and "10:00" in text for text in said)


@pytest.mark.parametrize(("width", "height"), [(800, 480), (480, 800), (400, 300), (1200, 825)])
def test_the_code_on_a_door_is_whole_and_has_its_quiet_zone(faces: Faces, width: int, height: int) -> None:
    sign = door(SpaceSign("r", "融趣园", "", "free"))
    plan = door_plan(sign, width, height, "zh", both=True, shown_at=NOW, due_at=DUE)
    [code] = [item for item in plan if isinstance(item, Code)]
    size, count = module_size(code.box, code.modules), len(code.modules)
    assert size * (count + 2 * qr.QUIET) <= min(code.box.width, code.box.height)
    image = paint(plan, width, height, faces, smooth=False, red=False).crop(
        (code.box.left, code.box.top, code.box.right, code.box.bottom)
    )
    left, top = (code.box.width - size * count) // 2, (code.box.height - size * count) // 2
    read = tuple(
        tuple(image.getpixel((left + x * size + size // 2, top + y * size + size // 2)) == 0 for x in range(count))
        for y in range(count)
    )
    assert read == qr.modules(LINK)


def test_a_site_with_more_spaces_than_fit_says_how_many_are_left_out() -> None:
    spaces = tuple(SpaceSign(f"s{n}", f"空间{n}", "", "free") for n in range(60))
    busy = SpaceSign("busy", "忙", "", "in_use", Activity("合唱", at("09:00"), at("10:00")))
    sign = Sign("wuhan", "江湖里社区", ZONE, LINK, (*spaces, busy), door=False)
    said = [item.text for item in site_plan(sign, 800, 480, "zh", shown_at=NOW, due_at=DUE) if isinstance(item, Words)]
    shown = sum(text.startswith("空间") for text in said) + 1
    assert f"另有 {61 - shown} 个空间" in said
    assert "忙" in said
