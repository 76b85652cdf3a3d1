"""Staff's messages to screens over SQLite and PostgreSQL."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from services.contracts.names import MINUTE
from services.kit.database import DatabaseUnavailableError
from services.signage.messages import Message
from services.signage.store import MessageStore

NOW = 1_772_499_600_000
SAID = Message("wuhan", "rongqu", "今天请走后门", NOW + 5 * MINUTE, "user:wang", NOW)


def test_the_newer_message_is_the_one(engine: sa.Engine) -> None:
    store = MessageStore(engine)
    store.put(SAID)
    newer = replace(SAID, text="门已修好", by="user:li", at=NOW + 1)
    store.put(newer)
    store.put(replace(SAID, space="tea"))
    assert store.of("wuhan", "rongqu", NOW) == newer
    assert set(store.standing(NOW)) == {("wuhan", "rongqu"), ("wuhan", "tea")}


def test_a_message_is_over_at_its_end(engine: sa.Engine) -> None:
    store = MessageStore(engine)
    store.put(SAID)
    assert store.of("wuhan", "rongqu", SAID.until - 1) == SAID
    assert store.of("wuhan", "rongqu", SAID.until) is None
    assert store.standing(SAID.until) == {}


def test_a_message_is_taken_away_once(engine: sa.Engine) -> None:
    store = MessageStore(engine)
    store.put(SAID)
    assert (store.remove("wuhan", "rongqu"), store.remove("wuhan", "rongqu")) == (True, False)
    assert store.standing(NOW) == {}


def test_two_who_speak_at_once_leave_one_message(engine: sa.Engine) -> None:
    store, ready, failed = MessageStore(engine), Barrier(2), []

    def speak(text: str) -> None:
        ready.wait()
        try:
            store.put(replace(SAID, text=text))
        except Exception as error:  # noqa: BLE001  # told to the test, which is in another thread
            failed.append(error)

    threads = [Thread(target=speak, args=(text,)) for text in ("一", "二")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    kept = store.of("wuhan", "rongqu", NOW)
    assert kept is not None
    assert kept.text in {"一", "二"}


def test_a_database_that_is_away_is_said_to_be(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE screen_messages"))
    with pytest.raises(DatabaseUnavailableError):
        MessageStore(engine).standing(NOW)
