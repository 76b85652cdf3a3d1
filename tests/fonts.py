"""The font that pictures are written with: a machine without one skips what needs it, and CI fails."""

import os

import pytest

from services.signage.fonts import Faces, FontMissingError, find


def faces() -> Faces:
    """Return the font of this machine."""
    try:
        return find("")
    except FontMissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error), allow_module_level=True)
