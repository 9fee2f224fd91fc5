"""The second factor: codes of a half minute, spare codes, and a key without which a stolen database has none."""

from datetime import timedelta
from pathlib import Path

import pytest
from pyotp import TOTP

from khuyencong.identity_key import make_key
from khuyencong.second_factors import KeyedSecondFactors
from tests.test_people import LAN, NOW, PASSPHRASE, Place, place, seat
from workflow.accounts import LOCKING
from workflow.changing import changed
from workflow.errors import NotSignedIn, Refused
from workflow.people_ledger import replay_people
from workflow.proposal import Actor
from workflow.second_factor import RECOVERY_CODES, codes_left
from workflow.service.accounts import set_password, sign_in
from workflow.service.second_factors import end_second_factor, set_second_factor

__all__ = ["place"]  # A fixture: on each kind of store.
FACTOR = "a-random-name"
STEP = timedelta(seconds=30)


class Secured:
    """An office whose Lan has a password and a second factor."""

    def __init__(self, place: Place, key: Path) -> None:
        make_key(key, needed=False)
        self.place, self.factors = place, KeyedSecondFactors(key)
        self.house = changed(place.house, second_factors=self.factors)
        place.add("lan", seat(), identity=LAN)
        set_password(place.store, self.house, username="lan", password=PASSPHRASE, by=place.admin, at=NOW)
        self.clock = TOTP(self.factors.secret(FACTOR))
        self.spare = self.turn_on(self.clock.at(NOW - 2 * STEP), -2 * STEP)

    def turn_on(self, code: str, after: timedelta = timedelta(), by: Actor | None = None) -> tuple[str, ...]:
        by, at = by or self.place.actor("lan"), NOW + after
        return set_second_factor(self.place.store, self.house, username="lan", factor=FACTOR, code=code, by=by, at=at)

    def enter(self, code: str, after: timedelta = timedelta()) -> str:
        """Who signed in, or the code of the refusal."""
        who = {"username": "lan", "password": PASSPHRASE, "channel": "web", "code": code}
        try:
            return sign_in(self.place.store, self.house, **who, at=NOW + after).name
        except NotSignedIn as refused:
            return refused.code

    def end(self, by: Actor, code: str = "", after: timedelta = timedelta()) -> None:
        end_second_factor(self.place.store, self.house, username="lan", code=code, by=by, at=NOW + after)


@pytest.fixture
def secured(place: Place, tmp_path: Path) -> Secured:
    """Lan turned it on a minute ago."""
    return Secured(place, tmp_path / "key")


def test_a_password_alone_no_longer_opens_it(secured: Secured) -> None:
    """With the code of now it does; a missing and a wrong one are refused in the words of a wrong password."""
    alone, wrong = secured.enter(""), secured.enter("000000")
    right = secured.enter(secured.clock.at(NOW))

    assert {alone, wrong} == {"denied.bad_password"}
    assert right == "Lò Thị Lan"


def test_a_code_is_good_once(secured: Secured) -> None:
    """RFC 6238, 5.2: what was read over a shoulder comes too late; the next half minute's is good."""
    first = secured.enter(secured.clock.at(NOW))
    again = secured.enter(secured.clock.at(NOW), timedelta(seconds=5))
    before = secured.enter(secured.clock.at(NOW - STEP), timedelta(seconds=6))
    following = secured.enter(secured.clock.at(NOW + STEP), STEP)

    assert (first, again, before, following) == ("Lò Thị Lan", "denied.bad_password", "denied.bad_password", first)


