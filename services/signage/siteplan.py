"""Lays out the picture for a shared corner: every space of a site in a row, what is on, what begins next. Pure."""

from services.contracts.instants import local_clock, to_datetime
from services.contracts.names import Millis
from services.contracts.texts import text
from services.signage import qr
from services.signage.doorplan import LEAST, detail, module_size, on_day, stamp_text
from services.signage.items import Bar, Box, Code, Item, Shape, Words, shared
from services.signage.signs import Sign, SpaceSign

_LEAST_ROW = 34
"""Pixels of a row: two lines of small characters."""
_TALLEST_ROW = 9
"""A row is never more than this part of the picture's height, so that few spaces do not look lost."""
_COLUMN = 360
"""Pixels of a column at least."""


def site_plan(sign: Sign, width: int, height: int, language: str, *, shown_at: Millis, due_at: Millis) -> list[Item]:
    """Return what stands where on `width` × `height` pixels. `shown_at` is since when it shows the same."""
    margin = max(2, min(width, height) // 30)
    page = Box(0, 0, width, height).inset(margin)
    stamp, rest = page.cut_bottom(max(LEAST + 3, page.height // 24))
    items: list[Item] = [Words(stamp, stamp_text(language, sign.zone, shown_at, due_at), stamp.height, 7)]
    head, rest = rest.cut_top(max(LEAST * 2, rest.height // 8))
    code, head = _code(sign, head, rest)
    items += code
    if code:
        rest = Box(rest.left, max(rest.top, head.bottom), rest.right, rest.bottom)
    name, day = head.cut_left(head.width * 7 // 10)
    items.append(
        Words(name, f"{sign.site_name} · {text('screen.title_site', language)}", name.height, LEAST, bold=True)
    )
    items.append(Words(day, _day(language, sign.zone, shown_at), name.height // 2, LEAST, align="right"))
    rule, rest = rest.cut_top(margin)
    items.append(Bar(Box(rule.left, rule.top, rule.right, rule.top + max(1, height // 240))))
    columns = _columns(rest, len(sign.spaces), margin)
    fitting = columns * max(1, rest.height // max(_LEAST_ROW, 1))
    shown = list(sign.spaces)
    if len(shown) > fitting:  # what is on or begins today first, each in its order
        kept = sorted(range(len(shown)), key=lambda n: (shown[n].now is None and shown[n].next is None, n))
        shown = [shown[n] for n in sorted(kept[: max(1, fitting - 1)])]
    entries: list[SpaceSign | int] = [*shown]
    if len(shown) < len(sign.spaces):
        entries.append(len(sign.spaces) - len(shown))
    down = -(-len(entries) // columns) if entries else 0
    for number in range(columns):
        part = rest.width // columns
        column = Box(
            rest.left + number * part,
            rest.top,
            rest.left + (number + 1) * part - (margin if number < columns - 1 else 0),
            rest.bottom,
        )
        tall = max(_LEAST_ROW, min(column.height // max(down, 1), height // _TALLEST_ROW))
        rows = shared(column.cut_top(tall * down)[0], down, 0)
        for row, entry in zip(rows, entries[number * down :], strict=False):
            items += _row(sign, entry, row, language, shown_at)
    return items


def _columns(box: Box, count: int, margin: int) -> int:
    most = max(1, (box.width + margin) // _COLUMN)
    needed = -(-count // max(1, box.height // (_LEAST_ROW * 3 // 2)))
    return max(1, min(most, needed))


def _day(language: str, zone: str, at: Millis) -> str:
    shown = to_datetime(at, zone)
    return f"{shown.month}月{shown.day}日" if language == "zh" else f"{shown.day} {shown:%B}"


def _row(sign: Sign, entry: SpaceSign | int, row: Box, language: str, now: Millis) -> list[Item]:
    gap = max(1, row.height // 12)
    inner = Box(row.left, row.top + gap, row.right, row.bottom - gap)
    if isinstance(entry, int):
        return [Words(inner, text("screen.more_spaces", language, {"n": entry}), inner.height // 2, LEAST)]
    mark, words = inner.cut_left(min(inner.height, row.width // 5))
    _, words = words.cut_left(max(2, row.height // 8))
    upper, lower = words.cut_top(words.height * 11 // 20)
    word, name = upper.cut_right(words.width // 3)
    return [
        Shape(mark.inset(max(1, min(mark.width, mark.height) // 8)), entry.status),
        Words(name, entry.name, upper.height, LEAST, bold=True),
        Words(word, text(f"screen.{entry.status}", language), upper.height, LEAST, bold=True, align="right"),
        Words(lower, _line(sign, entry, language, now), lower.height, LEAST),
    ]


def _line(sign: Sign, one: SpaceSign, language: str, now: Millis) -> str:
    """Return what is on in a space, else what begins next, else until when it is as it is."""
    if one.message is not None:
        return one.message.text
    if one.now is not None:
        until = text("screen.until", language, {"time": local_clock(one.now.end, sign.zone)})
        return f"{one.now.title} · {until}"
    if one.next is not None:
        time = on_day(local_clock(one.next.start, sign.zone), one.next, language, sign.zone, now)
        return f"{text('screen.next', language)} {time} {one.next.title}"
    return detail(language, sign.zone, one)


def _code(sign: Sign, head: Box, rest: Box) -> tuple[list[Item], Box]:
    """Return the code in the upper right corner, and the head beside it; too small to be read, none."""
    modules = qr.modules(sign.link)
    square = Box(head.right - head.height, head.top, head.right, head.bottom)
    needed = 2 * (len(modules) + 2 * qr.QUIET)
    if head.height < needed and needed <= min(rest.height // 3, head.width // 3):
        square = Box(head.right - needed, head.top, head.right, head.top + needed)
    if not module_size(square, modules) or square.width > head.width // 3:
        return [], head
    return [Code(square, modules)], Box(head.left, head.top, square.left - 4, square.bottom)
