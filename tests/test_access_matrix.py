"""Every step of every process, tried as everybody: only who owns it passes. The same for all other use cases."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from definitions.bundle import shipped
from definitions.loading import DefinitionText, find_texts
from definitions.model import Basis
from definitions.registers import Appointment
from khuyencong.access import SUBJECTS, USE_CASES, page
from khuyencong.demo.cast import SINCE
from khuyencong.passwords import Argon2Passwords
from khuyencong.second_factors import KeyedSecondFactors
from store.memory import MemoryStore
from store.memory_rows import KeptNotice
from tests.moving import Works
from tests.rehearsal import Case, begun, stories
from tests.staging import house, staged
from workflow.addresses import BadAddress
from workflow.administration import ADMINISTRATOR, operator
from workflow.authority import Guidance
from workflow.changing import changed
from workflow.engine import advance, available
from workflow.errors import NoSuchAction, NotOwner, NotSignedIn, Refused
from workflow.extending import Excuse, Wish
from workflow.house import House
from workflow.incoming import Incoming, Outcome
from workflow.proposal import Actor, FactValue, Seat
from workflow.service.accounts import deactivate, reactivate, set_password, unlock
from workflow.service.acting import Request, act
from workflow.service.delivering import check_taking_in, resend
from workflow.service.drafting import create, edit
from workflow.service.erasing import may_erase
from workflow.service.exporting import may_audit, record_export
from workflow.service.extending import explain_lateness, extend_deadline
from workflow.service.handing_over import hand_over
from workflow.service.importing import import_rows
from workflow.service.installing import install_administrator
from workflow.service.people import Newcomer, add_user, end_seat, give_seat, may_list
from workflow.service.reaching import add_webhook, clear_address, remove_webhook, set_address, webhooks_of, wish_mail
from workflow.service.registering import appoint, guide, publish
from workflow.service.row_deciding import Into
from workflow.service.second_factors import end_second_factor
from workflow.service.single_sign_on import end_single_sign_on
from workflow.service.tokens import make_token, open_by_token, revoke_token, tokens_of
from workflow.storage import Notice, Recipient, Store
from workflow.webhooks import Webhook

REFERENCE = Path(__file__).parent.parent / "docs" / "reference" / "access.md"
#: Who wears which role for the two proposals of Lai Châu that are tried, as the decrees and the programme say.
WORN = {
    "kcdp": {
        "implementer": "ttkc-lai-chau",
        "base_appraiser": "sct-lai-chau",
        "inspector": "sct-lai-chau",
        "estimate_appraiser": "stc-lai-chau",
        "approver": "ubnd-lai-chau",
        "funder": "sct-lai-chau",
        "evaluator": "sct-lai-chau",
        "observer": "kbnn",
    },
    "kcqg": {
        "implementer": "ttkc-lai-chau",
        "base_appraiser": "sct-lai-chau",
        "inspector": "sct-lai-chau",
        "ministry_appraiser": "cuc-khuyen-cong",
        "approver": "bct",
        "funder": "cuc-khuyen-cong",
        "evaluator": "sct-lai-chau",
        "observer": "btc",
    },
}
#: What stands in the same place of another province or branch.
ELSEWHERE = {
    "ttkc-lai-chau": "ttkc-da-nang",
    "sct-lai-chau": "sct-da-nang",
    "stc-lai-chau": "stc-da-nang",
    "ubnd-lai-chau": "ubnd-da-nang",
    "kbnn": "btc",
    "cuc-khuyen-cong": "sct-lai-chau",
    "bct": "ubnd-lai-chau",
    "btc": "kbnn",
}
YESTERDAY, TODAY, TOMORROW = date(2022, 3, 14), date(2022, 3, 15), date(2022, 3, 16)
NOW = datetime(2022, 3, 15, 3, tzinfo=UTC)
STEPS = [
    pytest.param(process.key, state.key, move.action, id=f"{process.key}-{state.key}-{move.action}")
    for process in shipped().processes.values()
    for state in process.states
    for move in process.transitions_from(state.key)
]


@cache
def case_of(process: str) -> Case:
    """A draft of Lai Châu in that process."""
    found = next(
        story for story in stories().values() if story.process == process and story.implementer == "ttkc-lai-chau"
    )
    return begun(found)


def sitting(role: str, agency: str, *, since: date = SINCE, until: date | None = None) -> Actor:
    """Somebody whose only seat this is."""
    seat = Seat(role=role, agency=agency, since=since, until=until, capacity="head")
    return Actor(person="p-new", name="Ai đó", seats=(seat,))


def strangers(process: str) -> Iterator[tuple[str, Actor]]:
    """Everybody who owns no step, whatever it is."""
    for role, agency in WORN[process].items():
        yield f"{role} elsewhere", sitting(role, ELSEWHERE[agency])
        yield f"{role} until yesterday", sitting(role, agency, until=YESTERDAY)
        yield f"{role} from tomorrow", sitting(role, agency, since=TOMORROW)
    yield "auditor", sitting("auditor", "ubnd-lai-chau")
    yield "observer", sitting("observer", WORN[process]["observer"])
    yield "beneficiary without seat", Actor(person="p-htx", name="HTX Chè Pắc Ta")
    for agency in ("bct", "ubnd-lai-chau", "sct-lai-chau", "ttkc-lai-chau"):
        yield f"administrator of {agency}", sitting(ADMINISTRATOR, agency)
    yield "operator", operator()
    yield "head", sitting("head", "sct-lai-chau")


def passes(case: Case, state: str, action: str, by: Actor) -> bool:
    """Whether the engine takes the actor for an owner; other conditions may still be unmet."""
    proposal = changed(case.proposal, state=state, last_at=min(case.proposal.last_at, NOW))
    try:
        advance(proposal, action, situation=case.situation, by=by, at=NOW)
    except NotOwner:
        return False
    except Refused as refused:
        return all(unmet.code != "unmet.no_agency" for unmet in refused.unmet)
    return True


@pytest.mark.parametrize(("process", "state", "action"), STEPS)
def test_a_step_is_for_its_owner_alone(process: str, state: str, action: str) -> None:
    """Of all roles at their right agencies exactly one passes, and it is one that the page names; of strangers none."""
    case = case_of(process)
    move = case.situation.process.transition(state, action)
    assert move is not None
    named = {held.role for held in move.owner}

    passed = [role for role, agency in WORN[process].items() if passes(case, state, action, sitting(role, agency))]
    wrong = [who for who, actor in strangers(process) if passes(case, state, action, actor)]

    assert len(passed) == 1
    assert set(passed) <= named
    assert wrong == []


@pytest.mark.parametrize(("process", "state", "action"), STEPS)
def test_an_expired_appointment_takes_the_step_from_the_agency(process: str, state: str, action: str) -> None:
    """When another agency is appointed from today on, whoever sits at the former one owns nothing any more."""
    case = case_of(process)
    role = next(r for r, agency in WORN[process].items() if passes(case, state, action, sitting(r, agency)))
    if role == "implementer":
        return  # Named by the proposal, not by an appointment.
    basis = Basis(text="Quyết định giả định", confidence="OWN")
    appointed = Appointment(
        agency=ELSEWHERE[WORN[process][role]],
        role=role,
        programme=case.proposal.programme,
        process=process,
        province="lai-chau",
        since=TODAY,
        basis=basis,
    )
    moved = changed(case, situation=changed(case.situation, appointed=(appointed,)))

    assert not passes(moved, state, action, sitting(role, WORN[process][role]))
    assert passes(moved, state, action, sitting(role, appointed.agency))


def test_nobody_leaves_an_end() -> None:
    """An end state has no action, for anybody."""
    for process, worn in WORN.items():
        case = case_of(process)
        for state in case.situation.process.states:
            if state.end:
                ended = changed(case.proposal, state=state.key, last_at=NOW)
                everybody = [sitting(role, agency) for role, agency in worn.items()]
                assert all(available(ended, situation=case.situation, by=by, at=NOW) == () for by in everybody)


Try = Callable[[Store, House, Actor], object]
BASIS = Basis(text="Quyết định giả định", confidence="OWN")
DRAFT: dict[str, FactValue] = {
    "name": "Máy chế biến chè",
    "activity": "machinery",
    "plan_year": 2022,
    "requested_amount": 200_000_000,
}
TARGET = "tham-dinh.sct-lai-chau"
INTO = Into(
    programme="lai-chau-2021-2025", process="kcdp", implementer="ttkc-lai-chau", province=None, file_sha256="0" * 64
)


def _new(store: Store, house: House, by: Actor) -> object:
    programme, agency = "lai-chau-2021-2025", "ttkc-lai-chau"
    return create(
        store, house, programme=programme, process="kcdp", data=DRAFT, by=by, at=NOW, implementer=agency, code="X-1"
    )


def _import(store: Store, house: House, by: Actor) -> object:
    outcomes: list[Outcome] = []
    row = Incoming(number=2, key="k", title="Máy chế biến chè", values=DRAFT)
    import_rows(
        store,
        house,
        [row],
        into=INTO,
        by=by,
        at=NOW,
        mode="try",
        keep=lambda paper: pytest.fail(str(paper)),
        told=outcomes.append,
    )
    if outcomes[0].status == "refused":
        raise Refused("import", outcomes[0].unmet)
    return outcomes


def _guide(store: Store, house: House, by: Actor) -> object:
    letter = Guidance(
        programme="lai-chau-2021-2025",
        rule="plan_window",
        plan_year=2023,
        last_day=date(2022, 7, 1),
        agency="sct-lai-chau",
        paper="1/SCT",
    )
    guide(store, house, guidance=letter, by=by, at=NOW)
    return letter


def _extend(store: Store, house: House, by: Actor) -> object:
    wish = Wish(rule="estimate_appraisal", days=2, reason="xác minh", decision="5/STC")
    return extend_deadline(store, house, wish, code="X-3", by=by, at=NOW)


def _excuse(store: Store, house: House, by: Actor) -> object:
    why = Excuse(rule="estimate_appraisal", reason="thiếu người", promised=date(2022, 3, 22))
    return explain_lateness(store, house, why, code="X-4", by=by, at=NOW)


def _publish(store: Store, house: House, by: Actor) -> object:
    text = next(one for one in find_texts() if one.text.startswith("#") and "calendars/2022" in one.name)
    return publish(store, house, (DefinitionText(text.kind, text.name, text.text + "\n# khác\n"),), by=by, at=NOW)


def _appoint(store: Store, house: House, by: Actor) -> object:
    row = Appointment(agency="sct-lai-chau", role="inspector", basis=BASIS)
    appoint(store, house, appointment=row, by=by, at=NOW)
    return row


def _add(store: Store, house: House, by: Actor) -> object:
    seats = (Seat(role="inspector", agency="sct-lai-chau", since=TODAY),)
    return add_user(
        store,
        house,
        username="moi",
        name="Mới",
        address="",
        seats=seats,
        identity="012345678901",
        by=by,
        at=NOW,
    )


def _seat(role: str, username: str) -> Try:
    def give(store: Store, house: House, by: Actor) -> object:
        seat = Seat(role=role, agency="sct-lai-chau", since=TODAY)
        return give_seat(store, house, username=username, seat=seat, by=by, at=NOW)

    return give


def _end(store: Store, house: House, by: Actor) -> object:
    place = {"role": "base_appraiser", "agency": "sct-lai-chau"}
    return end_seat(store, house, username=TARGET, **place, last_day=TODAY, by=by, at=NOW)


def _hand_over(store: Store, house: House, by: Actor) -> object:
    return hand_over(store, house, giver=TARGET, taker="giam-doc.sct-lai-chau", on=TODAY, by=by, at=NOW)


def _password(store: Store, house: House, by: Actor) -> object:
    set_password(store, house, username=TARGET, password="một câu dài dễ nhớ", by=by, at=NOW)
    return None


def _token(store: Store, house: House, by: Actor, *, username: str = TARGET) -> object:
    secret = f"kc_bi_mat_{by.person}"
    return make_token(store, house, username=username, secret=secret, label="", expires_at=None, by=by, at=NOW)


def _feed(store: Store, house: House, by: Actor) -> object:
    secret = f"kc_lich_{by.person}"
    named = {"username": TARGET, "secret": secret, "label": "", "expires_at": None, "feed": "sct-lai-chau"}
    return make_token(store, house, **named, by=by, at=NOW)  # type: ignore[arg-type]


def _tokens(store: Store, house: House, by: Actor) -> object:
    return tokens_of(store, house, username=TARGET, by=by, at=NOW)


def _revoke(store: Store, house: House, by: Actor) -> object:
    return revoke_token(store, house, username=TARGET, prefix="kc_cua_a", by=by, at=NOW)


def _switch(change: Callable[..., None], username: str = TARGET) -> Try:
    return lambda store, house, by: change(store, house, username=username, by=by, at=NOW)


def _list(_: Store, house: House, by: Actor) -> object:
    may_list(by, sandbox=house.told.sandbox, at=NOW)
    return None


def _address(store: Store, house: House, by: Actor) -> object:
    return set_address(store, house, username=TARGET, address="moi@sct.example", by=by, at=NOW)


def _notify(store: Store, house: House, by: Actor) -> object:
    wish_mail(store, house, username=TARGET, mail="digest", by=by, at=NOW)
    return None


def _clear(store: Store, house: House, by: Actor) -> object:
    clear_address(store, house, address="hong@sct.example", by=by, at=NOW)
    return None


def _resent(store: Store, house: House, by: Actor) -> object:
    return resend(store, house, number=1, by=by, at=NOW)


def _taken_in(store: Store, house: House, by: Actor) -> object:
    check_taking_in(store, house, by=by, at=NOW)
    return None


def _hook(store: Store, house: House, by: Actor) -> object:
    hook = Webhook(id="wh-2", agency="sct-lai-chau", url="https://qlvb.example/kc", created_at=NOW)
    return add_webhook(store, house, webhook=hook, by=by, at=NOW)


def _unhook(store: Store, house: House, by: Actor) -> object:
    remove_webhook(store, house, id_="wh-1", by=by, at=NOW)
    return None


def _hooks(store: Store, house: House, by: Actor) -> object:
    """Nobody is refused; whoever governs no agency that has one sees none."""
    if not webhooks_of(store, house, by=by, at=NOW):
        raise Refused("webhook list", ())
    return None


def _init(store: Store, house: House, by: Actor) -> object:
    """The shell's own way: it can only make a new token for an administrator who is known."""
    if by.person != operator().person:
        raise Refused("init", ())  # No command leads here with an account.
    newcomer = Newcomer(username="quan-tri.bct", name="", address="", seats=())
    return install_administrator(store, house, newcomer, secret="kc_lai", expires_at=NOW, by=by, at=NOW)


