"""Single sign-on beside the pages: who may link what, who is let in, what history tells of it; alike on every store."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from pyotp import TOTP
from sqlalchemy import bindparam

from khuyencong.identity_key import make_key
from khuyencong.second_factors import KeyedSecondFactors
from store.database import Database
from store.erasing import erase, personal_of
from store.people_log import everybody, people_findings
from store.pinned import Pinned
from store.statements import Statement
from store.tables import AccountRow, table
from store.unit_of_work import SqlUnitOfWork
from tests.test_people import BINH, LAN, NOW, PASSPHRASE, Place, place, seat
from workflow.accounts import LOCKING
from workflow.changing import changed
from workflow.errors import NotSignedIn, Refused
from workflow.people_ledger import replay_people
from workflow.service.accounts import deactivate, set_password, sign_in
from workflow.service.erasing import erasing_entry
from workflow.service.second_factors import set_second_factor
from workflow.service.single_sign_on import end_single_sign_on, enter_single_sign_on, link_single_sign_on

__all__ = ["place"]  # A fixture: on each kind of store.
#: As an installation would make them of a provider's names for people.
IDENTITY, OTHER = "a1" * 32, "b2" * 32
STEP = timedelta(seconds=30)
#: What memory has not: tables, and things that happen at once.
_ON_DATABASES = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def office(place: Place) -> Place:
    """Lan has a password, Bình has none."""
    place.add("lan", seat(), identity=LAN)
    place.add("binh", seat(), identity=BINH, name="Vàng A Bình")
    set_password(place.store, place.house, username="lan", password=PASSPHRASE, by=place.admin, at=NOW)
    return place


def link(office: Place, username: str = "lan", identity: str = IDENTITY, *, by: str = "", **more: str) -> None:
    """Links an account, by default by its own person, who knows the password."""
    secret = {"password": PASSPHRASE} if username == "lan" else {}
    who = office.actor(by or username)
    link_single_sign_on(
        office.store, office.house, username=username, identity=identity, by=who, at=NOW, **(secret | more)
    )


def enter(office: Place, identity: str = IDENTITY, *, code: str = "", after: timedelta = timedelta()) -> str:
    """Who came in, or the code of the refusal."""
    try:
        return enter_single_sign_on(
            office.store, office.house, identity=identity, code=code, at=NOW + after, channel="web"
        )
    except NotSignedIn as refused:
        return refused.code


def refusals(call: Callable[[], None]) -> list[str]:
    """Why it was refused."""
    with pytest.raises(Refused) as refused:
        call()
    return [unmet.code for unmet in refused.value.unmet]


def end(office: Place, by: str) -> None:
    """Ends Lan's link."""
    end_single_sign_on(office.store, office.house, username="lan", by=office.actor(by), at=NOW)


def test_a_link_lets_its_person_in(office: Place) -> None:
    """Until it is ended; nobody else comes in by it, and history tells both."""
    before = enter(office)
    link(office)
    linked, stranger = enter(office), enter(office, OTHER)
    told = replay_people(office.entries()).links
    end(office, "lan")

    assert (before, linked, stranger, enter(office)) == ("denied.sso_unlinked", "lan", before, before)
    assert told == {"lan": IDENTITY}
    assert replay_people(office.entries()).links == {}


def test_the_history_shows_no_hash(office: Place) -> None:
    """What the provider's name was hashed to is a private value: bound by its commitment, and it can be erased."""
    link(office)

    entry = office.entries()[-1]

    assert entry.kind == "sso-linked"
    assert IDENTITY.encode() not in entry.body
    assert [one.value for one in entry.openings] == [IDENTITY]


def test_one_name_at_the_provider_is_one_account_here(office: Place) -> None:
    """It is refused to a second account; an account that is linked anew forgets the link before."""
    link(office)

    taken = refusals(lambda: link(office, "binh"))
    again = refusals(lambda: link(office))
    link(office, identity=OTHER)
    link(office, "binh")

    assert (taken, again) == (["unmet.sso_taken"], ["unmet.sso_linked"])
    assert (enter(office), enter(office, OTHER)) == ("binh", "lan")


def test_only_the_person_links(office: Place) -> None:
    """An administrator who could would come in as everybody."""
    assert refusals(lambda: link(office, by="quan-tri")) == ["unmet.sso_own"]


def test_a_browser_left_open_links_nothing(office: Place) -> None:
    """Where there is a password it is asked for."""
    with pytest.raises(NotSignedIn):
        link(office, password="")

    assert enter(office) == "denied.sso_unlinked"


