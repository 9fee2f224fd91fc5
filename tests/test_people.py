"""People: proven identity, accounts that lock and close, tokens, seats that begin and end; alike on every store."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from definitions.loading import find_texts
from khuyencong.passwords import Argon2Passwords
from language.catalogue import sentence
from store.database import Database
from store.log import REGISTERS, verify
from store.memory import MemoryStore
from store.people_log import everybody
from tests import contract
from tests.staging import house as surroundings
from workflow.accounts import LOCKING, password_faults
from workflow.administration import ADMINISTRATOR, operator
from workflow.changing import changed
from workflow.entries import Entry, opened
from workflow.errors import NotOwner, NotSignedIn, Refused, UnknownUser
from workflow.house import House
from workflow.identity import IdentityUnreadable, read_identity
from workflow.people_ledger import replay_people
from workflow.proposal import Actor, Seat
from workflow.service.accounts import deactivate, reactivate, set_password, sign_in, unlock
from workflow.service.acting import Request, act
from workflow.service.drafting import create
from workflow.service.handing_over import hand_over
from workflow.service.installing import first_seat, install_administrator
from workflow.service.people import Newcomer, add_user, end_seat, give_seat
from workflow.service.registering import publish, publish_templates
from workflow.service.tokens import make_token, open_by_token, revoke_token, tokens_of
from workflow.storage import Store, UsernameTaken

NOW = datetime(2022, 3, 15, 3, tzinfo=UTC)
TODAY, YESTERDAY, TOMORROW = date(2022, 3, 15), date(2022, 3, 14), date(2022, 3, 16)
ADMIN, LAN, BINH = "012345678901", "012190000001", "012085000002"
PASSPHRASE = "chè Shan tuyết cổ thụ"


@dataclass(frozen=True, slots=True)
class Place:
    """An installation of the UBND of Lai Châu with its first administrator, on a store."""

    store: MemoryStore | Database
    house: House

    def actor(self, username: str) -> Actor:
        with self.store.read() as uow:
            found = uow.actor(username, channel="cli")
        assert found is not None
        return found

    @property
    def admin(self) -> Actor:
        return self.actor("quan-tri")

    def add(self, username: str, *seats: Seat, identity: str, name: str = "Lò Thị Lan") -> str:
        added = add_user(
            self.store,
            self.house,
            username=username,
            name=name,
            address=f"{username}@so.vn",
            seats=seats,
            identity=identity,
            by=self.admin,
            at=NOW,
        )
        return added.person.id

    def entries(self) -> tuple[Entry, ...]:
        if isinstance(self.store, MemoryStore):
            return self.store.entries(REGISTERS)
        with self.store.look() as queries:
            return queries.history(REGISTERS)


def seat(role: str = "implementer", agency: str = "ttkc-lai-chau", **more: date) -> Seat:
    return Seat(role=role, agency=agency, since=more.get("since", date(2022, 1, 1)), until=more.get("until"))


@pytest.fixture(params=contract.KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """On each kind of store."""
    with contract.opened(request.param, request, tmp_path) as store:
        house = changed(
            surroundings(),
            told=changed(surroundings().told, sandbox=False),
            identity=lambda number: sha256(f"khóa {number}".encode()).hexdigest(),
            passwords=Argon2Passwords(passes=1, memory_kib=8, lanes=1),
        )
        publish(store, house, find_texts(), by=operator(), at=NOW)
        publish_templates(store, house, "{}", sha256=sha256(b"{}").hexdigest(), by=operator(), at=NOW)
        newcomer = Newcomer(
            username="quan-tri",
            name="Khoàng Thị Xuân",
            address="",
            seats=first_seat("ubnd-lai-chau", NOW),
            identity=ADMIN,
        )
        install_administrator(
            store, house, newcomer, secret="kc_dau_tien", expires_at=NOW + timedelta(days=7), by=operator(), at=NOW
        )
        yield Place(store, house)


def test_two_accounts_of_one_identity_are_one_person(place: Place) -> None:
    """Four eyes compare persons, so both accounts act as the same one, with the seats of both."""
    first = place.add("lan", seat(), identity=LAN)
    second = place.add("lan-2", seat("base_appraiser", "sct-lai-chau"), identity="012 190 000 001")

    assert first == second
    assert place.actor("lan").person == place.actor("lan-2").person
    assert len(place.actor("lan-2").seats) == 2
    assert {entry.kind for entry in place.entries()} >= {"person-added", "account-added"}


def test_the_identity_number_is_kept_nowhere(place: Place) -> None:
    """Only its keyed hash is, and that as a personal value with an opening."""
    place.add("lan", identity=LAN)

    added = next(entry for entry in place.entries() if LAN in str(entry) or entry.kind == "person-added")
    told = [str(entry) for entry in place.entries()]

    assert not any(LAN in one for one in told)
    assert "identity_hash" in {opening.path for opening in added.openings}


def test_an_identity_is_needed_where_data_counts(place: Place) -> None:
    """Without it nobody could say that two accounts are one person."""
    with pytest.raises(Refused) as refused:
        add_user(place.store, place.house, username="x", name="X", address="", seats=(), by=place.admin, at=NOW)

    assert [unmet.code for unmet in refused.value.unmet] == ["unmet.identity_missing"]


@pytest.mark.parametrize("text", ["", "12345678901", "0123456789012", "112345678901", "000190000001", "０12190000001"])
def test_what_is_no_identity_number_is_refused_unrepeated(text: str) -> None:
    """Twelve digits that begin with a province's code; the slip itself is not told."""
    with pytest.raises(IdentityUnreadable) as refused:
        read_identity(text)

    assert not text or text not in str(refused.value)