def _exported(store: Store, house: House, by: Actor) -> object:
    """The shell asks for an account before it writes the file."""
    if by.person == operator().person:
        raise Refused("export", ())
    record_export(store, house, by=by, at=NOW, filters={}, count=0, form="csv", sha256="0" * 64)
    return None


def _erase(store: Store, house: House, by: Actor) -> object:
    with store.read() as uow:
        may_erase(uow, house, by=by, at=NOW)
    return None


def _audited(action: str) -> Try:
    """The shell asks before it reads a row."""

    def take(store: Store, house: House, by: Actor) -> object:
        may_audit(by, action=action, at=NOW)
        return _exported(store, house, by)

    return take


#: Cheap, because nobody guesses here.
QUICK = Argon2Passwords(passes=1, memory_kib=8, lanes=1)
OTHERS: dict[str, Try] = {
    "proposal new": _new,
    "proposal edit": lambda store, house, by: edit(store, house, code="X-0", changes={"name": "Khác"}, by=by, at=NOW),
    "proposal import": _import,
    "guidance add": _guide,
    "deadline extend": _extend,
    "deadline reason-late": _excuse,
    "appointment add": _appoint,
    "definitions publish, calendar publish": _publish,
    "user add": _add,
    "user seat": _seat("inspector", TARGET),
    "user seat (administrator)": _seat(ADMINISTRATOR, "khong-ghe"),
    "user seat-end": _end,
    "user handover": _hand_over,
    "user password (another's)": _password,
    "user token (another's)": _token,
    "user feed (another's)": _feed,
    "user tokens (another's)": _tokens,
    "user token-revoke (another's)": _revoke,
    "user second-factor-end (another's)": lambda store, house, by: end_second_factor(
        store, house, username="hai-buoc", code="", by=by, at=NOW
    ),
    "user sso-end (another's)": lambda store, house, by: end_single_sign_on(
        store, house, username="hai-buoc", by=by, at=NOW
    ),
    "user deactivate": _switch(deactivate),
    "user reactivate": _switch(reactivate, "da-ngung"),
    "user unlock": _switch(unlock, "bi-khoa"),
    "user address (another's)": _address,
    "user notify (another's)": _notify,
    "notice address-clear": _clear,
    "notice resend": _resent,
    "notice bounced": _taken_in,
    "webhook add": _hook,
    "webhook remove": _unhook,
    "webhook list": _hooks,
    "user list": _list,
    "proposal export": _exported,
    "audit export": _audited("audit export"),
    "audit bundle": _audited("audit bundle"),
    "audit erase": _erase,
    "init": _init,
}
#: Tried in tests/test_people.py, where each person does it for themselves.
OWN = {
    *("user password (one's own)", "user token (one's own)", "user feed (one's own)"),
    *("user second-factor (one's own)", "user second-factor-end (one's own)"),  # tests/test_second_factors.py
    "user sso-end (one's own)",  # tests/test_single_sign_on.py
    *("user address (one's own)", "user notify (one's own)"),
}
BY = {
    "implementer": "can-bo.ttkc-lai-chau",
    "guiding": "giam-doc.sct-lai-chau",
    "leading": "giam-doc.stc-lai-chau",
    "duty": "tham-dinh.stc-lai-chau",
    "administrator_above": "quan-tri.ubnd-lai-chau",
    "administrator_home": "quan-tri.bct",
    "administrator_elsewhere": "quan-tri.ubnd-da-nang",
    "auditor": "thanh-tra",
    "other": "van-phong.ubnd-lai-chau",
    "no_seat": "khong-ghe",
}


