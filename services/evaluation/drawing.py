"""Draws trade-off curves as one SVG, for light and dark pages; the same bytes for the same figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from xml.sax.saxutils import escape

from services.contracts.texts import text
from services.evaluation.curve import Curve, Point

_WIDTH = 880
_LEFT, _RIGHT, _TOP, _BOTTOM = 76.0, 852.0, 92.0, 492.0
_LEGEND, _ROW = 576.0, 24.0
_COLUMNS = (28.0, 330.0, 600.0)
"""Where the legend's columns begin: the run, and the two points where the shipped rules are."""
_TICKS = (0, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 80, 100)
_MARKED = (0.01, 0.03, 0.1, 0.3, 0.5)
"""Thresholds named along the first curve, so that one sees which way they run."""
_APART, _NAME_APART = 0.4, 46.0
"""Pixels: nearer points make no line, nearer names could not be read."""
_LONGEST = 28
_DASHES = ("", "7 4", "2 3", "9 3 2 3")
_COLOURS = 5
_STYLE = """
svg { --paper: #ffffff; --ink: #1b1f24; --soft: #57606a; --grid: #e4e7eb;
  --run0: #0a58ca; --run1: #b4480b; --run2: #18794e; --run3: #8e3fb5; --run4: #97690a; }
@media (prefers-color-scheme: dark) { svg { --paper: #14181d; --ink: #e8ebef; --soft: #a3adb8; --grid: #2c333b;
  --run0: #6cb0ff; --run1: #ff9d5c; --run2: #57cf96; --run3: #d49bf0; --run4: #e5bd52; } }
text { font: 13px system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  fill: var(--ink); }
.title { font-size: 18px; font-weight: 600; }
.soft { fill: var(--soft); font-size: 12px; }
.paper { fill: var(--paper); }
.grid { stroke: var(--grid); }
.frame { stroke: var(--soft); fill: none; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.mark { stroke: var(--paper); stroke-width: 1.5; }
.dot { fill: var(--paper); stroke-width: 1.5; }
.halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One run: its curve, and what was left out of it; None: nothing."""

    curve: Curve
    without: str | None


def draw(lines: Sequence[Line], recording: str, occupied_min: float, vacant_min: float, language: str) -> str:
    """Return the curves as an SVG document with its words in `language`; `recording` names their source."""
    return _Drawing(language).document(lines, recording, occupied_min, vacant_min)


