"""Device credentials over SQLite and PostgreSQL: kept as hashes, rotated, revoked, and read by the gatekeeper."""

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from services.access.credentials import ONBOARDING, draw
from services.access.enrolment import Enrolment
from services.access.gatekeeper import StoredGatekeeper
from services.access.store import CredentialStore
from services.catalogue.passwords import Passwords
from services.catalogue.store import CatalogueStore
from services.contracts.community import Device
from services.contracts.errors import ConflictError, InvalidError, NotFoundError, StartError
from services.kit.clock import ManualClock
from services.kit.doorkeeper import Refused, Standing, Visitor
from tests.unit.access.access_community import COMMUNITY, vendor


@dataclass
class Counting(Passwords):
    """Counts how often it was asked; cheap."""

    checks: int = 0

    def __post_init__(self) -> None:
        super().__init__(time_cost=1, memory_kib=64)

    def verify(self, kept: str | None, password: str) -> bool:
        self.checks += 1
        return super().verify(kept, password)


@dataclass
class Place:
    clock: ManualClock
    hasher: Counting
    store: CredentialStore
    catalogue: CatalogueStore

    def keeper(self) -> StoredGatekeeper:
        return StoredGatekeeper(self.store, self.catalogue.read, self.clock, vendor)


@pytest.fixture
def place(engine: sa.Engine) -> Place:
    clock, hasher, catalogue = ManualClock(1_000), Counting(), CatalogueStore(engine)
    catalogue.import_community(COMMUNITY)
    return Place(clock, hasher, CredentialStore(engine, hasher, clock), catalogue)


def test_passwords_are_kept_as_hashes_and_keys_are_listed_for_active_devices_alone(place: Place) -> None:
    issued = [draw("lane", device, signed=device != "door") for device in ("radar", "door", "screen")]
    versions = [place.store.version()]
    for one in issued:
        place.store.keep(one)
        versions.append(place.store.version())
    place.store.revoke("lane", "screen")
    versions.append(place.store.version())
    assert versions == sorted(set(versions))
    assert place.store.signing_keys() == {("lane", "radar"): issued[0].signing_key}
    assert [one.username for one in place.store.all()] == ["lane.door", "lane.radar", "lane.screen"]
    assert all(one.password not in repr(place.store.all()) + repr(issued) for one in issued)
    assert place.store.verify(place.store.find("lane", "door"), issued[1].password)
    assert not place.store.verify(place.store.find("lane", "screen"), issued[2].password)
    with pytest.raises(ConflictError, match="revoked already"):
        place.store.revoke("lane", "screen")
    with pytest.raises(NotFoundError, match="no credentials"):
        place.store.revoke("lane", "plug")


def test_a_password_that_was_right_is_not_hashed_again_and_a_rotated_one_is_worthless_at_once(place: Place) -> None:
    first, keeper = draw("lane", "radar", signed=False), place.keeper()
    place.store.keep(first)
    visitor = Visitor(first.username, first.password.encode(), "192.0.2.7")
    standings = [keeper.admit(visitor) for _ in range(5)]
    assert all(isinstance(one, Standing) for one in standings)
    assert place.hasher.checks == 1
    second = draw("lane", "radar", signed=False)
    place.store.keep(second)
    place.clock.advance(2)
    assert isinstance(keeper.admit(visitor), Refused)
    now = keeper.admit(Visitor(second.username, second.password.encode(), "192.0.2.7"))
    assert isinstance(now, Standing)
    assert isinstance(standings[0], Standing)
    assert now.stamp != standings[0].stamp


def test_revoked_devices_strangers_and_devices_of_no_catalogue_have_no_standing(place: Place) -> None:
    keeper = place.keeper()
    gone, radar = draw("lane", "never-added", signed=False), draw("lane", "radar", signed=False)
    place.store.keep(gone)
    place.store.keep(radar)
    assert keeper.standing("lane.radar") is not None
    place.store.revoke("lane", "radar")
    place.clock.advance(2)
    assert keeper.standing("lane.radar") is None
    assert keeper.standing("lane.never-added") is None
    assert isinstance(keeper.admit(Visitor("lane.never-added", gone.password.encode(), "192.0.2.7")), Refused)
    assert isinstance(keeper.admit(Visitor(None, None, "192.0.2.7")), Refused)


def test_an_address_that_guesses_must_wait_while_devices_that_were_let_in_come_back(place: Place) -> None:
    issued, keeper = draw("lane", "radar", signed=False), place.keeper()
    place.store.keep(issued)
    good = Visitor(issued.username, issued.password.encode(), "192.0.2.7")
    assert isinstance(keeper.admit(good), Standing)
    whys = [keeper.admit(Visitor("lane.radar", b"guess", "192.0.2.7")) for _ in range(12)]
    assert [one.why for one in whys if isinstance(one, Refused)] == ["credentials"] * 10 + ["throttled"] * 2
    assert isinstance(keeper.admit(good), Standing)
    assert isinstance(keeper.admit(Visitor("lane.radar", b"guess", "192.0.2.8")), Refused)


def test_newcomers_of_a_site_share_credentials_that_say_hello_alone(place: Place) -> None:
    place.store.keep(draw("lane", ONBOARDING, signed=False))
    standing = place.keeper().standing("lane~onboarding")
    assert standing is not None
    assert standing.rights.may_publish("fs/v1/lane/dev/brand-new/status")
    assert not standing.rights.may_publish("fs/v1/lane/dev/radar/status")


class BrokenBroker:
    """Refuses everything."""

    def let_in(self, issued: object, role: str) -> None:
        raise StartError("broker: away")

    shut_out = sync = let_in


def test_a_device_is_added_whole_or_not_at_all(place: Place) -> None:
    device = Device(id="new", site="lane", space="hall", kind="motion")
    broken = Enrolment(place.catalogue, place.store, BrokenBroker())  # type: ignore[arg-type]  # it takes anything
    with pytest.raises(StartError, match="away"):
        broken.add(device)
    assert all(one.id != "new" for one in place.catalogue.export().devices)
    assert place.store.find("lane", "new") is None
    added = Enrolment(place.catalogue, place.store, None).add(device, signed=True)
    assert added.issued is not None
    assert place.store.signing_keys() == {("lane", "new"): added.issued.signing_key}


def test_rotating_gives_first_credentials_brings_back_revoked_ones_and_keeps_signing(place: Place) -> None:
    enrolment = Enrolment(place.catalogue, place.store, None)
    first = enrolment.rotate("lane", "radar", signed=True)
    enrolment.revoke("lane", "radar")
    again = enrolment.rotate("lane", "radar")
    assert first.issued is not None
    assert again.issued is not None
    assert again.issued.signing_key not in (None, first.issued.signing_key)
    kept = place.store.find("lane", "radar")
    assert kept is not None
    assert kept.active
    with pytest.raises(NotFoundError, match="not in the catalogue"):
        enrolment.rotate("lane", "nobody")


def test_a_vendors_device_with_a_topic_of_ours_is_not_added(place: Place) -> None:
    device = Device(id="sly", site="lane", space="hall", kind="motion", codec="x", topic="fs/v1/lane/dev/radar")
    with pytest.raises(InvalidError, match="topic of one device"):
        Enrolment(place.catalogue, place.store, None, lambda one: (str(one.topic),) if one.codec == "x" else ()).add(
            device
        )