def test_a_username_is_one_persons(place: Place) -> None:
    """The second is refused and nothing of it stays."""
    place.add("lan", identity=LAN)
    before = place.entries()

    with pytest.raises(UsernameTaken):
        place.add("lan", identity=BINH)

    assert place.entries() == before


def test_wrong_passwords_lock_for_a_while(place: Place) -> None:
    """After so many within the window even the right one is refused, in the same words, until the lock passes."""
    place.add("lan", seat(), identity=LAN)
    set_password(place.store, place.house, username="lan", password=PASSPHRASE, by=place.admin, at=NOW)

    def try_in(password: str, at: datetime) -> str:
        try:
            return sign_in(place.store, place.house, username="lan", password=password, at=at, channel="web").name
        except NotSignedIn as refused:
            return refused.code

    answers = [try_in("sai", NOW + timedelta(seconds=n)) for n in range(LOCKING.most)]
    locked = try_in(PASSPHRASE, NOW + timedelta(minutes=1))
    later = try_in(PASSPHRASE, NOW + LOCKING.lasts + timedelta(seconds=LOCKING.most))

    assert {*answers, locked} == {"denied.bad_password"}
    assert later == "Lò Thị Lan"
    assert [entry.kind for entry in place.entries()].count("account-locked") == 1


def test_wrong_passwords_far_apart_lock_nothing(place: Place) -> None:
    """They are counted anew after the window, and a right one sets the count back."""
    place.add("lan", identity=LAN)
    set_password(place.store, place.house, username="lan", password=PASSPHRASE, by=place.admin, at=NOW)

    for n in range(2 * LOCKING.most):
        at = NOW + n * (LOCKING.within / (LOCKING.most - 2))
        with pytest.raises(NotSignedIn):
            sign_in(place.store, place.house, username="lan", password="sai", at=at, channel="web")

    with place.store.read() as uow:
        account = uow.account("lan")
    assert account is not None
    assert account.locked_until is None


