"""Secret links to calendars do the same over every database."""

import pytest
import sqlalchemy as sa

import services.calendars.tables  # noqa: F401  # declares the table that the engine makes
from services.calendars.store import FeedStore
from services.contracts.errors import NotFoundError
from services.contracts.names import MINUTE

WANG, LI = "R-K7M4PX", "R-AAAAAA"


@pytest.fixture
def feeds(engine: sa.Engine) -> FeedStore:
    return FeedStore(engine)


def test_a_link_is_found_by_its_secret_alone_until_it_is_revoked(feeds: FeedStore) -> None:
    made, secret = feeds.make("space", "lane", "tea", "zh", "zhang", 5)
    assert feeds.by_secret(secret) == made == feeds.feed(made.id)
    assert feeds.by_secret(secret[:-1]) is None
    feeds.revoke(made.id)
    assert feeds.by_secret(secret) is None
    for id in (made.id, "\0"):
        with pytest.raises(NotFoundError):
            feeds.revoke(id)


def test_lists_go_in_the_order_they_were_made(feeds: FeedStore) -> None:
    made = [feeds.make("site", "lane", "", "zh", who, at)[0] for who, at in (("zhang", 1), ("wang", 2), ("zhang", 3))]
    assert feeds.feeds() == made
    assert feeds.feeds("zhang") == [made[0], made[2]]
    assert feeds.feeds(after=made[0].id, limit=1) == [made[1]]
    assert feeds.feeds(after="\0") == feeds.feeds()
    assert feeds.feeds(after="nothing") == []


def test_a_read_is_noted_once_a_minute(feeds: FeedStore) -> None:
    made, secret = feeds.make("site", "lane", "", "zh", "zhang", 1)
    for at in (10, 10 + MINUTE - 1, 10 + MINUTE):
        known = feeds.by_secret(secret)
        assert known is not None
        feeds.fetched(known, at)
    assert feeds.feed(made.id).last_fetched == 10 + MINUTE


def test_what_a_person_makes_anew_replaces_what_they_had_made_for_that_site_and_nothing_else(feeds: FeedStore) -> None:
    _, first = feeds.renew(WANG, "lane", "zh", 1)
    staffs, of_staff = feeds.make("person", "lane", WANG, "zh", "zhang", 2)
    elsewhere, _ = feeds.renew(WANG, "court", "zh", 3)
    others, _ = feeds.renew(LI, "lane", "zh", 4)
    second, secret = feeds.renew(WANG, "lane", "en", 5)
    assert feeds.by_secret(first) is None
    assert feeds.by_secret(secret) == second
    assert feeds.by_secret(of_staff) == staffs
    assert (second.kind, second.ref, second.made_by, second.language) == ("person", WANG, WANG, "en")
    assert feeds.own(WANG) == [elsewhere, second]
    assert feeds.own(LI) == [others]


def test_a_person_revokes_their_own_and_only_once(feeds: FeedStore) -> None:
    staffs, _ = feeds.make("person", "lane", WANG, "zh", "zhang", 1)
    feeds.renew(WANG, "lane", "zh", 2)
    for handle, site in ((LI, "lane"), (WANG, "court")):
        with pytest.raises(NotFoundError):
            feeds.revoke_own(handle, site)
    feeds.revoke_own(WANG, "lane")
    with pytest.raises(NotFoundError):
        feeds.revoke_own(WANG, "lane")
    assert feeds.feeds() == [staffs]


def test_all_links_to_a_person_are_revoked_at_once_whoever_made_them(feeds: FeedStore) -> None:
    feeds.make("person", "lane", WANG, "zh", "zhang", 1)
    feeds.renew(WANG, "lane", "zh", 2)
    group, _ = feeds.make("group", "lane", WANG, "zh", "zhang", 3)
    others, _ = feeds.renew(LI, "lane", "zh", 4)
    assert feeds.revoke_person(WANG) == 2
    assert feeds.revoke_person(WANG) == 0
    assert feeds.feeds() == [group, others]


def test_a_persons_own_feeds_change_their_language_together(feeds: FeedStore) -> None:
    feeds.make("person", "lane", WANG, "zh", "zhang", 1)
    feeds.renew(WANG, "lane", "zh", 2)
    feeds.renew(WANG, "court", "zh", 3)
    feeds.speak(WANG, "en")
    assert [one.language for one in feeds.feeds()] == ["zh", "en", "en"]
