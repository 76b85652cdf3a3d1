"""What a metered socket says as a charging reading: power decides whether something charges."""

from typing import Literal

from gateway.codecs.fields import build
from services.contracts.names import Millis
from services.contracts.readings import ChargingReading, Finite

State = Literal["idle", "charging", "done", "fault"]

CHARGING_FROM_W = 2.0
"""An idle phone or e-bike charger draws 0.1 to 1 W by itself; what fills a battery draws several."""


class RelayedCharging(ChargingReading):
    """A charging reading of a vendor that sends what changed: power or energy not in the message stay None.

    Devices that speak the contract send both; writing a zero for what was not measured would falsify history.
    """

    power_w: Finite | None = None  # type: ignore[assignment]  # wider on purpose: not in this message
    energy_wh: Finite | None = None  # type: ignore[assignment]  # wider on purpose: not in this message


def charging(
    port: int,
    state: State,
    *,
    ts: Millis | None = None,
    power_w: float | None = None,
    energy_wh: float | None = None,
    session: str | None = None,
) -> ChargingReading:
    """Return the reading of one port; what is None was not measured. Raises PayloadError."""
    return build(RelayedCharging, ts=ts, port=port, state=state, power_w=power_w, energy_wh=energy_wh, session=session)


def socket(
    port: int,
    *,
    on: bool | None,
    power_w: float | None,
    energy_wh: float | None,
    ts: Millis | None = None,
    fault: bool = False,
) -> ChargingReading | None:
    """Return what switch and meter of one socket say; None when they leave open whether something charges.

    A socket that is switched off charges nothing. One that is on says so only by its power.
    """
    if fault:
        state: State = "fault"
    elif on is False:
        state, power_w = "idle", power_w or 0.0
    elif power_w is None:
        return None
    else:
        state = "charging" if abs(power_w) >= CHARGING_FROM_W else "idle"
    return charging(port, state, ts=ts, power_w=power_w, energy_wh=energy_wh)