def test_who_ends_a_link(office: Place) -> None:
    """Its person or an administrator; a colleague does not, and what is not linked cannot be ended."""
    link(office)

    with pytest.raises(Refused):
        end(office, "binh")
    end(office, "quan-tri")

    assert refusals(lambda: end(office, "quan-tri")) == ["unmet.sso_unlinked"]
    assert enter(office) == "denied.sso_unlinked"


def test_a_closed_account_stays_closed(office: Place) -> None:
    """Whoever is deactivated here is refused, however well the provider knows them."""
    link(office)
    deactivate(office.store, office.house, username="lan", by=office.admin, at=NOW)

    assert enter(office) == "denied.deactivated"


def test_guessed_passwords_lock_nobody_out(office: Place) -> None:
    """The lock is for passwords: who is linked comes in while somebody else guesses."""
    link(office)
    for n in range(LOCKING.most):
        with pytest.raises(NotSignedIn):
            sign_in(office.store, office.house, username="lan", password="đoán", at=NOW, channel=f"web{n}")

    assert enter(office) == "lan"


def test_a_second_factor_is_asked_for_here_too(office: Place, tmp_path: Path) -> None:
    """Whoever turned it on wants it at every door; wrong codes lock, and a code is good once."""
    make_key(tmp_path / "key", needed=False)
    factors = KeyedSecondFactors(tmp_path / "key")
    clock, secured = TOTP(factors.secret("f")), Place(office.store, changed(office.house, second_factors=factors))
    link(secured)
    lan, before = secured.actor("lan"), NOW - 2 * STEP
    set_second_factor(
        secured.store, secured.house, username="lan", factor="f", code=clock.at(before), by=lan, at=before
    )

    unasked, wrong = enter(secured), enter(secured, code="000000")
    right, twice = enter(secured, code=clock.at(NOW)), enter(secured, code=clock.at(NOW))
    for n in range(LOCKING.most):
        enter(secured, code="000000", after=timedelta(seconds=n))
    locked = enter(secured, code=clock.at(NOW + 2 * STEP), after=2 * STEP)

    assert (unasked, wrong, right) == ("denied.sso_code", "denied.sso_bad_code", "lan")
    assert (twice, locked) == ("denied.sso_bad_code", "denied.sso_bad_code")


@_ON_DATABASES
def test_two_who_link_the_same_at_once(office: Place) -> None:
    """One of them is refused, in words."""
    said: list[object] = []
    start = Barrier(2)

    def tries(username: str) -> None:
        start.wait()
        try:
            link(office, username)
        except Refused as refused:
            said.append([unmet.code for unmet in refused.unmet])
        else:
            said.append("linked")

    both = [Thread(target=tries, args=(name,)) for name in ("lan", "binh")]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(map(str, said)) == ["['unmet.sso_taken']", "linked"]


@_ON_DATABASES
def test_tables_and_history_say_the_same(office: Place) -> None:
    """A link written into the table by hand, and one taken out, are both found."""
    assert isinstance(office.store, Database)
    store = office.store
    link(office)
    account, entries = table(AccountRow), office.entries()

    change = account.update().where(account.c.username == bindparam("of"))
    statement = Statement(change.values(single_sign_on=bindparam("to")))

    def found(username: str, identity: str | None) -> list[dict[str, object]]:
        with store.transaction(writes=True) as transaction:
            transaction.run(statement, {"of": username, "to": identity})
            return [dict(one.params) for one in people_findings(transaction, entries)]

    with store.transaction(writes=False) as transaction:
        clean = list(people_findings(transaction, entries))
        assert everybody(transaction).links == {"lan": IDENTITY}

    assert clean == []
    assert found("binh", OTHER) == [{"part": "links", "which": "binh", "n": 1}]
    assert found("binh", None) == []
    assert found("lan", None) == [{"part": "links", "which": "lan", "n": 1}]


@_ON_DATABASES
def test_an_erasure_takes_the_link_along(office: Place) -> None:
    """The hash goes from history and from the table, and the log is as sound as before."""
    assert isinstance(office.store, Database)
    store = office.store
    link(office)
    person = office.actor("lan").person
    deactivate(office.store, office.house, username="lan", by=office.admin, at=NOW)
    why = {"reason": "yêu cầu của người đó", "decision": "12/QĐ", "by": office.admin, "at": NOW}

    with store.transaction(writes=True) as transaction:
        uow = SqlUnitOfWork(transaction, Pinned(), writes=True)
        found = personal_of(transaction, person)
        about = {"active": found.active, "openings": found.openings, "mails": found.mails}
        entry = erasing_entry(uow, office.house, person=person, **about, **why)  # type: ignore[arg-type]
        erase(transaction, entry, found, at=NOW)

    with store.transaction(writes=False) as transaction:
        assert everybody(transaction).links == {}
        assert list(people_findings(transaction, office.entries())) == []
    assert IDENTITY not in str(office.entries())
