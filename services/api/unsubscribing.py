"""The one page that a letter's reader meets: do you want no more of this, and: it is done."""

import html

from fastapi import Response

from services.api.deps import Deps
from services.api.problems import RefusalError
from services.contracts.errors import NotFoundError
from services.contracts.texts import text
from services.notices.records import Subscription
from services.notices.signing import may_unsubscribe


def known_by(deps: Deps, id: str, token: str) -> Subscription:
    """Return the subscription a link is for. Raises RefusalError for any link that is not ours."""
    try:
        known = deps.subscriptions.get(id)
    except NotFoundError:
        known = None
    if known is None or known.kind != "mail" or not may_unsubscribe(known.secret, known.id, token):
        raise RefusalError("not-found", "unsubscribe_unknown")
    return known


def asking(known: Subscription, language: str) -> Response:
    """Return the page that asks."""
    button = f"<button class='primary'>{_said('unsubscribe', language)}</button>"
    return _page("unsubscribe_ask", known, language, f"<form method='post'>{button}</form>")


def done(known: Subscription, language: str) -> Response:
    """Return the page that says it is done."""
    return _page("unsubscribe_done", known, language, "")


def _page(key: str, known: Subscription, language: str, more: str) -> Response:
    sentence = html.escape(text(f"calendar.{key}", language, {"name": known.name}), quote=True)
    title = _said("unsubscribe", language)
    content = (
        f"<!doctype html><html lang='{'zh-CN' if language == 'zh' else 'en'}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'><meta name='robots' content='noindex'>"
        f"<title>{title}</title><link rel='stylesheet' href='/static/shared/base.css'>"
        "<link rel='stylesheet' href='/static/shared/pages.css'></head>"
        f"<body class='plain'><main class='card'><h1>{title}</h1><p class='lead'>{sentence}</p>{more}</main>"
        "</body></html>"
    )
    return Response(content, media_type="text/html; charset=utf-8")


def _said(key: str, language: str) -> str:
    return html.escape(text(f"calendar.{key}", language), quote=True)
