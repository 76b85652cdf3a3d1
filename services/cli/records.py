"""Opens what is kept: the relational database with its stores, migrated and ready."""

from dataclasses import dataclass, replace
from pathlib import Path

from services.bookings.store import BookingStore
from services.catalogue.cached import CachedCatalogue
from services.catalogue.people import PeopleStore
from services.catalogue.store import CatalogueStore
from services.cli.communities import load_understood
from services.contracts.community import Community
from services.contracts.errors import NotFoundError, StartError
from services.journal.books import Books
from services.kit.database import Engine, open_engine, upgrade
from services.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Records:
    """The stores over one database."""

    engine: Engine
    catalogue_store: CatalogueStore
    catalogue: CachedCatalogue
    people: PeopleStore
    bookings: BookingStore

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def of_folder(settings: Settings, data: str | None) -> Settings:
    """Return the settings for a data folder named on the command line, where `up` keeps everything."""
    return settings if data is None else replace(settings, data=data, db_url="", timeseries_url="")


def open_books(settings: Settings) -> Books:
    """Return the books of a data folder that is there. Raises NotFoundError, so that a typo shows no zeros."""
    path = settings.journal
    if not path.parent.is_dir():
        raise NotFoundError(f"data folder {path.parent}: does not exist")
    return Books(path)


def open_records(settings: Settings, *, create: bool = True) -> Records:
    """Open and migrate the database. Raises SettingsError and StartError.

    Without `create` a data folder that is not there is an error, so that a typo shows no empty catalogue.
    """
    if not create and not settings.db_url and not settings.data_dir.is_dir():
        raise NotFoundError(f"data folder {settings.data_dir}: does not exist")
    if not settings.db_url:
        try:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartError(f"data folder {settings.data_dir}: cannot be written: {error.strerror}") from None
    engine = open_engine(settings.database)
    upgrade(engine)
    store = CatalogueStore(engine)
    catalogue = CachedCatalogue(store)
    bookings = BookingStore(engine, catalogue.claims, lambda: catalogue.view().availability)
    return Records(engine, store, catalogue, PeopleStore(engine), bookings)


def fill_if_empty(records: Records, community: Community | None) -> None:
    """Load a community into an empty catalogue; whichever part starts first does it."""
    if community is not None and records.catalogue_store.is_empty():
        records.catalogue_store.import_community(community)


def fill_from_settings(records: Records, settings: Settings) -> None:
    """Load the community file of the settings, if there is one and nothing was loaded before."""
    fill_if_empty(records, load_understood(Path(settings.community)) if settings.community else None)
