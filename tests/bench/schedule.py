"""Thirty days of twenty rooms that are booked out, with a quarter of no-shows: who gets the idle time, in four ways.

The rooms, their sensors with their faults, and the gateway's fold are the real ones, in virtual time. The groups are
those of `booked_out`: the same for every way. `BENCH_DAYS=3` for a short look.
"""

import logging
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import structlog

from tests.bench.booked_out import DAYS, WISHES_A_DAY
from tests.bench.outcome import Outcome, outcome
from tests.bench.town import Town
from tests.bench.ways import WAYS, MailEveryone, Ours

AIM_FALSE, AIM_REUSED = 1.0, 60.0
_OF_A_THOUSAND = 1000


def run() -> None:
    """Print the four ways side by side."""
    days = int(os.environ.get("BENCH_DAYS", DAYS))
    found: dict[str, tuple[Outcome, dict[str, int], int]] = {}
    with ProcessPoolExecutor(max_workers=2) as pool:  # each way is a world of its own
        for way, result in zip(WAYS, pool.map(_live, range(len(WAYS)), [days] * len(WAYS)), strict=True):
            found[way.name] = result
            print(f"{way.name}: lived through, {result[0].reused_pct:.1f} % used again", flush=True)
    outcomes = {name: one for name, (one, _, _) in found.items()}
    print(f"{days} days, {WISHES_A_DAY} wishes a day asked for the evening before")
    print(" " * 58 + "".join(f"{name:>16}" for name in outcomes))
    for title, cell in ROWS:
        print(f"{title:<58}" + "".join(f"{cell(one):>16}" for one in outcomes.values()))
    ours, checked, _ = found[Ours.name]
    print(f"answers in vain to mail for everyone: {found[MailEveryone.name][2]}")
    print(f"foldspace's decisions: {checked}")
    print("where the recoverable minutes of foldspace went, in per cent:")
    for cause, minutes in sorted(ours.lost_min.items(), key=lambda item: -item[1]):
        print(f"  {cause:<40}{100 * minutes / ours.recoverable_min:8.1f}")
    print(f"aims: false ≤ {AIM_FALSE:g} in 1,000; used again ≥ {AIM_REUSED:g} %")


def _live(number: int, days: int) -> tuple[Outcome, dict[str, int], int]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    way = WAYS[number]()
    town = Town(way, days, checking=number == 0)
    return outcome(town.run()), dict(town.log.checked), getattr(way, "in_vain", 0)


def _per_thousand(part: int, one: Outcome) -> str:
    return f"{_OF_A_THOUSAND * part / one.bookings:.2f}"


def _per_cent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}"


ROWS: tuple[tuple[str, Callable[[Outcome], str]], ...] = (
    ("bookings, with those of waiting groups", lambda one: f"{one.bookings}"),
    ("bookings given up, of 1,000", lambda one: _per_thousand(one.given_up, one)),
    ("… while their people were there (false)", lambda one: _per_thousand(one.over_heads, one)),
    ("    of these given back", lambda one: f"{one.over_heads_back}/{one.over_heads}"),
    ("… and their people came late, or came back", lambda one: _per_thousand(one.returned, one)),
    ("    of these given back", lambda one: f"{one.returned_back}/{one.returned}"),
    ("groups that found others in their room, of 1,000", lambda one: _per_thousand(one.turned_round, one)),
    ("recoverable minutes (after grace)", lambda one: f"{one.recoverable_min:.0f}"),
    ("used again: booked by a group that came, %", lambda one: _per_cent(one.promised_min, one.recoverable_min)),
    ("  in rooms with radar or counter, %", lambda one: _per_cent(one.telling_promised_min, one.telling_min)),
    ("used again: people of it there, %", lambda one: _per_cent(one.reused_min, one.recoverable_min)),
    ("  in rooms with radar or counter, %", lambda one: _per_cent(one.telling_reused_min, one.telling_min)),
    ("last out to next in, median min", lambda one: f"{one.gap_min:.1f}"),
    ("groups served, % of the wishes", lambda one: _per_cent(one.served, one.wishes)),
    ("served share of the group that got least, %", lambda one: f"{one.least_pct:.1f}"),
    ("Gini of the served share of groups", lambda one: f"{one.gini:.3f}"),
    ("waiting at a time, mean", lambda one: f"{one.waiting:.0f}"),
)