def test_an_administrator_ends_a_lock(place: Place) -> None:
    """Before its time, with an entry."""
    place.add("lan", identity=LAN)
    set_password(place.store, place.house, username="lan", password=PASSPHRASE, by=place.admin, at=NOW)
    for _ in range(LOCKING.most):
        with pytest.raises(NotSignedIn):
            sign_in(place.store, place.house, username="lan", password="sai", at=NOW, channel="web")

    unlock(place.store, place.house, username="lan", by=place.admin, at=NOW)

    assert sign_in(place.store, place.house, username="lan", password=PASSPHRASE, at=NOW, channel="web").seats == ()
    with pytest.raises(Refused):
        unlock(place.store, place.house, username="lan", by=place.admin, at=NOW)


def test_an_unknown_name_is_refused_like_a_wrong_password(place: Place) -> None:
    """The same words, and a password is compared there too."""
    compared = []

    class Watched(Argon2Passwords):
        def fits(self, sealed: str, password: str) -> bool:
            compared.append(sealed)
            return super().fits(sealed, password)

    watched = changed(place.house, passwords=Watched(passes=1, memory_kib=8, lanes=1))
    place.add("lan", identity=LAN)

    codes = set()
    for username in ("khong-ai", "lan", "quan-tri"):
        with pytest.raises(NotSignedIn) as refused:
            sign_in(place.store, watched, username=username, password="đoán bừa", at=NOW, channel="web")
        codes.add((refused.value.code, tuple(refused.value.params)))

    assert codes == {("denied.bad_password", ())}
    assert len(compared) == 3


def test_ones_own_password_needs_the_old_one(place: Place) -> None:
    """A stolen token cannot set another; the wrong old one counts as a wrong password."""
    place.add("lan", seat(), identity=LAN)
    lan = place.actor("lan")
    set_password(place.store, place.house, username="lan", password=PASSPHRASE, by=lan, at=NOW)

    with pytest.raises(NotSignedIn):
        set_password(place.store, place.house, username="lan", password="một câu khác hẳn", old="sai", by=lan, at=NOW)
    set_password(place.store, place.house, username="lan", password="một câu khác hẳn", old=PASSPHRASE, by=lan, at=NOW)

    found = sign_in(place.store, place.house, username="lan", password="một câu khác hẳn", at=NOW, channel="web")
    assert found.person == lan.person


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("ngắn quá", "unmet.password_short"),
        ("x" * 64 + "abcdefg" * 20, "unmet.password_long"),
        ("ababababababab", "unmet.password_few_letters"),
        ("tôi là CAN-BO đây nhé", "unmet.password_is_name"),
        ("Mật-khẩu-123456!", "unmet.password_common"),
    ],
)
def test_a_poor_password_is_told_why(password: str, code: str) -> None:
    """Each rule by its sentence; the password itself is in none."""
    faults = tuple(password_faults(password, "can-bo"))

    assert [fault.code for fault in faults] == [code]
    assert password not in str(faults)
    assert not tuple(password_faults(PASSPHRASE, "can-bo"))


def test_passwords_are_kept_by_argon2id() -> None:
    """With the parameters that are stated, a salt each, and made anew when they change."""
    passwords, weaker = Argon2Passwords(), Argon2Passwords(passes=1, memory_kib=8, lanes=1)

    sealed, again = passwords.seal(PASSPHRASE), weaker.seal(PASSPHRASE)

    assert sealed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert again != weaker.seal(PASSPHRASE)
    assert passwords.fits(sealed, PASSPHRASE)
    assert not passwords.fits(sealed, "khác")
    assert not weaker.fits("", "nobody has this one")
    assert (passwords.outdated(again), passwords.outdated(sealed)) == (True, False)


