"""Phone numbers in one form (E.164), however people write them; without a country they are Chinese. Pure."""

import re
import unicodedata

_NOISE = re.compile(r"[\s().\-‐‑–—/]+")
_E164 = re.compile(r"\+[1-9]\d{7,14}")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(10|2\d|[3-9]\d{2})[2-9]\d{6,7}")
_CHINA = "+86"


def normalised(typed: str) -> str | None:
    """Return the number as `+8613800138000`; None: nobody could be called there."""
    text = _NOISE.sub("", unicodedata.normalize("NFKC", typed))
    if not text.isascii():
        return None
    text = "+" + text[2:] if text.startswith("00") else text
    if text.startswith("+") and not text.startswith(_CHINA):
        return text if _E164.fullmatch(text) else None
    home = text.removeprefix(_CHINA)
    if _MOBILE.fullmatch(home):
        return _CHINA + home
    # From abroad an area code comes without its zero.
    landline = "0" + home if text.startswith(_CHINA) and not home.startswith("0") else home
    return _CHINA + landline[1:] if _LANDLINE.fullmatch(landline) else None
