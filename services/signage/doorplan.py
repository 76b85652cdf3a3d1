"""Lays out the picture for a door: state, what is on, what comes next, what staff say, the code, and its age. Pure."""

from services.contracts.instants import local_clock, to_datetime
from services.contracts.names import Millis
from services.contracts.texts import text
from services.signage import qr
from services.signage.items import Bar, Box, Code, Item, Shape, Words, shared
from services.signage.signs import Activity, Sign, SpaceSign
from services.signage.telling import end_of_day

LEAST = 10
"""Pixels of the smallest characters: with fewer strokes run together."""
_LEAST_MODULE = 2
"""Pixels of a module of a QR code: with fewer no phone reads it."""
_NARROW = 200
"""Below this many pixels of width the age of a picture is told in short."""
_SMALL = 150
"""Below this many pixels a picture has room for the state and its age alone."""


def door_plan(
    sign: Sign, width: int, height: int, language: str, *, both: bool, shown_at: Millis, due_at: Millis
) -> list[Item]:
    """Return what stands where on `width` × `height` pixels.

    `both`: the other language small beside the first where there is room. `shown_at` is since when it shows the same.
    """
    said, one = _Words(language, both, sign.zone, shown_at), sign.spaces[0]
    margin = max(2, min(width, height) // 24)
    page = Box(0, 0, width, height).inset(margin)
    stamp, rest = page.cut_bottom(max(LEAST + 3, page.height // 20))
    items: list[Item] = [
        Words(
            stamp, stamp_text(said.language, sign.zone, shown_at, due_at, short=page.width < _NARROW), stamp.height, 7
        )
    ]
    if min(width, height) < _SMALL:
        if one.now is not None and rest.height >= 5 * LEAST:
            now, rest = rest.cut_bottom(rest.height // 3)
            items.append(Words(now, f"{one.now.title} {said.span(one.now)}", now.height, LEAST))
        return [*items, *_state(said, one, rest, margin)]
    rule, rest = rest.cut_bottom(margin)
    items.append(
        Bar(Box(rule.left, rule.top + margin // 2, rule.right, rule.top + margin // 2 + max(1, height // 240)))
    )
    head, rest = rest.cut_top(rest.height // 8)
    place, name = head.cut_right(head.width // 3)
    items.append(Words(name, one.name, name.height, LEAST, bold=True))
    items.append(Words(place, sign.site_name, name.height // 2, LEAST, align="right"))
    _, rest = rest.cut_top(margin // 2)
    if one.message is not None:
        strip, rest = rest.cut_bottom(rest.height // 6)
        items += _strip(one.message.text, strip, margin, accent=True)
        _, rest = rest.cut_bottom(margin)
    if one.notice is not None:
        strip, rest = rest.cut_bottom(rest.height // 6)
        items += _strip(one.notice.zh if language == "zh" else one.notice.en, strip, margin)
        _, rest = rest.cut_bottom(margin)
    code, rest = _code(sign, said, rest, margin)
    items += code
    state, rest = rest.cut_top(rest.height * 2 // 5)
    items += _state(said, one, state, margin)
    _, rest = rest.cut_top(margin // 2)
    return [*items, *_programme(said, one, rest)]


def stamp_text(language: str, zone: str, shown_at: Millis, due_at: Millis, *, short: bool = False) -> str:
    """Return the line that betrays the age of a picture: since when it shows this, and when it changes by plan."""
    shown, due = to_datetime(shown_at, zone), local_clock(due_at, zone)
    if short:
        return text("screen.stamp_short", language, {"time": local_clock(shown_at, zone)})
    day = f"{shown.month}月{shown.day}日" if language == "zh" else f"{shown.day} {shown:%b}"
    due = "24:00" if due == "00:00" else due
    return text("screen.stamp", language, {"day": day, "time": local_clock(shown_at, zone), "due": due})


def module_size(box: Box, modules: tuple[tuple[bool, ...], ...]) -> int:
    """Return the pixels of a module of a code that fills a box with its quiet zone; 0: it is too small to be read."""
    size = min(box.width, box.height) // (len(modules) + 2 * qr.QUIET)
    return size if size >= _LEAST_MODULE else 0


def detail(language: str, zone: str, one: SpaceSign) -> str:
    """Return the second line of a state: until when it holds, or what it means."""
    match one.status:
        case "free" | "unknown":
            key = "free" if one.status == "free" else "unbooked"
            if one.free_until is None:
                return text(f"screen.{key}_all_day", language)
            return text(f"screen.{key}_until", language, {"time": local_clock(one.free_until, zone)})
        case "closed" if one.opens_at is not None:
            return text("screen.opens_at", language, {"time": local_clock(one.opens_at, zone)})
        case "closed" if one.now is None:
            return text("screen.closed_today", language)
        case "held":
            return text("screen.hint_held", language)
        case "booked":
            return text("screen.hint_booked", language)
        case "in_use":
            if one.now is None:
                return text("screen.hint_walk_in", language)
            return text("screen.until", language, {"time": local_clock(one.now.end, zone)})
    return ""


def on_day(time: str, one: Activity, language: str, zone: str, now: Millis) -> str:
    """Return a time of an activity, with the day when it is not today's."""
    return time if one.start < end_of_day(now, zone) else text("screen.tomorrow", language, {"time": time})


class _Words:
    """The words of one picture."""

    def __init__(self, language: str, both: bool, zone: str, now: Millis) -> None:
        self.language, self.both, self.zone, self.now = language, both, zone, now
        self.other = "en" if language == "zh" else "zh"

    def __call__(self, key: str) -> str:
        return text(f"screen.{key}", self.language)

    def span(self, one: Activity) -> str:
        return f"{local_clock(one.start, self.zone)}–{local_clock(one.end, self.zone)}"

    def entry(self, one: Activity) -> str:
        return f"{on_day(self.span(one), one, self.language, self.zone, self.now)}  {one.title}"


def _state(said: _Words, one: SpaceSign, box: Box, margin: int) -> list[Item]:
    side = min(box.height, box.width // 4)
    mark, words = box.cut_left(side)
    _, words = words.cut_left(margin)
    word, under = words.cut_top(words.height * 11 // 20)
    items: list[Item] = [Shape(mark, one.status)]
    if said.both and under.height >= 2 * LEAST:
        english, under = under.cut_top(under.height * 2 // 5)
        items.append(Words(english, text(f"screen.{one.status}", said.other), english.height, LEAST))
    items.append(
        Words(word, said(one.status), word.height, LEAST, bold=True, accent=one.status in ("in_use", "booked"))
    )
    items.append(Words(under, detail(said.language, said.zone, one), max(LEAST, word.height // 2), LEAST))
    return items


def _programme(said: _Words, one: SpaceSign, box: Box) -> list[Item]:
    """Return what is on now, larger, and what follows."""
    items: list[Item] = []
    if one.now is not None:
        now, box = box.cut_top(box.height * 9 // 20)
        time, title = now.cut_bottom(now.height * 2 // 5)
        items.append(Words(title, one.now.title, title.height, LEAST, most_lines=2, bold=True))
        items.append(Words(time, said.span(one.now), time.height, LEAST))
    coming = [activity for activity in (one.next, *one.later) if activity is not None]
    line = max(LEAST * 3 // 2, min(box.height // 4, box.width // 13))
    head, box = box.cut_top(line)
    items.append(Words(head, said("next"), line * 3 // 4, LEAST, bold=True))
    if not coming:
        row, _ = box.cut_top(line)
        return [*items, Words(row, said("nothing_next"), line, LEAST)]
    rows = shared(box, max(1, min(len(coming), box.height // max(1, line))), 0)
    for row, activity in zip(rows, coming, strict=False):
        items.append(Words(row.cut_top(line)[0], said.entry(activity), line, LEAST))
    return items


def _strip(sentence: str, box: Box, margin: int, *, accent: bool = False) -> list[Item]:
    inner = box.inset(max(1, margin // 3))
    return [Bar(box, accent), Words(inner, sentence, inner.height, LEAST, most_lines=2, bold=True, light=True)]


def _code(sign: Sign, said: _Words, box: Box, margin: int) -> tuple[list[Item], Box]:
    """Return the code with its caption, and the room that is left: at the right, or below on an upright picture."""
    modules = qr.modules(sign.link)
    if box.width >= box.height:
        side = min(box.height * 3 // 4, box.width * 2 // 5)
        place, rest = box.cut_right(side)
        _, rest = rest.cut_right(margin)
        square, below = place.cut_top(side)
        caption, _ = below.cut_top(max(LEAST * 2, side // 7))
        align, lines = "middle", 1
    else:
        side = min(box.width * 2 // 5, box.height // 3)
        place, rest = box.cut_bottom(side)
        _, rest = rest.cut_bottom(margin // 2)
        square, caption = place.cut_left(side)
        _, caption = caption.cut_left(margin)
        align, lines = "left", 3
    if not module_size(square, modules):
        return [], box
    words = said("scan" if sign.door else "scan_site")
    return [
        Code(square, modules),
        Words(
            caption,
            words,
            max(LEAST, side // 8),
            LEAST,
            most_lines=lines,
            align="left" if align == "left" else "middle",
        ),
    ], rest