@pytest.fixture(scope="module")
def peopled() -> tuple[MemoryStore, House]:
    """The sandbox's people, some in special states, a draft and a token; from then on it is no sandbox."""
    stage = staged(MemoryStore())
    store, free = stage.store, stage.house
    assert isinstance(store, MemoryStore)
    for username in ("khong-ghe", "da-ngung", "bi-khoa", "hai-buoc"):
        seats = () if username == "khong-ghe" else (Seat(role="inspector", agency="sct-lai-chau", since=SINCE),)
        add_user(store, free, username=username, name="A", address="", seats=seats, by=operator(), at=NOW)
    deactivate(store, free, username="da-ngung", by=operator(), at=NOW)
    _token(store, free, operator())
    make_token(store, free, username=TARGET, secret="kc_cua_ai_do", label="", expires_at=None, by=operator(), at=NOW)
    programme, agency = "lai-chau-2021-2025", "ttkc-lai-chau"
    who = actor_of(store, BY["implementer"])
    create(store, free, programme=programme, process="kcdp", data=DRAFT, by=who, at=NOW, implementer=agency, code="X-0")
    hook = Webhook(id="wh-1", agency="sct-lai-chau", url="https://van-ban.example/kc", created_at=NOW)
    add_webhook(store, free, webhook=hook, by=operator(), at=NOW)
    works = Works(stage=stage)
    works.bring("X-3", "forwarded", datetime(2022, 3, 14, 3, tzinfo=UTC))
    works.bring("X-4", "forwarded", datetime(2022, 2, 14, 3, tzinfo=UTC))
    with store.write() as uow:
        seat = "base_appraiser@sct-lai-chau"
        bad = BadAddress(
            address="Hong@sct.example", seat=seat, agency="sct-lai-chau", person=None, reason="550 5.1.1", since=NOW
        )
        assert uow.mark_address(bad)
        failed = KeptNotice(notice=_letter(seat), state="failed")
        uow._state.kept["X-0"] = changed(uow._state.kept["X-0"], notices=(failed,))
        account = uow.account("bi-khoa")
        assert account is not None
        uow.change_account(changed(account, locked_until=datetime(2022, 3, 15, 4, tzinfo=UTC)), None)
        secured = uow.account("hai-buoc")
        assert secured is not None
        uow.change_account(changed(secured, factor="f-1", single_sign_on="h-1"), None)
    strict = changed(
        house(),
        told=changed(free.told, sandbox=False),
        identity=lambda number: f"băm {number}",
        passwords=QUICK,
        second_factors=KeyedSecondFactors(Path("nobody reads this key")),
    )
    return store, strict