class _Drawing:
    """The parts of one drawing, from top to bottom."""

    def __init__(self, language: str) -> None:
        self._language = language

    def document(self, lines: Sequence[Line], recording: str, occupied_min: float, vacant_min: float) -> str:
        height = _LEGEND + _ROW * (len(lines) + 1) + 34
        source = {
            "recording": recording,
            "occupied_min": _thousands(occupied_min),
            "vacant_min": _thousands(vacant_min),
        }
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" lang="{self._language}"'
            ' role="img" aria-labelledby="title about">',
            f'<title id="title">{self._words("curve_title")}</title>',
            f'<desc id="about">{self._words("curve_about")}</desc>',
            f"<style>{_STYLE}{''.join(_colour(number) for number in range(_COLOURS))}</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{height:g}"/>',
            self._text("curve_title", 28, 36, "title"),
            self._text("curve_about", 28, 60, "soft"),
            *self._axes(),
        ]
        for number, line in enumerate(lines):
            parts.append(_line(line, number))
        for number, line in reversed([*enumerate(lines)]):  # above every line, the first run's on top
            parts += _marks(line.curve, number)
        if lines and lines[0].curve.shown is None:
            parts.append(self._text("curve_nothing", (_LEFT + _RIGHT) / 2, (_TOP + _BOTTOM) / 2, anchor="middle"))
        elif lines:
            parts += self._thresholds(lines[0].curve)
        parts += self._legend(lines)
        parts.append(self._text("curve_source", 28, height - 16, "soft", params=source))
        return "\n".join([*parts, "</svg>", ""])

    def _axes(self) -> Iterator[str]:
        for tick in _TICKS:
            x, y = _x(tick / 100), _y(tick / 100)
            yield f'<path class="grid" d="M{x:.1f} {_TOP:g}V{_BOTTOM:g}M{_LEFT:g} {y:.1f}H{_RIGHT:g}"/>'
            yield f'<text class="soft" x="{x:.1f}" y="{_BOTTOM + 18:g}" text-anchor="middle">{tick:g}</text>'
            yield f'<text class="soft" x="{_LEFT - 8:g}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
        yield f'<path class="frame" d="M{_LEFT:g} {_TOP:g}V{_BOTTOM:g}H{_RIGHT:g}"/>'
        yield self._text("curve_x", (_LEFT + _RIGHT) / 2, _BOTTOM + 42, anchor="middle")
        yield self._text("curve_y", 30, (_TOP + _BOTTOM) / 2, anchor="middle", turned=True)

    def _thresholds(self, curve: Curve) -> Iterator[str]:
        taken = [(_x(point.missed), _y(point.false)) for point in (curve.shown, curve.release) if point is not None]
        for threshold in _MARKED:
            point = curve.at(threshold)
            x, y = _x(point.missed), _y(point.false)
            if point.missed in (0.0, 1.0) or any(hypot(x - other[0], y - other[1]) < _NAME_APART for other in taken):
                continue
            taken.append((x, y))
            percent = {"percent": f"{100 * threshold:g}"}
            yield f'<circle class="dot run0" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
            yield self._text("curve_threshold", round(x + 9, 1), round(y - 7, 1), "soft halo", params=percent)

    def _legend(self, lines: Sequence[Line]) -> Iterator[str]:
        run, shown, release = _COLUMNS
        yield self._text("curve_run", run, _LEGEND, "soft")
        yield self._text("curve_shown", shown + 20, _LEGEND, "soft")
        yield self._text("curve_release", release + 20, _LEGEND, "soft")
        for number, line in enumerate(lines):
            y = _LEGEND + _ROW * (number + 1)
            yield f'<path class="line run{number % _COLOURS}"{_dash(number)} d="M{run:g} {y - 4:g}h36"/>'
            if line.without is None:
                yield self._text("curve_whole", run + 46, y)
            else:
                yield self._text("curve_without", run + 46, y, params={"name": _cut(line.without)})
            for point, mark, x in ((line.curve.shown, _disc, shown), (line.curve.release, _diamond, release)):
                if point is not None:
                    yield mark(x + 6, y - 4, number)
                    yield self._text("curve_figures", x + 20, y, params=_shares(point))

    def _words(self, key: str, params: Mapping[str, str] | None = None) -> str:
        return escape(text(f"evaluation.{key}", self._language, params))

    def _text(
        self,
        key: str,
        x: float,
        y: float,
        style: str = "",
        *,
        anchor: str = "start",
        turned: bool = False,
        params: Mapping[str, str] | None = None,
    ) -> str:
        place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"' + (f' class="{style}"' if style else "")
        place += f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
        return f"<text {place}>{self._words(key, params)}</text>"


def _line(line: Line, number: int) -> str:
    corners = [(_x(point.missed), _y(point.false)) for point in line.curve.points]
    drawn = corners[:1]
    for corner in corners[1:-1]:
        if hypot(corner[0] - drawn[-1][0], corner[1] - drawn[-1][1]) >= _APART:
            drawn.append(corner)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*drawn, *corners[1:][-1:]])
    return f'<polyline class="line run{number % _COLOURS}"{_dash(number)} points="{path}"/>'


def _marks(curve: Curve, number: int) -> Iterator[str]:
    if curve.release is not None:
        yield _diamond(_x(curve.release.missed), _y(curve.release.false), number)
    if curve.shown is not None:
        yield _disc(_x(curve.shown.missed), _y(curve.shown.false), number)


def _shares(point: Point) -> dict[str, str]:
    return {"false": f"{100 * point.false:.2f}", "missed": f"{100 * point.missed:.2f}"}


def _x(share: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * sqrt(share)


def _y(share: float) -> float:
    """Small shares are what matters: on a square root's scale they can be told apart, and nothing has its place too."""
    return _BOTTOM - (_BOTTOM - _TOP) * sqrt(share)


def _disc(x: float, y: float, number: int) -> str:
    return f'<circle class="mark fill{number % _COLOURS}" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'


def _diamond(x: float, y: float, number: int) -> str:
    return f'<path class="mark fill{number % _COLOURS}" d="M{x:.1f} {y - 8:.1f}l8 8l-8 8l-8 -8z"/>'


def _dash(number: int) -> str:
    dash = _DASHES[number % len(_DASHES)]
    return f' stroke-dasharray="{dash}"' if dash else ""


def _colour(number: int) -> str:
    return f".run{number} {{ stroke: var(--run{number}); }} .fill{number} {{ fill: var(--run{number}); }}\n"


def _cut(name: str) -> str:
    """Return a name that fits into its column of the legend."""
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _thousands(minutes: float) -> str:
    return f"{minutes:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
