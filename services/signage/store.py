"""Staff's messages to screens in the records' database: one a space, the newer one in place of the older."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.bookings.queries import answering
from services.contracts.names import Millis
from services.kit.database import reading
from services.signage.messages import Message
from services.signage.tables import screen_messages

_C = screen_messages.c


class MessageStore:
    """Safe to use from several threads and processes. Every method raises DatabaseUnavailableError."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def standing(self, now: Millis) -> dict[tuple[str, str], Message]:
        """Return the messages that are not over at `now`, by (site, space)."""
        with answering(), reading(self._engine) as connection:
            rows = connection.execute(sa.select(screen_messages).where(_C.until > now)).mappings()
            return {(row["site"], row["space"]): Message(**row) for row in rows}

    def of(self, site: str, space: str, now: Millis) -> Message | None:
        """Return what staff say on the screens of a space at `now`."""
        query = sa.select(screen_messages).where(_C.site == site, _C.space == space, _C.until > now)
        with answering(), reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Message(**row)

    def put(self, message: Message) -> None:
        """Say something on the screens of a space, in place of what was said before."""
        try:
            self._put(message)
        except IntegrityError:  # somebody else said the first word at the same instant: theirs is there to replace
            self._put(message)

    def remove(self, site: str, space: str) -> bool:
        """Take a message away; tell whether there was one."""
        with answering(), self._engine.begin() as connection:
            gone = connection.execute(sa.delete(screen_messages).where(_C.site == site, _C.space == space))
            return gone.rowcount > 0

    def _put(self, message: Message) -> None:
        values = {"text": message.text, "until": message.until, "by": message.by, "at": message.at}
        mine = (_C.site == message.site, _C.space == message.space)
        with answering(), self._engine.begin() as connection:
            if connection.execute(sa.update(screen_messages).where(*mine).values(values)).rowcount == 0:
                row = {"site": message.site, "space": message.space, **values}
                connection.execute(sa.insert(screen_messages).values(row))
