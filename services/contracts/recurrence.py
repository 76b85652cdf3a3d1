"""RFC 5545 recurrence on local days: which rules can be meant, and on which days one falls. Pure.

A rule says days alone; the time of day stands beside it and is local, so that nineteen o'clock stays nineteen o'clock
when the clocks change. At most one occurrence a day, hence no rule that repeats by the hour.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Self
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr
from pydantic import model_validator

from services.contracts.entries import Entry, LocalDay
from services.contracts.errors import FieldError

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_MOST = {"INTERVAL": 1000, "COUNT": 5000, "BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53,
         "BYSETPOS": 366}  # fmt: skip
"""The largest number each part takes; a count of 5,000 is a daily class for thirteen years."""
_FROM_THE_END = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_OF_A_DAY = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO")


class Recurring(Entry):
    """An entry that may repeat by a rule, from `dtstart` on, without `exdate` and with `rdate` (local days)."""

    rrule: str | None = None
    dtstart: LocalDay | None = None
    exdate: tuple[LocalDay, ...] = ()
    rdate: tuple[LocalDay, ...] = ()

    @model_validator(mode="after")
    def _can_be_meant(self) -> Self:
        if self.rrule is None:
            if self.dtstart or self.exdate or self.rdate:
                raise FieldError("rule_missing")
        elif self.dtstart is None:
            raise FieldError("rule_dtstart")
        else:
            check_rule(self.rrule, self.dtstart, self.exdate, self.rdate)
        return self

    def rule_days(self, first: date, last: date, zone: str, clock: str) -> list[date]:
        """Return the local days of the rule from `first` to `last`, both included, in order.

        `zone` and `clock` (HH:MM, when an occurrence begins) tell which day an UNTIL in UTC still reaches.
        """
        if self.rrule is None or self.dtstart is None:
            return []
        days = {day for day in self.rdate if first <= day <= last}
        days.update(_until(occurrences(self.rrule, self.dtstart, zone, clock), first, last))
        return sorted(days.difference(self.exdate))


def check_rule(text: str, dtstart: date, exdate: tuple[date, ...] = (), rdate: tuple[date, ...] = ()) -> None:
    """Raise ValueError with one sentence unless `text` is a rule that falls on at least one day."""
    parts = _parts(text)
    if "COUNT" in parts and "UNTIL" in parts:
        raise FieldError("rule_count_and_until")
    _numbers_in_range(parts)
    _days_known(parts)
    # Whether any day at all is meant is asked first, by the year: day by day the library looks for a 30th of February
    # for five seconds.
    by_year = {name: parts[name] for name in _OF_A_DAY if name in parts}
    weekdays = ",".join(sorted({day[-2:] for day in parts.get("BYDAY", ",".join(_DAYS)).split(",")}))
    falls = next(iter(_rule({"FREQ": "YEARLY", **by_year, "BYDAY": weekdays}, dtstart)), None) is not None
    days = occurrences(text, dtstart) if falls else iter(())
    meant = set(islice(days, len(exdate) + 1)) | set(rdate)
    if not meant.difference(exdate):
        raise FieldError("rule_never", rule=text, day=dtstart.isoformat())


def occurrences(text: str, dtstart: date, zone: str = "UTC", clock: str = "00:00") -> Iterator[date]:
    """Yield the days of a checked rule, in order."""
    parts = _parts(text)
    until = _last_day(parts.pop("UNTIL", None), zone, clock)
    for at in _rule(parts, dtstart):
        if at.date() > until:
            return
        yield at.date()


def _until(days: Iterator[date], first: date, last: date) -> Iterator[date]:
    for day in days:
        if day > last:
            return
        if day >= first:
            yield day


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for item in text.upper().removeprefix("RRULE:").split(";"):
        name, equals, value = item.strip().partition("=")
        if not equals or not value or name in parts:
            raise FieldError("rule_form", item=item)
        if name not in {"FREQ", "UNTIL", "WKST", "BYDAY", *_MOST}:
            raise FieldError("rule_part", name=name)
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        raise FieldError("rule_freq", freq=parts.get("FREQ", "missing"), known=", ".join(_FREQUENCIES))
    _last_day(parts.get("UNTIL"), "UTC", "00:00")
    return parts


def _numbers_in_range(parts: dict[str, str]) -> None:
    for name, most in _MOST.items():
        for value in parts[name].split(",") if name in parts else ():
            number = value.removeprefix("-") if name in _FROM_THE_END else value
            if not (number.isascii() and number.isdigit() and 1 <= int(number) <= most):
                raise FieldError("rule_number", name=name, value=value, most=most)
    days = len(parts.get("BYDAY", "MO").split(","))
    most = {"DAILY": 1, "WEEKLY": days}.get(parts["FREQ"], _MOST["BYSETPOS"])
    for value in parts["BYSETPOS"].split(",") if "BYSETPOS" in parts else ():
        if abs(int(value)) > most:  # the library would look for it until the year 9999
            raise FieldError("rule_setpos", value=value, most=most)
    if "BYWEEKNO" in parts and parts["FREQ"] != "YEARLY":
        raise FieldError("rule_weekno")


def _days_known(parts: dict[str, str]) -> None:
    for value in [*parts.get("BYDAY", "MO").split(","), parts.get("WKST", "MO")]:
        nth, day = value[:-2].removeprefix("-").removeprefix("+"), value[-2:]
        if day not in _DAYS or (nth and not (nth.isascii() and nth.isdigit() and 1 <= int(nth) <= 53)):
            raise FieldError("rule_weekday", value=value)
        if nth and parts["FREQ"] not in ("MONTHLY", "YEARLY"):
            raise FieldError("rule_nth", value=value, freq=parts["FREQ"])


def _last_day(until: str | None, zone: str, clock: str) -> date:
    """Return the last day on which an occurrence beginning at `clock` is not after UNTIL."""
    if until is None:
        return date.max
    try:
        if "T" not in until:
            return datetime.strptime(until, "%Y%m%d").replace(tzinfo=UTC).date()
        at = datetime.strptime(until.removesuffix("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise FieldError("rule_until", until=until) from None
    local = at.astimezone(ZoneInfo(zone)) if until.endswith("Z") else at
    return local.date() if f"{local:%H:%M}" >= clock else date.fromordinal(local.toordinal() - 1)


def _rule(parts: dict[str, str], dtstart: date) -> rrule:
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        rule = rrulestr(text, dtstart=datetime.combine(dtstart, time()))
    except ValueError as error:
        raise FieldError("rule_fault", rule=text, fault=str(error)) from None
    assert isinstance(rule, rrule)
    return rule
