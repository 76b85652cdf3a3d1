"""What axe-core finds wrong with a page, as people with a screen reader or a keyboard would."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """Return the violations of WCAG 2.2 AA on the page as it is now, one line each with the elements at fault."""
    found = Axe().run(page, options={"runOnly": _WCAG, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {one['help']}: " + "; ".join(str(node["html"])[:160] for node in one["nodes"]) for one in found
    ]
