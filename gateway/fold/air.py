"""What sound, Wi-Fi, carbon dioxide and light say of a room, in nats per minute, measured against its own quiet hours.

Every quantity has a feature that people move: how far five-minute means of sound and of Wi-Fi clients stir and how
high they stand, what carbon dioxide rises by against the slowest airing, and light against the daylight usual at this
time of day. If the feature of a quiet and of a used room are normal and equally wide, the log-likelihood ratio grows
straight with it: gain * (feature - middle), the middle a fixed step above the quiet place, which is learned from the
calmest values of the last week. Each ratio is bounded, because both laws have tails nobody knows, and spread over
RENEWAL_MIN, because neighbouring readings tell the same story. No number of the room has to be configured.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp, log, sqrt

from gateway.fold.quiet import LEARNED_SLOTS, PART, SLOT, SLOTS_KEPT, Gauge, learn, stir_of
from services.contracts.names import HOUR, MINUTE, Millis
from services.contracts.readings import ClimateReading

MOST_DB, MOST_CLIENTS, MOST_PPM, MOST_LUX = 150.0, 10_000.0, 40_000.0, 200_000.0
"""Nothing that people live in measures more: what does is a sensor's way of saying that it is broken."""
SLOTS_NEEDED = 4
"""Before twenty minutes of unbroken readings nothing is said of stirring or rising."""
GAP_SLOTS = 3
"""After a quarter of an hour without readings the hour starts anew."""
JUDGED_EVERY: Millis = 2 * MINUTE
"""Averages of five minutes change too slowly to be judged more often; light is always judged."""
CELLS_TRUSTED = 8
"""A whole day: until then evidence against people counts only by the share of the day that was seen."""
RENEWAL_MIN = 6.0
"""Minutes over which one ratio is spread: a little more than a slot, because neighbouring slots are nearly the same
news. With a filter that takes lam = 1/120 per minute for arrivals, p <= 0.03 needs -0.26 nats per minute, a sum of
-1.6: one good sign and a half."""
LEAST, MOST = -4.0, 4.0
"""Nats: bounds of the sum of one device, below what presence sensors and counters say."""


@dataclass(frozen=True, slots=True)
class Stirred:
    """How sound or Wi-Fi tells of people; stir as log ratio to the quiet stir, level in the quantity's unit."""

    window: int
    """Slots over which stirring is measured."""
    floor: float
    """Stir that the sensor's own steps make."""
    stir_middle: float
    stir_gain: float
    level_middle: float
    level_gain: float
    against: float
    in_favour: float


SOUND = Stirred(
    window=6,  # half an hour: people who talk are heard at once, and gone as soon
    floor=0.2,  # dB, a sensor's last digit
    stir_middle=0.9,  # 2.5 times the calmest stir: an empty room by day stirs up to twice as much as a calm night
    stir_gain=2.5,  # a used room stirs 2.5 times as much as an empty one, give or take a factor 1.4
    level_middle=2.25,  # dB, a quiet voice in the corner over the hum of the airing
    level_gain=0.8,  # a used room is 5 dB louder, give or take 2.5
    against=-2.5,  # silence is the best sign this family has of an empty room
    in_favour=3.0,  # more than darkness: a film is loud
)
WIFI = Stirred(
    window=12,  # an hour: a phone that sleeps reports four to six times an hour
    floor=0.2,  # half of the step by one client among five
    stir_middle=0.9,  # 2.5 times the calmest stir, when neighbours' machines come and go now and then
    stir_gain=2.5,
    level_middle=4.0,  # half square roots: 1 -> 9 clients, 20 -> 42; neighbours' machines come and go below that
    level_gain=1.2,
    against=-1.2,  # not everybody carries a client: alone it never shows a room as vacant
    in_favour=2.5,  # a little less than sound: the next room's phones are heard as well
)
OUTDOOR_PPM = 420.0
"""Until the room's own fresh level is known."""
SLOWEST_AIRING = 0.3
"""Air changes per hour of a tight room with closed windows; what it does not carry away, somebody breathes out."""
GAIN_SLOTS = 4
"""Twenty minutes: shorter, and the sensor's own unrest is larger than a person's breath."""
BREATH_MIDDLE, BREATH_SPREAD = 40.0, 30.0
"""ppm per hour: half of what one person adds to a small hall, and how well twenty minutes measure it."""
BREATH_AGAINST, BREATH_FOR = -0.8, 1.2
"""A gain of carbon dioxide needs breath; its absence may be an open window."""
UNTAUGHT = 0.4
"""Weight of carbon dioxide in a room whose span is not known."""
TELLING = 8.0
"""Fresh air tells of an empty room when the span of the week is wider than this many spreads of the quiet level: a
quiet level is 2.5 spreads wide, and the few who may sit there are about a third of those who made the span."""
FRESH_GAIN = 1.5
"""Nats for each e-fold of span over that width: the density of "any number of people" thins out with the span."""
FULL_TELLING = 2.0
"""Nats of telling at which a rise of carbon dioxide counts in full."""
FRESH_AGAINST = -3.5
"""Windows are opened, so even the freshest air is bounded."""
DARK_LUX = 1.5
"""Before anything was learned: the last digit of a cheap light meter."""
USELESS_LUX = 10.0
"""A stairwell at night; reading wants three hundred."""
LAMP_LUX = 100.0
"""The least that one would read by."""
CONTRAST = 20.0
"""A room whose brightest light is so many times its darkest has a switch or a window."""
DARK = -2.5
"""Nats: nearly nobody sits in the dark, but films are shown in it; no more than sound or Wi-Fi can outvote."""
OVER_DAYLIGHT, OVER_DAYLIGHT_LUX = 1.4, 5.0
"""So much more than the usual daylight is lamp light."""
LAMP = 1.8
"""Nats: a lamp burns for people, or was forgotten."""
SWITCHED_RATIO, SWITCHED_LUX, SWITCHED_SLOTS = 3.0, 50.0, 5
"""A lamp lights up within a slot or two; clouds take longer. It is news for so many slots."""
SWITCHED = 3.0
"""Nats: a hand was at the switch; the sun through a gap looks alike, so it does not outvote everything."""


