"""The last commands of many devices at once, for lists that show them side by side."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields

import sqlalchemy as sa

from services.commands.machine import CommandRecord, CommandState
from services.commands.tables import commands
from services.kit.database import Engine, reading

_COLUMNS = tuple(commands.c[item.name] for item in fields(CommandRecord))


class RecentCommands:
    """Reads what `CommandOutbox` writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, devices: Iterable[tuple[str, str]], each: int) -> dict[tuple[str, str], list[CommandRecord]]:
        """Return the last `each` commands of these (site, device), newest first, by device.

        Raises DatabaseUnavailableError.
        """
        ids: dict[str, list[str]] = defaultdict(list)
        for site, device in devices:
            ids[site].append(device)
        found: dict[tuple[str, str], list[CommandRecord]] = defaultdict(list)
        if not ids:
            return found
        rank = sa.func.row_number().over(
            partition_by=(commands.c.site, commands.c.device), order_by=commands.c.number.desc()
        )
        asked = sa.or_(*(sa.and_(commands.c.site == site, commands.c.device.in_(of)) for site, of in ids.items()))
        ranked = sa.select(*_COLUMNS, commands.c.number, rank.label("rank")).where(asked).subquery()
        query = sa.select(ranked).where(ranked.c.rank <= each).order_by(ranked.c.number.desc())
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                values = {item.name: row._mapping[item.name] for item in fields(CommandRecord)}
                found[row.site, row.device].append(CommandRecord(**{**values, "state": CommandState(row.state)}))
        return found