def test_a_token_opens_until_it_ends(place: Place) -> None:
    """Expired, revoked, of a closed account or unknown: refused, each with its own sentence; only a hash is kept."""
    place.add("lan", seat(), identity=LAN)
    lan = place.actor("lan")
    for secret, ends in (("kc_mot_AAAAAAAA", NOW + timedelta(days=1)), ("kc_hai_BBBBBBBB", None)):
        make_token(
            place.store, place.house, username="lan", secret=secret, label="máy", expires_at=ends, by=lan, at=NOW
        )

    def answer(secret: str, at: datetime = NOW) -> str:
        try:
            return open_by_token(place.store, secret=secret, at=at, channel="api").actor.channel
        except NotSignedIn as refused:
            return refused.code

    assert (answer("kc_mot_AAAAAAAA"), answer("kc_hai_BBBBBBBB")) == ("api", "api")
    assert answer("kc_mot_AAAAAAAA", NOW + timedelta(days=1)) == "denied.token_expired"
    assert answer("kc_khac") == "denied.bad_token"
    revoke_token(place.store, place.house, username="lan", prefix="kc_mot_A", by=lan, at=NOW)
    assert answer("kc_mot_AAAAAAAA") == "denied.token_revoked"
    deactivate(place.store, place.house, username="lan", by=place.admin, at=NOW)
    assert answer("kc_hai_BBBBBBBB") == "denied.deactivated"
    reactivate(place.store, place.house, username="lan", by=place.admin, at=NOW)
    assert answer("kc_hai_BBBBBBBB", NOW + timedelta(days=3)) == "api"
    found = tokens_of(place.store, place.house, username="lan", by=lan, at=NOW)
    assert [(token.prefix, token.label) for token in found if token.revoked_at is None] == [("kc_hai_B", "máy")]
    assert {token.last_used_on for token in found} == {TODAY, date(2022, 3, 18)}
    assert not any("AAAAAAAA" in str(entry) for entry in place.entries())


def test_a_seat_ends_and_another_begins(place: Place) -> None:
    """Leaving gives the row a last day; returning is a row of its own; what is past stays as it was."""
    person = place.add("lan", seat(), identity=LAN)
    place_of = {"role": "implementer", "agency": "ttkc-lai-chau"}

    end_seat(place.store, place.house, username="lan", **place_of, last_day=TODAY, by=place.admin, at=NOW)
    with pytest.raises(Refused) as past:
        end_seat(
            place.store,
            place.house,
            username="lan",
            **place_of,
            last_day=YESTERDAY - timedelta(days=1),
            by=place.admin,
            at=NOW,
        )
    back = seat(since=date(2022, 5, 1))
    give_seat(place.store, place.house, username="lan", seat=back, by=place.admin, at=NOW)

    assert [unmet.code for unmet in past.value.unmet] == ["unmet.seat_end_past"]
    with place.store.read() as uow:
        assert uow.seats_of(person) == (seat(until=TODAY), back)
        assert [one.id for one in uow.people("implementer@ttkc-lai-chau", TODAY)] == [person]
        assert uow.people("implementer@ttkc-lai-chau", TOMORROW) == ()


def test_nobody_administers_and_acts(place: Place) -> None:
    """On no day may one person hold both kinds of seat, whichever comes first."""
    place.add("lan", seat(until=YESTERDAY), identity=LAN)
    both = seat(ADMINISTRATOR, "ttkc-lai-chau", since=TODAY)

    give_seat(place.store, place.house, username="lan", seat=both, by=place.admin, at=NOW)
    with pytest.raises(Refused) as refused:
        give_seat(place.store, place.house, username="lan", seat=seat(since=TODAY), by=place.admin, at=NOW)

    assert [unmet.code for unmet in refused.value.unmet] == ["unmet.administrator_acts"]


def test_mail_goes_to_nobody_whose_accounts_are_closed(place: Place) -> None:
    """The seat stays theirs in history; notices go on to the agency."""
    place.add("lan", seat(), identity=LAN)

    deactivate(place.store, place.house, username="lan", by=place.admin, at=NOW)

    with place.store.read() as uow:
        assert uow.people("implementer@ttkc-lai-chau", TODAY) == ()
        assert uow.actor("lan", channel="cli") is None
    with pytest.raises(Refused):
        deactivate(place.store, place.house, username="lan", by=place.admin, at=NOW)