def _letter(seat: str) -> Notice:
    return Notice(
        notice="arrived",
        seq=1,
        to=Recipient(seat=seat, person=None, name="Sở Công Thương", address="hong@sct.example"),
        channel="mail",
        variables={},
        templates_sha256="",
        send_after=NOW,
        key="X-0/1/arrived",
    )


def actor_of(store: Store, username: str) -> Actor:
    with store.read() as uow:
        found = uow.actor(username, channel="cli")
    assert found is not None
    return found


def allowed(store: MemoryStore, house: House, attempt: Try, by: Actor) -> bool:
    """Whether it is carried out; the store is as before afterwards."""
    kept = store._state.copy()
    try:
        attempt(store, house, by)
    except Refused:
        return False
    finally:
        store._state = kept
    return True


def test_every_use_case_of_the_page_is_tried() -> None:
    """A line without a trial would be a promise that nobody holds."""
    assert set(OTHERS) | OWN == set(USE_CASES)
    assert set(BY) | {"operator"} == set(SUBJECTS)


@pytest.mark.parametrize("name", OTHERS)
def test_a_use_case_is_for_those_whom_the_page_names(peopled: tuple[MemoryStore, House], name: str) -> None:
    """Everybody else is refused and changes nothing."""
    store, strict = peopled
    everybody = {subject: actor_of(store, username) for subject, username in BY.items()} | {"operator": operator()}

    passed = {subject for subject, by in everybody.items() if allowed(store, strict, OTHERS[name], by)}

    # The operator's publishing is ``init``; no other command lets somebody without an account that far.
    assert passed - ({"operator"} if name == "definitions publish, calendar publish" else set()) == USE_CASES[name]


