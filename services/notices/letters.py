"""Writes mail: plain text and a simple HTML beside it, in the reader's language, with a way to unsubscribe. Pure."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from services.contracts.instants import to_datetime
from services.contracts.names import Millis
from services.contracts.texts import text
from services.notices.records import Delivery, Subscription
from services.notices.signing import unsubscribe_token

_MAX_SUBJECT = 120
_WHEN = "padding:4px 12px 4px 0;color:#4a5a69;white-space:nowrap;vertical-align:top"


@dataclass(frozen=True, slots=True)
class House:
    """Who writes, and where readers find more."""

    sender: str
    """Mail address, with or without a name."""
    url: str
    """Base of our pages, without a slash at its end; empty: letters have no links."""
    name: str
    """What people call the place."""


def letter(
    subscription: Subscription, deliveries: Sequence[Delivery], house: House, unsubscribe: str, now: Millis
) -> EmailMessage:
    """Return the letter that tells of these notices. `unsubscribe`: a link that works without sign-in, or empty."""
    language = subscription.language
    sentences = [_sentence(one) for one in deliveries]
    message = EmailMessage()
    message["From"] = house.sender
    message["To"] = subscription.target
    message["Subject"] = _one_line(_subject(sentences, house, language))[:_MAX_SUBJECT]
    message["Date"] = format_datetime(datetime.fromtimestamp(now / 1000, UTC))
    # The same at every try, so that a letter that came twice is seen to be one.
    message["Message-ID"] = f"<{deliveries[0].id}.{len(deliveries)}@foldspace>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    foot = [text("calendar.mail_why", language, {"name": subscription.name, "place": house.name})]
    message.set_content(_plain(deliveries, sentences, foot, house, unsubscribe, language))
    message.add_alternative(_html(deliveries, sentences, foot, house, unsubscribe, language), subtype="html")
    return message


def unsubscribe_link(url: str, subscription: Subscription) -> str:
    """Return the link by which a reader ends a subscription; empty while nobody has said where our pages are."""
    token = unsubscribe_token(subscription.secret, subscription.id)
    return f"{url}/api/v1/subscriptions/{subscription.id}/unsubscribe/{token}" if url else ""


def _subject(sentences: Sequence[str], house: House, language: str) -> str:
    if len(sentences) == 1:
        return sentences[0]
    return text("calendar.mail_many", language, {"n": len(sentences), "place": house.name})


def _sentence(delivery: Delivery) -> str:
    data = delivery.body.get("data", {})
    return _one_line(str(data.get("summary") or data.get("text") or delivery.type))


def _at(delivery: Delivery) -> str:
    """Return when it happened by the clock on the site's wall, as the instant says it."""
    said = str(delivery.body.get("timestamp", ""))
    return said[:16].replace("T", " ") if said else f"{to_datetime(delivery.made_at):%Y-%m-%d %H:%M}"


def _plain(
    deliveries: Sequence[Delivery], sentences: Sequence[str], foot: list[str], house: House, link: str, language: str
) -> str:
    lines = [f"{_at(one)}  {said}" for one, said in zip(deliveries, sentences, strict=True)]
    end = [*foot]
    if house.url:
        end.append(f"{text('calendar.mail_board', language)}: {house.url}/")
    if link:
        end.append(f"{text('calendar.mail_unsubscribe', language)}: {link}")
    return "\n".join([*lines, "", "-- ", *end, ""])


def _html(
    deliveries: Sequence[Delivery], sentences: Sequence[str], foot: list[str], house: House, link: str, language: str
) -> str:
    rows = "".join(
        f"<tr><td style='{_WHEN}'>{_safe(_at(one))}</td><td style='padding:4px 0'>{_safe(said)}</td></tr>"
        for one, said in zip(deliveries, sentences, strict=True)
    )
    end = [_safe(line) for line in foot]
    if house.url:
        end.append(f"<a href='{_safe(house.url)}/'>{_safe(text('calendar.mail_board', language))}</a>")
    if link:
        end.append(f"<a href='{_safe(link)}'>{_safe(text('calendar.mail_unsubscribe', language))}</a>")
    tag = "zh-CN" if language == "zh" else "en"
    return (
        f"<!doctype html><html lang='{tag}'><body style='font:16px/1.5 system-ui,sans-serif;color:#13202c'>"
        f"<table>{rows}</table><p style='color:#4a5a69;font-size:14px'>{' · '.join(end)}</p></body></html>"
    )


def _safe(said: str) -> str:
    return html.escape(said, quote=True)


def _one_line(said: str) -> str:
    """Return a text as one line: what breaks lines in a header could begin another one."""
    return " ".join("".join(one if one.isprintable() else " " for one in said).split())