def test_nobody_closes_their_own_account(place: Place) -> None:
    """The last administrator cannot lock the house from outside."""
    with pytest.raises(Refused) as refused:
        deactivate(place.store, place.house, username="quan-tri", by=place.admin, at=NOW)

    assert [unmet.code for unmet in refused.value.unmet] == ["unmet.own_account"]


def test_open_work_is_handed_over(place: Place) -> None:
    """The other must sit there already; each proposal that waits keeps the entry, and four eyes stay true."""
    place.add("lan", seat(), identity=LAN)
    place.add("binh", identity=BINH, name="Đinh Thị Bình")
    draft(place, by=place.actor("lan"))
    with pytest.raises(Refused) as early:
        hand_over(place.store, place.house, giver="lan", taker="binh", on=TODAY, by=place.admin, at=NOW)
    give_seat(place.store, place.house, username="binh", seat=seat(since=TODAY), by=place.admin, at=NOW)

    done = hand_over(place.store, place.house, giver="lan", taker="binh", on=TODAY, by=place.admin, at=NOW)
    deactivate(place.store, place.house, username="lan", by=place.admin, at=NOW)

    assert [unmet.code for unmet in early.value.unmet] == ["unmet.handover_needs_seat"]
    assert done.waiting == (("LC-9", "implementer@ttkc-lai-chau"),)
    with place.store.read() as uow:
        assert (uow.proposal("LC-9").last_seq, uow.proposal("LC-9").revision) == (2, 0)
    assert place.entries()[-2].kind == "handed-over"


def draft(place: Place, *, by: Actor) -> None:
    create(
        place.store,
        place.house,
        programme="lai-chau-2021-2025",
        process="kcdp",
        data={"name": "Máy sấy chè", "activity": "machinery", "plan_year": 2022, "requested_amount": 1},
        by=by,
        at=NOW,
        implementer="ttkc-lai-chau",
        code="LC-9",
    )


def test_who_typed_the_command_is_a_personal_value(place: Place) -> None:
    """The name stands in an opening of every entry, erasable, and the entry says person, seat and channel."""
    place.add("lan", seat(), identity=LAN)
    by = changed(place.actor("lan"), os_user="lanlt")

    draft(place, by=by)
    with pytest.raises(NotOwner):
        act(
            place.store,
            place.house,
            Request(code="LC-9", action="submit", facts={}),
            by=changed(place.admin, os_user="root"),
            at=NOW,
        )

    created, refused = proposal_entries(place)
    assert b"lanlt" not in created.body
    assert {"role": "implementer", "agency": "ttkc-lai-chau", "channel": "cli"}.items() <= body(created).items()
    assert opened(created, body(created))["os_user"] == "lanlt"
    assert refused is None or opened(refused, body(refused))["os_user"] == "root"


def proposal_entries(place: Place) -> tuple[Entry, Entry | None]:
    if isinstance(place.store, MemoryStore):
        created, refused = place.store.entries("LC-9")
        return created, refused
    with place.store.look() as queries:
        return queries.history("LC-9")[0], None


def body(entry: Entry) -> dict[str, object]:
    found: dict[str, object] = orjson.loads(entry.body)
    return found


