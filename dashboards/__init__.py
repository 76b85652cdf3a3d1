"""The files people see: staff console, resident and partner pages, screens. Fed by nothing; served by services/api."""

from pathlib import Path

FOLDERS = ("shared", "staff", "resident", "partner", "screens", "vendor")
"""What browsers may fetch; Grafana's files are not among them."""

PARTS = "parts"
"""Pieces of HTML that several pages have: `<!-- part: head -->` stands for parts/head.html."""


def page_files() -> Path:
    """Return the folder that holds FOLDERS."""
    return Path(__file__).parent
