"""Finds a font with Chinese characters on this machine, and says what to install when there is none."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from services.contracts.errors import FoldspaceError

PROBE = "汉"
"""A font that has this character and those of English will do."""
_ABSENT = "\U0010ffff"
"""No font has this one: it shows what a font draws for what it lacks."""
_PREFERRED = ("SC", "CN", "GB")
"""In a collection of faces those with the shapes of characters that are usual here."""
_MOST_FACES = 16

USUAL: tuple[tuple[str, str], ...] = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc"),
    (
        "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    ),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",) * 2,
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",) * 2,
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",) * 2,
    ("/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",) * 2,
    ("/System/Library/Fonts/PingFang.ttc",) * 2,
    ("/System/Library/Fonts/Hiragino Sans GB.ttc",) * 2,
    (r"C:\Windows\Fonts\msyh.ttc", r"C:\Windows\Fonts\msyhbd.ttc"),
)
"""Regular and bold, in the order in which they are tried."""


class FontMissingError(FoldspaceError):
    """No font with Chinese characters is on this machine, or the one that is set cannot be used."""

    kind = "font"


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font file and the face in it."""

    path: str
    face: int = 0


@dataclass(frozen=True, slots=True)
class Faces:
    """What pictures are written with."""

    regular: FontFile
    bold: FontFile

    def at(self, size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
        """Return the font at a size in pixels. Not to be used by two threads at a time."""
        return _opened(self.bold if bold else self.regular, size)

    def readable(self, text: str) -> str:
        """Return a text without what the font cannot draw, on one line: an emoji would be an empty box."""
        kept = "".join(char if char == " " or _drawn(self.regular, char) else " " for char in text)
        return " ".join(kept.split())


def find(
    setting: str, usual: Sequence[tuple[str, str]] = USUAL, exists: Callable[[str], bool] = os.path.exists
) -> Faces:
    """Return the font of the setting, else the first of the usual places. Raises FontMissingError."""
    if setting:
        if not Path(setting).is_file():
            raise FontMissingError(f"FOLDSPACE_FONT {setting}: is not a file")
        file = _face_of(setting)
        if file is None:
            raise FontMissingError(f"FOLDSPACE_FONT {setting}: is not a font with Chinese characters")
        return Faces(file, file)
    for regular, bold in usual:
        plain = _face_of(regular) if exists(regular) else None
        if plain is not None:
            heavy = _face_of(bold) if bold != regular and exists(bold) else None
            return Faces(plain, heavy or plain)
    raise FontMissingError("no font with Chinese characters was found; install fonts-noto-cjk or set FOLDSPACE_FONT")


@lru_cache(maxsize=32)
def _face_of(path: str) -> FontFile | None:
    """Return the face of a file that suits best; None: it is no font, or has no Chinese characters."""
    found: FontFile | None = None
    for index in range(_MOST_FACES):
        file = FontFile(path, index)
        try:
            family = _opened(file, 16).getname()[0] or ""
        except OSError:  # past the last face, or no font at all
            break
        if not _drawn(file, PROBE):
            continue
        if any(word in _PREFERRED for word in family.split()) and "Mono" not in family:
            return file
        found = found or file
    return found


@lru_cache(maxsize=256)
def _opened(file: FontFile, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file.path, size, index=file.face, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def _drawn(file: FontFile, char: str) -> bool:
    """Tell whether the font draws this character, and not the box that stands for one it lacks."""
    if not char.isprintable() or char == _ABSENT or 0xD800 <= ord(char) <= 0xDFFF:
        return False
    font = _opened(file, 16)
    mask, absent = font.getmask(char), font.getmask(_ABSENT)
    return mask.size != (0, 0) and (mask.size != absent.size or bytes(mask) != bytes(absent))
