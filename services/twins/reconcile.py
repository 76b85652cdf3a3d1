"""Desired against reported configuration: what to tell a device next. Pure, for one device at one instant."""

from dataclasses import dataclass

from services.twins.records import CANNOT_CONFIGURE, UNANSWERED, Answer, Desired, Reported


@dataclass(frozen=True, slots=True)
class Configure:
    """Queue `configure` with the desired version, in this boot of the device."""

    boot: str | None


@dataclass(frozen=True, slots=True)
class Outrank:
    """The device holds a younger version, or another one of our number, as after a restored backup: count past it."""

    version: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Keep why the device does not take this version."""

    reason: str


Step = Configure | Outrank | Refused


def reconcile(desired: Desired, reported: Reported, answer: Answer | None) -> Step | None:
    """Return the next step, or None while there is nothing to do or something is under way.

    `answer` is what became of `desired.command`, None if nobody knows of one. A refusal is final until the desired
    version moves or the device starts anew; a device that does not report its version is believed when it says ok.
    """
    if reported.version == desired.version and (desired.command is not None or _holds(desired, reported)):
        return None
    if not reported.speaks:
        return None if desired.refusal == CANNOT_CONFIGURE else Refused(CANNOT_CONFIGURE)
    if answer is not None and answer.state == "unfinished":
        return None
    started_anew = reported.boot != desired.boot
    if answer is not None and answer.state == "refused" and not started_anew:
        return None if desired.refusal is not None else Refused(answer.reason or UNANSWERED)
    if not reported.online or (answer is not None and answer.state == "ok" and not started_anew):
        return None
    if reported.version is not None and reported.version >= desired.version:
        return None if _holds(desired, reported) else Outrank(reported.version)
    return Configure(reported.boot)


def _holds(desired: Desired, reported: Reported) -> bool:
    """Tell whether the device is set up as desired, under whatever version."""
    held = reported.config or {}
    return all(name in held and held[name] == value for name, value in desired.config.items())
