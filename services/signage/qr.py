"""QR codes: as SVG for pages and print, as modules for pictures."""

import io

import segno

QUIET = 4
"""Modules of white around a code, as ISO/IEC 18004 asks for; scanners in the sun need them."""


def svg(link: str) -> str:
    """Return the code of a link as SVG without any style, dark on white also on a dark page."""
    out = io.BytesIO()
    options = {"svgclass": None, "lineclass": None, "omitsize": True, "xmldecl": False, "light": "#fff"}
    _code(link).save(out, kind="svg", border=QUIET, **options)
    return out.getvalue().decode("utf-8")


def modules(link: str) -> tuple[tuple[bool, ...], ...]:
    """Return the rows of the code of a link, True for dark, without the white around it."""
    return tuple(tuple(bool(module) for module in row) for row in _code(link).matrix)


def _code(link: str) -> segno.QRCode:
    return segno.make_qr(link, error="m")
