"""Paints a plan as PNG for an e-paper panel: the same plan gives the same bytes. Not for two threads at a time."""

import io
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw

from services.contracts.names import Millis
from services.signage.doorplan import door_plan, module_size
from services.signage.fonts import Faces
from services.signage.items import Bar, Box, Code, Item, Shape, Words
from services.signage.signs import Sign
from services.signage.siteplan import site_plan
from services.signage.words import fit, width_of

Levels = Literal[2, 4, 16]
Rotation = Literal[0, 90, 180, 270]
LEAST_SIDE, MOST_SIDE = 64, 2000
"""Pixels of a side: from a label at the door to a large reader."""
VERSION = 1
"""Counts up when the same sign is painted in another way: panels fetch it again."""
_WHITE, _BLACK, _RED = 255, 0, 1
"""As grey; red is a number of its own until the picture is done."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel a picture is for, in pixels as its electronics count them."""

    width: int
    height: int
    levels: Levels = 2
    """Shades of grey; 2: black and white, without dithering."""
    rotate: Rotation = 0
    """Degrees by which it hangs turned to the left."""
    language: str = "zh"
    both: bool = False
    """The other language small beside it."""
    red: bool = False
    """Whether it has red besides; only with two levels, where nothing is between black and white."""


def picture(sign: Sign, panel: Panel, faces: Faces, shown_at: Millis, due_at: Millis) -> bytes:
    """Return the PNG of a sign. `shown_at`: since when it shows this; `due_at`: when that changes, by plan."""
    upright = panel.rotate in (0, 180)
    width, height = (panel.width, panel.height) if upright else (panel.height, panel.width)
    plan = (
        door_plan(sign, width, height, panel.language, both=panel.both, shown_at=shown_at, due_at=due_at)
        if sign.door
        else site_plan(sign, width, height, panel.language, shown_at=shown_at, due_at=due_at)
    )
    return _png(paint(plan, width, height, faces, smooth=panel.levels > 2, red=panel.red and panel.levels == 2), panel)


def paint(plan: list[Item], width: int, height: int, faces: Faces, *, smooth: bool, red: bool) -> Image.Image:
    """Return a plan as an image of greys; 1 stands for red. What does not fit its box is cut off at its edge."""
    image = Image.new("L", (width, height), _WHITE)
    for item in plan:
        if item.box.width and item.box.height:
            stencil = Image.new("L", (item.box.width, item.box.height), 0)
            draw = ImageDraw.Draw(stencil)
            draw.fontmode = "L" if smooth else "1"
            _stencil(draw, item, faces)
            image.paste(_ink(item, red=red), (item.box.left, item.box.top), stencil)
    return image


def _ink(item: Item, *, red: bool) -> int:
    if isinstance(item, (Words, Shape)) and item.light:
        return _WHITE
    return _RED if red and isinstance(item, (Words, Bar)) and item.accent else _BLACK


def _stencil(draw: ImageDraw.ImageDraw, item: Item, faces: Faces) -> None:
    """Draw where an item leaves ink, from the corner of its own box."""
    width, height = item.box.width, item.box.height
    match item:
        case Bar():
            draw.rectangle((0, 0, width, height), fill=255)
        case Words():
            _write(draw, item, faces)
        case Code():
            _encode(draw, item)
        case Shape():
            side = min(width, height)
            left, top = (width - side) // 2, (height - side) // 2
            _shape(draw, item, Box(left, top, left + side - 1, top + side - 1))


def _write(draw: ImageDraw.ImageDraw, item: Words, faces: Faces) -> None:
    box = item.box
    fitted = fit(
        faces, item.text, box.width, box.height, item.largest, item.least, most_lines=item.most_lines, bold=item.bold
    )
    if fitted is None:
        return
    font, down = faces.at(fitted.size, bold=item.bold), (box.height - fitted.height) // 2
    for line, baseline in zip(fitted.lines, fitted.baselines, strict=True):
        free = box.width - width_of(faces, line, fitted.size, bold=item.bold)
        left = {"left": 0, "middle": free // 2, "right": free}[item.align]
        draw.text((left, down + baseline), line, fill=255, font=font, anchor="ls")


def _encode(draw: ImageDraw.ImageDraw, item: Code) -> None:
    size = module_size(item.box, item.modules)
    side = size * len(item.modules)
    left, top = (item.box.width - side) // 2, (item.box.height - side) // 2
    for y, row in enumerate(item.modules):
        for x, dark in enumerate(row):
            if dark:
                at = (left + x * size, top + y * size)
                draw.rectangle((*at, at[0] + size - 1, at[1] + size - 1), fill=255)


def _shape(draw: ImageDraw.ImageDraw, item: Shape, at: Box) -> None:
    """Draw the shape of a state: known without colour, and from afar."""
    pen = max(1, at.width // 9)
    round_, middle = (at.left, at.top, at.right, at.bottom), (at.left + at.right) // 2
    match item.status:
        case "in_use":
            draw.ellipse(round_, fill=255)
        case "booked":
            draw.ellipse(round_, outline=255, width=pen)
            draw.pieslice(round_, 90, 270, fill=255)
        case "free":
            draw.ellipse(round_, outline=255, width=pen)
        case "held":
            draw.ellipse(round_, outline=255, width=pen)
            draw.line((middle, at.top + at.height // 4, middle, (at.top + at.bottom) // 2), fill=255, width=pen)
            end = (middle + at.width // 4, (at.top + at.bottom) // 2)
            draw.line((middle, (at.top + at.bottom) // 2, *end), fill=255, width=pen)
        case "unknown":
            draw.polygon(
                [
                    (middle, at.top),
                    (at.right, (at.top + at.bottom) // 2),
                    (middle, at.bottom),
                    (at.left, (at.top + at.bottom) // 2),
                ],
                outline=255,
                width=pen,
            )
        case "closed":
            third = at.height // 3
            draw.rectangle((at.left, at.top + third, at.right, at.bottom - third), fill=255)


def _png(image: Image.Image, panel: Panel) -> bytes:
    turns = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
    if panel.rotate:
        image = image.transpose(turns[panel.rotate])
    steps = panel.levels - 1
    palette = [round(255 * step / steps) for step in range(panel.levels)]
    colours = [channel for grey in palette for channel in (grey, grey, grey)]
    # Numbers of the palette instead of greys: as few bits a pixel as the panel has shades.
    indexed = image.point([round(grey * steps / 255) for grey in range(256)])
    if panel.red and panel.levels == 2:
        colours += [200, 0, 0]
        mask = image.point([255 if grey == _RED else 0 for grey in range(256)])
        indexed.paste(panel.levels, (0, 0), mask)
    out = indexed.copy()
    out.putpalette(colours)
    bits = next(bits for bits in (1, 2, 4, 8) if 2**bits >= len(colours) // 3)
    stream = io.BytesIO()
    out.save(stream, format="PNG", bits=bits, optimize=False)
    return stream.getvalue()
