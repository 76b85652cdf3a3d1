"""Builds what decides who may talk to the broker, from the records and the settings."""

from gateway.codecs.registry import CODECS
from services.access.enrolment import Enrolment
from services.access.gatekeeper import StoredGatekeeper
from services.access.mosquitto import MosquittoAccess
from services.access.store import CredentialStore
from services.catalogue.passwords import Passwords
from services.cli.records import Records
from services.contracts.community import Device
from services.kit.clock import WallClock
from services.kit.mqtt import Broker
from services.kit.settings import Settings


def credentials_of(records: Records) -> CredentialStore:
    """Return the credentials kept in the records' database."""
    return CredentialStore(records.engine, Passwords(), WallClock())


def gatekeeper_of(records: Records) -> StoredGatekeeper:
    """Return who stands at the embedded broker's door."""
    return StoredGatekeeper(credentials_of(records), records.catalogue.current, WallClock(), vendor_filters)


def enrolment_of(records: Records, settings: Settings) -> Enrolment:
    """Return what adds and revokes devices; Mosquitto follows if the settings say how to manage it."""
    return Enrolment(records.catalogue_store, credentials_of(records), mosquitto_of(records, settings), vendor_filters)


def mosquitto_of(records: Records, settings: Settings) -> MosquittoAccess | None:
    """Return the access control of the deployment's Mosquitto; None if it is not managed. Raises SettingsError."""
    if not settings.mqtt_admin_url:
        return None
    admin = Broker.parse(settings.mqtt_admin_url, settings.mqtt_ca)
    return MosquittoAccess(admin, records.catalogue_store.export, credentials_of(records), vendor_filters)


def vendor_filters(device: Device) -> tuple[str, ...]:
    """Return the filters by which the gateway hears a device that speaks through a codec."""
    codec = CODECS.get(device.codec or "")
    return () if codec is None or not device.topic else codec.filters(device.topic)