@pytest.mark.parametrize(("drift", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(secured: Secured, drift: int, opens: bool) -> None:
    """Of half a minute to either side (RFC 6238, section 6)."""
    later = 10 * STEP

    answer = secured.enter(secured.clock.at(NOW + later + drift * STEP), later)

    assert (answer == "Lò Thị Lan") == opens


def test_a_spare_code_is_good_once_and_history(secured: Secured) -> None:
    """However it is typed; each has its entry, and replaying them gives what is stored."""
    typed = secured.spare[3].upper().replace("-", " ")
    first, again, other = secured.enter(typed), secured.enter(secured.spare[3]), secured.enter(secured.spare[0])

    with secured.place.store.read() as uow:
        account = uow.account("lan")
    assert (first, again, other) == ("Lò Thị Lan", "denied.bad_password", "Lò Thị Lan")
    assert account is not None
    assert codes_left(account) == RECOVERY_CODES - 2
    assert replay_people(secured.place.entries()).factors == {"lan": (FACTOR, account.spent_codes)}


def test_wrong_codes_lock_the_account(secured: Secured) -> None:
    """They count as wrong passwords do; while it is locked no spare code is spent."""
    for n in range(LOCKING.most):
        secured.enter("123456", timedelta(seconds=n))

    locked = secured.enter(secured.spare[0], timedelta(minutes=1))
    later = secured.enter(secured.spare[0], LOCKING.lasts + timedelta(minutes=1))

    assert (locked, later) == ("denied.bad_password", "Lò Thị Lan")


def test_it_is_turned_on_by_its_person_with_a_code(secured: Secured) -> None:
    """Not twice, not with a wrong code, not for somebody else: an administrator would hold the other's secret."""
    secured.end(secured.place.admin)

    with pytest.raises(Refused) as for_another:
        secured.turn_on(secured.clock.at(NOW), by=secured.place.admin)
    with pytest.raises(Refused) as wrong:
        secured.turn_on("000000")
    secured.turn_on(secured.clock.at(NOW))
    with pytest.raises(Refused) as twice:
        secured.turn_on(secured.clock.at(NOW))

    codes = [[unmet.code for unmet in one.value.unmet] for one in (for_another, wrong, twice)]
    assert codes == [["unmet.factor_own"], ["unmet.factor_code"], ["unmet.factor_on"]]


def test_turning_it_off_needs_a_code_or_an_administrator(secured: Secured) -> None:
    """A stolen session does not take it away; whoever lost the telephone asks the administrator."""
    lan = secured.place.actor("lan")

    with pytest.raises(Refused):
        secured.end(lan)
    secured.end(lan, secured.clock.at(NOW))
    with pytest.raises(Refused) as nothing:
        secured.end(secured.place.admin)

    assert secured.enter("") == "Lò Thị Lan"
    assert [unmet.code for unmet in nothing.value.unmet] == ["unmet.factor_off"]


def test_ones_own_password_is_changed_with_a_code(secured: Secured) -> None:
    """The old password alone no longer proves who asks."""
    lan, other = secured.place.actor("lan"), "một câu khác hẳn"

    def change(code: str) -> None:
        store, house = secured.place.store, secured.house
        set_password(store, house, username="lan", password=other, old=PASSPHRASE, code=code, by=lan, at=NOW)

    with pytest.raises(NotSignedIn):
        change("")
    change(secured.clock.at(NOW))


def test_another_key_makes_other_codes(secured: Secured, tmp_path: Path) -> None:
    """A database without the file beside it opens nothing, and neither does one with another's."""
    make_key(tmp_path / "other", needed=False)
    other = KeyedSecondFactors(tmp_path / "other")

    assert other.secret(FACTOR) != secured.factors.secret(FACTOR)
    assert not set(other.recovery_codes(FACTOR)) & set(secured.spare)
    assert len({*secured.spare}) == RECOVERY_CODES


def test_the_secret_is_kept_nowhere(secured: Secured) -> None:
    """History and the account's row have the random name alone."""
    told = str(secured.place.entries())
    with secured.place.store.read() as uow:
        kept = str(uow.account("lan"))

    assert secured.factors.secret(FACTOR) not in told + kept
    assert not any(code in told + kept for code in secured.spare)
