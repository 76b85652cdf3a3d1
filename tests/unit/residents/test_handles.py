"""Handles and codes say nothing and can be read aloud; what is kept of a code gives it to nobody."""

from pathlib import Path

from services.contracts.names import HANDLE_DRAWN, HANDLE_LETTERS, HANDLE_PREFIX, is_handle
from services.residents.handles import code_hash, new_code, new_handle, same
from services.residents.passkeys import PasskeyError, Place, challenge_in, registered


def test_a_handle_is_short_random_and_without_letters_that_look_alike() -> None:
    drawn = {new_handle() for _ in range(200)}
    assert len(drawn) == 200
    assert all(is_handle(one) and len(one) == 8 for one in drawn)
    assert not set("01258BILOSZ") & set(HANDLE_LETTERS)
    for wrong in ("", "R-", "R-K7M4P", "r-k7m4px", "R-K7M4P0", "X-K7M4PX", "R-K7M4PX\n", "合唱团 R-K7M4PX"):
        assert not is_handle(wrong)


def test_the_board_knows_a_handle_by_the_same_letters() -> None:
    script = (Path(__file__).parents[3] / "dashboards/staff/bookings.js").read_text(encoding="utf-8")
    assert f"/^{HANDLE_PREFIX}[{HANDLE_LETTERS}]{{{HANDLE_DRAWN}}}$/" in script


def test_a_code_is_known_again_however_it_is_typed_and_only_beside_its_own_number() -> None:
    code = new_code()
    kept = code_hash("+8613800138000", code)
    for typed in (code, code.lower(), code.replace("-", ""), f" {code} "):
        assert same(kept, code_hash("+8613800138000", typed))
    assert not same(kept, code_hash("+8613800138001", code))
    assert code.replace("-", "").lower() not in kept
    code_hash("\ud800", "\ud800\x00")  # whatever a stranger sends


def test_passkeys_need_a_name_and_https_but_for_ones_own_machine() -> None:
    assert Place.of("https://space.example/") == Place("space.example", "https://space.example")
    assert Place.of("https://space.example:8443") == Place("space.example", "https://space.example:8443")
    assert Place.of("http://localhost:8080") == Place("localhost", "http://localhost:8080")
    for url in ("http://space.example", "https://127.0.0.1", "https://[::1]:8443", "", "nonsense"):
        try:
            Place.of(url)
        except PasskeyError:
            continue
        raise AssertionError(url)


def test_an_answer_that_is_nonsense_is_refused_and_never_a_fault() -> None:
    place = Place("localhost", "http://localhost:8080")
    said_badly = ("%%%", "MQ", 7, None, "\ud800", "W10")
    for answer in ({}, {"response": None}, *({"response": {"clientDataJSON": said}} for said in said_badly)):
        for ask in (lambda said: challenge_in(said), lambda said: registered(place, said, b"challenge")):
            try:
                ask(answer)
            except PasskeyError:
                continue
            raise AssertionError(answer)