def test_people_are_rebuilt_from_the_registers(place: Place) -> None:
    """Every change of people is an entry: a replay gives the persons, accounts, seats and tokens that are kept."""
    place.add("lan", seat(), identity=LAN)
    place.add("lan-2", seat("base_appraiser", "sct-lai-chau"), identity=LAN)
    place.add("binh", seat("head", "sct-lai-chau"), identity=BINH)
    lan = place.actor("lan")
    make_token(place.store, place.house, username="lan", secret="kc_bi_mat", label="l", expires_at=None, by=lan, at=NOW)
    revoke_token(place.store, place.house, username="lan", prefix="kc_bi_ma", by=lan, at=NOW)
    end_seat(
        place.store,
        place.house,
        username="binh",
        role="head",
        agency="sct-lai-chau",
        last_day=TOMORROW,
        by=place.admin,
        at=NOW,
    )
    deactivate(place.store, place.house, username="binh", by=place.admin, at=NOW)
    deactivate(place.store, place.house, username="lan-2", by=place.admin, at=NOW)
    reactivate(place.store, place.house, username="lan-2", by=place.admin, at=NOW)

    told = replay_people(place.entries())

    assert told.closed == {"binh"}
    assert len(told.seats) == 4
    if isinstance(place.store, MemoryStore):
        kept = place.store._state.people
        assert (told.persons, told.seats, dict(told.tokens)) == (kept.persons, kept.seats, kept.tokens)
        assert told.accounts == {name: account.person for name, account in kept.accounts.items()}
        assert told.identities == {person: hashed for hashed, person in kept.identities.items()}
    else:
        with place.store.transaction(writes=False) as transaction:
            assert told == everybody(transaction)
            assert verify(transaction).findings == ()


@pytest.mark.parametrize(
    "meddling",
    [
        "UPDATE seat SET until = NULL",
        "UPDATE seat SET role = 'approver' WHERE role = 'implementer'",
        "UPDATE account SET person_id = (SELECT max(id) FROM person) WHERE username = 'lan'",
        "UPDATE account SET active = (username <> 'lan')",
        "UPDATE person SET identity_hash = NULL",
        "UPDATE token SET expires_at = NULL",
    ],
)
def test_meddling_with_people_is_found(place: Place, meddling: str) -> None:
    """Whoever gives rights with SQL leaves no entry, and ``audit verify`` says so."""
    if isinstance(place.store, MemoryStore):
        return
    place.add("lan", seat(until=TODAY), identity=LAN)
    place.add("binh", identity=BINH)

    with place.store.transaction(writes=True) as transaction:
        transaction.execute(meddling)

    with place.store.transaction(writes=False) as transaction:
        assert [finding.subject for finding in verify(transaction).findings] == [REGISTERS]


def test_an_unknown_account_is_named(place: Place) -> None:
    """Nothing is made up for a name that nobody has."""
    for change in (deactivate, unlock):
        with pytest.raises(UnknownUser, match="khong-ai"):
            change(place.store, place.house, username="khong-ai", by=place.admin, at=NOW)


def test_the_first_administrator_is_made_once(place: Place) -> None:
    """Later the operator can only give a lost token back to an administrator of that agency."""
    other = Newcomer(username="khac", name="Khác", address="", seats=first_seat("bct", NOW), identity=BINH)
    again = Newcomer(username="quan-tri", name="", address="", seats=())
    ends = NOW + timedelta(days=7)

    with pytest.raises(Refused):
        install_administrator(place.store, place.house, other, secret="kc_x", expires_at=ends, by=operator(), at=NOW)
    install_administrator(place.store, place.house, again, secret="kc_lai_nua", expires_at=ends, by=operator(), at=NOW)

    found = open_by_token(place.store, secret="kc_lai_nua", at=NOW, channel="cli")
    assert found.actor.person == place.admin.person


def test_the_store_protocol_is_met(place: Place) -> None:
    """The type checker holds the assignment."""
    as_protocol: Store = place.store

    with as_protocol.read() as uow:
        assert uow.home() == "ubnd-lai-chau"


def test_a_closed_account_is_named_to_whoever_knows_its_password(place: Place) -> None:
    """Its sentence says which account, and who can open it again."""
    place.add("lan", seat(), identity=LAN)
    set_password(place.store, place.house, username="lan", password=PASSPHRASE, by=place.admin, at=NOW)
    deactivate(place.store, place.house, username="lan", by=place.admin, at=NOW)

    with pytest.raises(NotSignedIn) as refused:
        sign_in(place.store, place.house, username="lan", password=PASSPHRASE, at=NOW, channel="web")

    assert "lan" in sentence(refused.value.code, refused.value.params)