@pytest.mark.parametrize("name", sorted(set(OTHERS) - {"init", "proposal export"}))
def test_a_seat_gives_nothing_before_or_after_its_days(peopled: tuple[MemoryStore, House], name: str) -> None:
    """Whoever may today could not yesterday, when the seat had not begun, and cannot once it has ended."""
    store, strict = peopled
    for subject in USE_CASES[name]:
        if subject in BY:
            by = actor_of(store, BY[subject])
            later = tuple(changed(seat, since=TOMORROW) for seat in by.seats)
            earlier = tuple(changed(seat, until=YESTERDAY) for seat in by.seats)
            for seats in (later, earlier):
                assert not allowed(store, strict, OTHERS[name], changed(by, seats=seats)), (subject, seats)


def test_a_closed_account_opens_nothing(peopled: tuple[MemoryStore, House]) -> None:
    """Its token is refused with a sentence, and there is nobody to act as; so no use case is within reach."""
    store, strict = peopled
    kept = store._state.copy()
    deactivate(store, strict, username=TARGET, by=actor_of(store, "quan-tri.ubnd-lai-chau"), at=NOW)

    with pytest.raises(NotSignedIn) as refused:
        open_by_token(store, secret="kc_cua_ai_do", at=NOW, channel="api")
    with store.read() as uow:
        assert uow.actor(TARGET, channel="cli") is None

    assert refused.value.code == "denied.deactivated"
    store._state = kept


def test_a_step_through_the_store_is_for_its_owner_too(peopled: tuple[MemoryStore, House]) -> None:
    """What the engine says holds for the use case: a Sở of another province is refused, with the owner named."""
    store, strict = peopled
    by = actor_of(store, "giam-doc.sct-da-nang")

    with pytest.raises(NotOwner) as refused:
        act(store, strict, Request(code="X-0", action="submit", facts={}), by=by, at=NOW)
    with pytest.raises(NoSuchAction):
        act(store, strict, Request(code="X-0", action="approve", facts={}), by=by, at=NOW)

    assert refused.value.unmet[0].lifted_by == ("implementer@ttkc-lai-chau",)


def test_the_page_says_what_the_product_does() -> None:
    """docs/reference/access.md is what ``python -m khuyencong.access`` writes today."""
    assert REFERENCE.read_text(encoding="utf-8") == page()