@dataclass(slots=True)
class AirWord:
    """The last word of a climate sensor and what led up to it."""

    at: Millis
    told: Millis
    lux: float | None = None
    switched_at: Millis = 0
    """When somebody last switched the light on."""
    gauges: dict[str, Gauge] = field(default_factory=dict)


def observe(word: AirWord, reading: ClimateReading, at: Millis) -> None:
    """Take a reading into `word` and judge anew; a reading older than the last slot says nothing new."""
    if reading.noise_db is not None:
        _measure(word, "noise_db", _bound(reading.noise_db, 0.0, MOST_DB), at)
    if reading.wifi_clients is not None:  # counts get an even spread of one
        _measure(word, "wifi_clients", 2.0 * sqrt(_bound(reading.wifi_clients, 0.0, MOST_CLIENTS)), at)
    if reading.co2_ppm is not None:
        _measure(word, "co2_ppm", _bound(reading.co2_ppm, 0.0, MOST_PPM), at)
    if reading.lux is not None:
        word.lux = _bound(reading.lux, 0.0, MOST_LUX)
        _measure(word, "lux", word.lux, at)
        light = word.gauges["lux"]
        if light.lit == light.slot and light.lit * SLOT >= word.switched_at + SWITCHED_SLOTS * SLOT:
            word.switched_at = at
    oldest = at // SLOT - GAP_SLOTS * 2
    for name, gauge in word.gauges.items():
        if gauge.slot < oldest:  # it no longer measures this, though it goes on measuring the rest
            gauge.ratio = 0.0
            if name == "lux":
                word.lux = None


def signs(word: AirWord) -> tuple[object, ...]:
    """Return all that a room is judged by: while it stays the same, nothing new was said."""
    return word.switched_at, is_dark(word), may_be_lit(word), [gauge.ratio for gauge in word.gauges.values()]


def rate(word: AirWord) -> float:
    """Return the evidence for people, in nats per minute, as of the last reading."""
    return min(max(sum([gauge.ratio for gauge in word.gauges.values()]), LEAST), MOST) / RENEWAL_MIN


def explain(word: AirWord) -> list[tuple[str, float]]:
    """Return the share of each quantity in the rate, in nats per minute."""
    total = sum([gauge.ratio for gauge in word.gauges.values()])
    kept = min(max(total, LEAST), MOST) / total if total else 0.0
    return [(name, gauge.ratio * kept / RENEWAL_MIN) for name, gauge in word.gauges.items()]


def is_dark(word: AirWord) -> bool | None:
    """Tell whether it is too dark to do anything; None without a light meter."""
    return None if word.lux is None else word.lux < USELESS_LUX


def is_lit(word: AirWord) -> bool:
    """Tell whether a lamp is on, as far as that can be told from daylight."""
    gauge = word.gauges.get("lux")
    return gauge is not None and gauge.ratio > 0


def may_be_lit(word: AirWord) -> bool:
    """Tell whether a lamp is on, or as bright a light as one while daylight is not known yet."""
    gauge = word.gauges.get("lux")
    return gauge is not None and (gauge.ratio > 0 or (gauge.quiet is None and (word.lux or 0.0) >= LAMP_LUX))


