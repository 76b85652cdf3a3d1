"""`foldspace simulate --record`: a scenario as files for `evaluate` and `replay`, without a broker, in virtual time."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from firmware_sim.recording import write_recording
from firmware_sim.scenario import load_scenario
from services.catalogue.communityfile import to_toml
from services.contracts.errors import FileError


def record_simulation(
    name: str, recording: Path, truth: Path | None, community: Path | None, days: int | None, first: date | None
) -> None:
    """Write a scenario's recording, its truth and its community file. Raises FileError."""
    scenario = load_scenario(name)
    settings = scenario.tables.scenario
    first = first or settings.first_day or datetime.now(ZoneInfo(scenario.zone)).date()
    days = days or settings.run_days
    if community is not None:
        try:
            community.write_text(to_toml(scenario.community), encoding="utf-8")
        except OSError as error:
            raise FileError(f"{community}: cannot be written: {error.strerror or error}") from None
    recorded = write_recording(scenario, first, days, recording, truth)
    click.echo(f"{recording}: {recorded.messages} messages of {days} day{'s' if days > 1 else ''} from {first}")