def _measure(word: AirWord, name: str, value: float, at: Millis) -> None:
    gauge = word.gauges.get(name)
    if gauge is None:
        gauge = word.gauges[name] = Gauge()
    slot = at // SLOT
    if slot == gauge.slot:
        gauge.count += 1
        gauge.total += value
        if name == "lux":
            if value == gauge.hour[-1]:
                return
            gauge.hour[-1] = value  # light jumps; a mean would blur the switch
        elif at - gauge.judged < JUDGED_EVERY:
            return
        else:
            gauge.hour[-1] = gauge.total / gauge.count
    elif slot < gauge.slot:
        return
    else:
        if gauge.count > 1 and name != "lux":
            gauge.hour[-1] = gauge.total / gauge.count
        if slot // LEARNED_SLOTS != gauge.slot // LEARNED_SLOTS:
            learn(gauge, name, at // PART)
        if slot - gauge.slot > GAP_SLOTS:
            gauge.hour.clear()
        gauge.slot, gauge.count, gauge.total = slot, 1, value
        gauge.hour.append(value)
        if len(gauge.hour) > SLOTS_KEPT:
            del gauge.hour[0]
    gauge.judged = at
    gauge.ratio = _JUDGES[name](gauge)


def _bound(value: float, least: float, most: float) -> float:
    return least if value < least else most if value > most else value


def _taught(gauge: Gauge, least: float) -> float:
    """Return the bound against people, by how much of a day was seen."""
    return least * min(gauge.cells / CELLS_TRUSTED, 1.0)


def _judge_stirred(gauge: Gauge, model: Stirred) -> float:
    hour = gauge.hour
    if gauge.quiet is None or gauge.quiet_stir is None or len(hour) < SLOTS_NEEDED:
        return 0.0
    quiet_stir = exp(gauge.quiet_stir) - 0.05
    stir = log((stir_of(hour[-model.window :]) + model.floor) / (quiet_stir + model.floor))
    level = max(hour[-3:]) - gauge.quiet
    ratio = max(model.stir_gain * (stir - model.stir_middle), model.level_gain * (level - model.level_middle))
    return _bound(ratio, _taught(gauge, model.against), model.in_favour)


def _judge_sound(gauge: Gauge) -> float:
    return _judge_stirred(gauge, SOUND)


def _judge_wifi(gauge: Gauge) -> float:
    return _judge_stirred(gauge, WIFI)


def _judge_breath(gauge: Gauge) -> float:
    hour = gauge.hour
    if len(hour) <= GAIN_SLOTS:
        return 0.0
    now = sum(hour[-3:]) / 3
    fresh = OUTDOOR_PPM if gauge.quiet is None else gauge.quiet
    rise = (hour[-1] - hour[-1 - GAIN_SLOTS]) * (HOUR / SLOT / GAIN_SLOTS)
    breath = rise + SLOWEST_AIRING * max(now - fresh, 0.0)
    ratio = _bound((breath - BREATH_MIDDLE) / BREATH_SPREAD, BREATH_AGAINST, BREATH_FOR)
    if gauge.quiet is None:
        return UNTAUGHT * ratio
    span = gauge.peak - fresh
    telling = log(span / (TELLING * gauge.spread)) if span > 0 else 0.0
    if telling <= 0:
        return 0.0
    excess = max((now - fresh) / gauge.spread, 0.0)
    stale = 0.5 * excess * excess - FRESH_GAIN * telling
    ratio = min(telling / FULL_TELLING, 1.0) * ratio + min(stale, 0.0)
    return _bound(ratio, _taught(gauge, FRESH_AGAINST), BREATH_FOR)


def _is_dark(gauge: Gauge, lux: float) -> bool:
    floor = gauge.floor
    if floor is None or gauge.peak < CONTRAST * (floor + 1.0):
        return lux < DARK_LUX
    return lux < DARK_LUX + 1.5 * floor + 0.002 * gauge.peak


def _judge_light(gauge: Gauge) -> float:
    lux = gauge.hour[-1]
    if _is_dark(gauge, lux):
        gauge.lit = -1
        return DARK
    if lux > SWITCHED_LUX and lux > SWITCHED_RATIO * min(gauge.hour[-4:]):
        gauge.lit = gauge.slot
    if gauge.lit >= 0 and gauge.slot - gauge.lit < SWITCHED_SLOTS:
        return SWITCHED
    if gauge.quiet is not None and lux > OVER_DAYLIGHT * gauge.quiet + OVER_DAYLIGHT_LUX:
        return LAMP
    return 0.0


_MODELS = {"noise_db": SOUND, "wifi_clients": WIFI}
_JUDGES: dict[str, Callable[[Gauge], float]] = {
    "noise_db": _judge_sound,
    "wifi_clients": _judge_wifi,
    "co2_ppm": _judge_breath,
    "lux": _judge_light,
}
