"""A step's paper goes its way in the agency: presented, signed, numbered, issued; the step is then what was signed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, update

from definitions.bundle import shipped
from khuyencong.demo.others import others
from khuyencong.demo.stage import play, scenes
from store.database import Database
from store.log import verify
from store.memory import MemoryStore
from store.signing_rows import signing_json
from store.statements import Statement
from store.tables import ProposalRow, table
from tests.daywork import CENTRE, CODE, HEAD, KINDS, OFFICER, SECOND, Desk, desk_on, paper
from tests.staging import staged
from workflow.administration import operator
from workflow.changing import changed
from workflow.engine import advance
from workflow.entries import opened, read_body
from workflow.errors import BadValue, NoSuchAction, NotOwner, Refused
from workflow.paper_numbers import Series
from workflow.proposal import Document, FactValue, Seat, Signing
from workflow.service.acting import Request, act, look
from workflow.service.asking import Question, ask
from workflow.service.batching import Outcome, act_many
from workflow.service.correcting import correct
from workflow.service.filing import attach
from workflow.service.handing_over import hand_over
from workflow.service.issuing import issue, number_signed
from workflow.service.numbering import cancel_paper
from workflow.service.people import end_seat, give_seat
from workflow.service.presenting import Draft, present
from workflow.service.signing import send_back, sign
from workflow.service.situations import situation_of
from workflow.signed_papers import bears_paper, number_key
from workflow.signing import Stage, stage

SCT, UBND = "sct-lai-chau", "ubnd-lai-chau"
CHAIR, OFFICE, FINANCE = "chu-tich.ubnd-lai-chau", "van-phong.ubnd-lai-chau", "giam-doc.stc-lai-chau"
#: What the letter to Sở Tài chính says; its number and day come from its way.
SAYS: dict[str, FactValue] = {"by": "staff", "recommended_amount": 200_000_000, "priority_rank": 1}
PAPERS = ("phieu_tham_dinh", "bieu_tong_hop")
LETTER = Draft(
    action="forward",
    kind="cong_van",
    symbol="SCT-QLCN",
    title="Đề nghị thẩm định dự toán",
    facts=SAYS,
    documents=tuple(paper(key, "dự thảo") for key in PAPERS),
    note="Kính trình Giám đốc",
)

REFUSAL = Draft(
    action="reject",
    kind="thong_bao",
    symbol="TB-SCT",
    title="Không đủ điều kiện",
    facts={"reject_reason": "not_effective", "reason": "Không bảo đảm hiệu quả"},
    documents=(paper("thong_bao"),),
)


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The proposal waits at the Sở."""
    with desk_on(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The same in memory."""
    with desk_on("memory", request, tmp_path) as found:
        yield found


class Way:
    """Short names for what people do to a paper on its way; each on the day that is named."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.both = desk, (desk.stage.store, desk.stage.house)

    def present(self, days: float = 1, by: str = OFFICER, draft: Draft = LETTER, **other: Any) -> Signing:
        who, at = self.desk.who(by), self.desk.at(0, int(days * 24))
        return present(*self.both, changed(draft, **other), code=CODE, by=who, at=at).paper

    def sign(self, days: int = 1, by: str = HEAD, **more: Any) -> Signing:
        return sign(*self.both, code=CODE, by=self.desk.who(by), at=self.desk.at(days, 1), **more).paper

    def number(self, days: int = 1, by: str = SECOND) -> Signing:
        return number_signed(*self.both, code=CODE, by=self.desk.who(by), at=self.desk.at(days, 2))[0].paper

    def issue(self, days: int = 1, by: str = SECOND, to: tuple[str, ...] = ("Sở Tài chính",), **more: Any) -> Signing:
        return issue(*self.both, code=CODE, to=to, by=self.desk.who(by), at=self.desk.at(days, 3), **more).paper

    def send_back(self, days: int = 1, by: str = HEAD, reason: str = "Thiếu căn cứ", **more: Any) -> Signing:
        at = self.desk.at(days, 2)
        return send_back(*self.both, code=CODE, reason=reason, by=self.desk.who(by), at=at, **more).paper

    def cancel(self, number: int = 1, days: int = 2, kind: str = "cong_van", agency: str = SCT) -> None:
        series = Series(agency=agency, kind=kind, year=2017)
        by = HEAD if agency == SCT else OFFICE
        cancel_paper(*self.both, series, number, reason="sai", by=self.desk.who(by), at=self.desk.at(days))

    def mend(self, days: int, by: str = OFFICER) -> None:
        correct(*self.both, code=CODE, reason="nhầm", by=self.desk.who(by), at=self.desk.at(days))

    @property
    def papers(self) -> tuple[Signing, ...]:
        return self.desk.now.signings

    @property
    def stages(self) -> list[Stage]:
        return [stage(one) for one in self.papers]


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [one.code for one in refused.value.unmet]


def test_a_decision_goes_its_whole_way(desk: Desk) -> None:
    """Each of the four is an entry with who, in which seat and when; the proposal stays until the step is taken."""
    way, before = Way(desk), desk.now

    way.present()
    assert way.stages == ["sign"]
    way.sign()
    way.number()
    way.issue()
    stands = desk.now
    done = desk.act("forward", OFFICER, desk.at(2))

    assert (stands.state, stands.revision, stands.last_seq) == (before.state, before.revision, before.last_seq + 4)
    bodies = [read_body(entry) for entry in desk.history[-5:]]
    assert [body["kind"] for body in bodies] == ["presented", "signed", "numbered", "issued", "step"]
    assert [desk.who(name).person for name in (OFFICER, HEAD, SECOND, SECOND)] == [b["person"] for b in bodies[:4]]
    assert bodies[1]["capacity"] == "head"
    step = bodies[4]
    assert step["facts"] == {**SAYS, "letter_number": "01/SCT-QLCN", "letter_date": "2017-04-11"}
    assert (step["capacity"], step["on_behalf_of"]) == ("head", desk.who(HEAD).person)
    assert step["effective_on"] == "2017-04-11"
    assert {one["key"]: one["attached"] for one in step["documents"]} == dict.fromkeys(PAPERS, bodies[0]["seq"])
    assert (done.target, way.stages) == ("forwarded", ["done"])
    with desk.stage.store.read() as uow:
        assert [(row.text, row.code, row.cancelled) for row in uow.numbers(SCT, 2017)] == [("01/SCT-QLCN", CODE, False)]
    assert {opening.path for opening in desk.history[-2].openings} >= {"to", "actor"}


def test_verify_tells_the_way_again(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """What stands in the row is what the entries rebuild; a signature that somebody wrote into the row is found."""
    with desk_on("sqlite", request, tmp_path) as desk:
        way, store = Way(desk), desk.stage.store
        assert isinstance(store, Database)
        way.present()
        way.sign()
        with store.transaction(writes=False) as transaction:
            assert verify(transaction).findings == ()
        way.number()
        way.present(1.2, draft=REFUSAL)
        way.sign()
        desk.act("reject", HEAD, desk.at(2))
        way.mend(3, by=HEAD)
        way.cancel(days=4)
        with store.transaction(writes=False) as transaction:
            assert verify(transaction).findings == ()

        forged = [signing_json(changed(one, end="used")) for one in way.papers]
        row = table(ProposalRow)
        with store.transaction(writes=True) as transaction:
            transaction.run(Statement(update(row).values(signings=bindparam("to"))), {"to": forged})
        with store.transaction(writes=False) as transaction:
            found = verify(transaction).findings

        assert [(one.subject, one.params) for one in found] == [(CODE, {"parts": "signings"})]


def test_nothing_is_done_with_a_paper_that_is_not_signed(memory: Desk) -> None:
    """While a paper of the step is on its way, nobody takes the step by hand; what else is open stays open."""
    way = Way(memory)
    way.present()

    with pytest.raises(Refused) as refused:
        memory.act("forward", OFFICER, memory.at(2), *PAPERS, letter_number="9", letter_date=date(2017, 4, 11), **SAYS)

    assert codes(refused) == ["unmet.not_signed_yet"]
    assert refused.value.unmet[0].lifted_by == (f"base_appraiser@{SCT}",)
    case = look(*way.both, code=CODE, by=memory.who(OFFICER), at=memory.at(2))
    closed = {one.view.transition.action: [u.code for u in one.view.unmet] for one in case.offers}
    assert closed["forward"] == ["unmet.not_signed_yet"]
    assert closed["return"] == []


def test_a_signed_paper_needs_its_number(memory: Desk) -> None:
    """A number typed by hand does not stand for the one that the agency's series gives."""
    way = Way(memory)
    way.present()
    way.sign()

    with pytest.raises(Refused) as refused:
        memory.act("forward", OFFICER, memory.at(2), letter_number="9/SCT")

    assert codes(refused) == ["unmet.not_numbered_yet"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"letter_number": "02/SCT-QLCN"}, "unmet.differs_from_signed"),
        ({"letter_date": date(2017, 4, 10)}, "unmet.differs_from_signed"),
        ({"recommended_amount": 100_000_000}, "unmet.differs_from_signed"),
    ],
)
def test_what_was_signed_is_what_is_done(memory: Desk, typed: dict[str, FactValue], code: str) -> None:
    """Whatever is typed otherwise is refused with both values; typing the same is no fault."""
    way = Way(memory)
    way.present()
    way.sign()
    way.number()

    with pytest.raises(Refused) as refused:
        memory.act("forward", OFFICER, memory.at(2), **typed)
    memory.act("forward", OFFICER, memory.at(2), letter_number="01/SCT-QLCN", recommended_amount=200_000_000)

    assert codes(refused) == [code]


def test_another_file_than_the_signed_one_is_refused(memory: Desk) -> None:
    """The paper of the step is the signed one, not one that came later under its name."""
    way = Way(memory)
    way.present()
    way.sign(documents=(paper("phieu_tham_dinh", "đã ký"),))
    way.number()

    with pytest.raises(Refused) as refused:
        memory.act("forward", OFFICER, memory.at(2), "phieu_tham_dinh")
    attach(*way.both, code=CODE, documents=(paper("bieu_tong_hop", "khác"),), by=memory.who(OFFICER), at=memory.at(2))
    memory.act("forward", OFFICER, memory.at(3))

    assert codes(refused) == ["unmet.differs_from_signed_paper"]
    used = {one["key"]: one["sha256"] for one in read_body(memory.history[-1])["documents"]}
    assert used["phieu_tham_dinh"] == paper("phieu_tham_dinh", "đã ký").sha256
    assert used["bieu_tong_hop"] == paper("bieu_tong_hop", "dự thảo").sha256


def said_to(desk: Desk) -> dict[str, Any]:
    """By name, who is told of the newest entry, with the seat."""
    return {to.name: to.seat for to in desk.told(desk.now.last_seq)}


def name_of(desk: Desk, username: str) -> str:
    return desk.who(username).name


def test_who_may_sign_is_told_of_a_paper_that_is_presented(desk: Desk) -> None:
    """Those of the step's seat with a capacity, by letter in the transaction; no officer, nobody outside."""
    Way(desk).present()

    assert said_to(desk) == {name_of(desk, HEAD): f"base_appraiser@{SCT}"}


def test_who_presented_is_told_that_it_came_back(desk: Desk) -> None:
    """The officer hears why; when they take their own paper back, the head who was asked to sign hears."""
    way = Way(desk)
    way.present()
    way.send_back()
    back = said_to(desk)

    way.present(2)
    way.send_back(2, by=OFFICER, reason="Sai biểu")

    assert back == {name_of(desk, OFFICER): f"base_appraiser@{SCT}"}
    assert said_to(desk) == {name_of(desk, HEAD): f"base_appraiser@{SCT}"}


def test_who_left_is_not_told_that_a_paper_came_back(memory: Desk) -> None:
    """Then those who sit where the presenter sat are."""
    way = Way(memory)
    way.present()
    end_seat(
        *way.both,
        username=OFFICER,
        role="base_appraiser",
        agency=SCT,
        last_day=memory.at(1).date(),
        by=operator(),
        at=memory.at(1),
    )

    way.send_back(2)

    assert name_of(memory, SECOND) in said_to(memory)
    assert name_of(memory, OFFICER) not in said_to(memory)


def test_papers_on_the_case_are_presented_with_it(memory: Desk) -> None:
    """What was attached before need not be given again; it is fixed from then on."""
    way, on_case = Way(memory), paper("phieu_tham_dinh", "trên hồ sơ")
    attach(*way.both, code=CODE, documents=(on_case,), by=memory.who(OFFICER), at=memory.at(1))

    presented = way.present(2, documents=(paper("bieu_tong_hop"),))

    assert {one.key: one.seq for one in presented.papers} == {
        "bieu_tong_hop": presented.seq,
        "phieu_tham_dinh": presented.seq - 1,
    }


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"action": "return"}, "unmet.bears_no_paper"),
        ({"kind": "to_giay"}, "unmet.unknown_paper_kind"),
        ({"symbol": "12/SCT"}, "unmet.wrong_symbol"),
        ({"title": " "}, "unmet.no_title"),
        ({"facts": {**SAYS, "recommended_amount": 900_000_000}}, "unmet.above_max"),
        ({"facts": {**SAYS, "mau": "x"}}, "unmet.unknown_fact"),
        ({"facts": {"by": "staff", "priority_rank": 1}}, "unmet.missing_fact"),
        ({"documents": (paper("phieu_tham_dinh"),)}, "unmet.missing_document"),
    ],
)
def test_a_paper_is_one_that_the_step_could_be_taken_with(memory: Desk, changed: dict[str, Any], code: str) -> None:
    """Nobody is asked to sign what cannot be done; the refusal stands in the log of refusals."""
    with pytest.raises(Refused) as refused:
        Way(memory).present(**changed)

    assert code in codes(refused)
    assert memory.now.signings == ()


def test_only_the_agency_of_the_step_presents_and_numbers(memory: Desk) -> None:
    """The centre whose proposal it is prepares no paper of the Sở; nor does a step of another state."""
    way = Way(memory)

    with pytest.raises(NotOwner):
        way.present(by=CENTRE)
    with pytest.raises(NoSuchAction):
        way.present(action="approve")
    way.present()
    way.sign()
    with pytest.raises(NotOwner):
        way.number(by=CENTRE)
    way.number()
    with pytest.raises(NotOwner):
        way.issue(by=CENTRE)


def test_one_paper_of_a_step_at_a_time(memory: Desk) -> None:
    """A second one would leave open which of them is the decision."""
    way = Way(memory)
    way.present()

    with pytest.raises(Refused) as refused:
        way.present(2)

    assert codes(refused) == ["unmet.presented_already"]


def test_a_signature_needs_the_seat_and_a_capacity_of_that_day(memory: Desk) -> None:
    """An officer without a capacity signs nothing, nor does the head of another agency, nor the head of tomorrow."""
    way = Way(memory)
    way.present()
    give_seat(
        *way.both,
        username=SECOND,
        seat=Seat(role="base_appraiser", agency=SCT, since=date(2017, 4, 13), capacity="KT"),
        by=operator(),
        at=memory.at(0),
    )

    with pytest.raises(Refused) as powerless:
        way.sign(by=OFFICER)
    with pytest.raises(NotOwner):
        way.sign(by=FINANCE)
    with pytest.raises(Refused) as early:
        way.sign(days=3, by=SECOND, on=date(2017, 4, 12))
    with pytest.raises(Refused) as ahead:
        way.sign(days=1, by=HEAD, on=date(2017, 4, 20))
    signed = way.sign(days=3, by=SECOND)

    assert codes(powerless) == codes(early) == ["unmet.signing_capacity"]
    assert "unmet.effective_in_future" in codes(ahead)
    assert signed.signed is not None
    assert (signed.signed.capacity, signed.signed.on) == ("KT", date(2017, 4, 13))


def test_four_eyes_bind_who_signs(memory: Desk) -> None:
    """Whoever submitted the proposal signs no appraisal of it, whatever seat they have got meanwhile."""
    way = Way(memory)
    submitted = memory.now.past[0].person
    username = next(name for name in (CENTRE, "can-bo-2.ttkc-lai-chau") if memory.who(name).person == submitted)
    seat = Seat(role="base_appraiser", agency=SCT, since=date(2017, 4, 1), capacity="KT")
    give_seat(*way.both, username=username, seat=seat, by=operator(), at=memory.at(0))
    way.present()

    with pytest.raises(Refused) as refused:
        way.sign(by=username)

    assert codes(refused) == ["unmet.not_same_person"]


def test_a_signature_counts_for_four_eyes_later(memory: Desk) -> None:
    """Who signed the letter to the finance department does not sign the appraisal there, though another recorded it."""
    way = Way(memory)
    way.present()
    way.sign()
    way.number()
    memory.act("forward", OFFICER, memory.at(2))
    seat = Seat(role="estimate_appraiser", agency="stc-lai-chau", since=date(2017, 4, 1), capacity="KT")
    give_seat(*way.both, username=HEAD, seat=seat, by=operator(), at=memory.at(2))

    with pytest.raises(Refused) as refused:
        memory.act("appraise", HEAD, memory.at(3), "van_ban_tham_dinh", **APPRAISAL)

    assert codes(refused) == ["unmet.not_same_person"]


APPRAISAL: dict[str, FactValue] = {
    "appraised_amount": 200_000_000,
    "source_confirmed": True,
    "paper_number": "7/STC",
    "paper_date": date(2017, 4, 13),
}
DECISION = Draft(
    action="approve",
    kind="quyet_dinh",
    symbol="QĐ-UBND",
    title="Phê duyệt đề án",
    facts={"approved_amount": 200_000_000, "ceiling_basis": "Quy chế khuyến công của tỉnh"},
    documents=(paper("quyet_dinh", "dự thảo"),),
)


def appraised(desk: Desk) -> Way:
    """The proposal waits for the chairman."""
    forward: dict[str, FactValue] = {**SAYS, "letter_number": "128/SCT-QLCN", "letter_date": date(2017, 4, 11)}
    desk.act("forward", HEAD, desk.at(1), *PAPERS, **forward)
    desk.act("appraise", FINANCE, desk.at(3), "van_ban_tham_dinh", **APPRAISAL)
    return Way(desk)


def leave(desk: Desk, last_day: date) -> None:
    """The chairman's seat ends."""
    both, at = (desk.stage.store, desk.stage.house), desk.at(5)
    end_seat(*both, username=CHAIR, role="approver", agency=UBND, last_day=last_day, by=operator(), at=at)


def test_a_signature_outlives_the_seat_of_who_gave_it(desk: Desk) -> None:
    """The chairman's seat ends the day after he signed; who comes next records the decision with his signature."""
    way = appraised(desk)
    give_seat(
        *way.both,
        username=OFFICE,
        seat=Seat(role="approver", agency=UBND, since=date(2017, 4, 16)),
        by=operator(),
        at=desk.at(4),
    )
    way.present(4, by=OFFICE, draft=DECISION)
    way.sign(4, by=CHAIR)
    end_seat(
        *way.both,
        username=CHAIR,
        role="approver",
        agency=UBND,
        last_day=date(2017, 4, 15),
        by=operator(),
        at=desk.at(5),
    )
    way.number(7, by=OFFICE)

    done = desk.act("approve", OFFICE, desk.at(7))

    step = read_body(desk.history[-1])
    assert done.target == "approved"
    assert (step["capacity"], step["on_behalf_of"]) == ("TM", desk.who(CHAIR).person)
    assert step["facts"]["decision_date"] == "2017-04-14"
    assert desk.now.data["ceiling_basis"] == "Quy chế khuyến công của tỉnh"


def test_when_the_signers_seat_ends_first_another_signs(memory: Desk) -> None:
    """The paper waits for the seat, not for a person."""
    way = appraised(memory)
    way.present(4, by=OFFICE, draft=DECISION)
    end_seat(
        *way.both,
        username=CHAIR,
        role="approver",
        agency=UBND,
        last_day=date(2017, 4, 14),
        by=operator(),
        at=memory.at(5),
    )
    seat = Seat(role="approver", agency=UBND, since=date(2017, 4, 15), capacity="KT")
    give_seat(*way.both, username=OFFICE, seat=seat, by=operator(), at=memory.at(5))

    with pytest.raises(NotOwner):
        way.sign(5, by=CHAIR)
    signed = way.sign(5, by=OFFICE)

    assert signed.signed is not None
    assert signed.signed.capacity == "KT"


def test_without_a_way_only_a_capacity_approves(memory: Desk) -> None:
    """A paper that is merely presented, or that was sent back, gives nobody the right to record a decision."""
    way = appraised(memory)
    seat = Seat(role="approver", agency=UBND, since=date(2017, 4, 1))
    give_seat(*way.both, username=OFFICE, seat=seat, by=operator(), at=memory.at(4))
    way.present(4, by=OFFICE, draft=DECISION)
    way.sign(4, by=CHAIR)
    way.send_back(4, by=CHAIR)
    typed: dict[str, FactValue] = {"decision_number": "9/QĐ-UBND", "decision_date": date(2017, 4, 14)}

    with pytest.raises(Refused) as refused:
        memory.act("approve", OFFICE, memory.at(5), "quyet_dinh", **DECISION.facts, **typed)
    memory.act("approve", CHAIR, memory.at(5), "quyet_dinh", **DECISION.facts, **typed)

    assert codes(refused) == ["unmet.signing_capacity"]


def test_a_signer_sends_a_paper_back(desk: Desk) -> None:
    """It begins anew with another paper; the reason stays in history, and the officer may withdraw their own too."""
    way = Way(desk)
    way.present()
    gone = way.send_back()
    reason = opened(desk.history[-1], read_body(desk.history[-1]))["reason"]
    way.present(2)
    way.send_back(2, by=OFFICER, reason="Trình nhầm")
    way.present(3)

    assert (gone.end, reason) == ("sent_back", "Thiếu căn cứ")
    assert way.stages == ["done", "done", "sign"]


@pytest.mark.parametrize(("by", "signed"), [(SECOND, False), (OFFICER, True), (CENTRE, False)])
def test_not_everybody_sends_a_paper_back(memory: Desk, by: str, signed: bool) -> None:
    """Another officer does not; nor does the one who presented it, once it is signed."""
    way = Way(memory)
    way.present()
    if signed:
        way.sign()

    with pytest.raises(NotOwner):
        way.send_back(by=by)


def test_sending_back_needs_a_reason_and_a_paper_without_number(memory: Desk) -> None:
    """A used number is cancelled with its paper, never taken back."""
    way = Way(memory)
    way.present()
    with pytest.raises(Refused) as silent:
        way.send_back(reason=" ")
    way.sign()
    way.number()
    with pytest.raises(Refused) as late:
        way.send_back()

    assert codes(silent) == ["unmet.no_reason"]
    assert codes(late) == ["unmet.no_such_paper"]


def test_a_cancelled_paper_ends_its_way_and_keeps_its_number(desk: Desk) -> None:
    """The next paper of the step gets the next number."""
    way = Way(desk)
    way.present()
    way.sign()
    way.number()

    way.cancel()
    way.present(3)
    way.sign(3)
    second = way.number(3)

    assert [one.end for one in way.papers] == ["cancelled", ""]
    assert second.drawn is not None
    assert second.drawn.text == "02/SCT-QLCN"
    desk.act("forward", OFFICER, desk.at(4))
    assert desk.now.data["letter_number"] == "02/SCT-QLCN"


def test_a_paper_that_a_step_was_taken_with_is_not_cancelled(memory: Desk) -> None:
    """First the step goes, then its paper."""
    way = Way(memory)
    way.present()
    way.sign()
    way.number()
    memory.act("forward", OFFICER, memory.at(2))

    with pytest.raises(Refused) as refused:
        way.cancel()

    assert codes(refused) == ["unmet.number_in_use"]


def test_numbers_of_signed_papers_and_of_others_are_one_series(memory: Desk) -> None:
    """There is one book of each kind; a second number for the same paper is refused and draws nothing."""
    way = Way(memory)
    way.present()
    with pytest.raises(Refused) as unsigned:
        way.number()
    way.sign()
    way.number()
    with pytest.raises(Refused) as twice:
        way.number()

    assert codes(unsigned) == codes(twice) == ["unmet.no_such_paper"]
    with memory.stage.store.read() as uow:
        assert [row.number for row in uow.numbers(SCT, 2017)] == [1]


def test_a_paper_of_last_year_is_signed_anew(memory: Desk) -> None:
    """Its number would be of one year and its day of another (Nghị định 30/2020/NĐ-CP: series begin on 1 January)."""
    way, last = Way(memory), datetime(2017, 12, 29, 3, tzinfo=UTC)
    present(*way.both, LETTER, code=CODE, by=memory.who(OFFICER), at=last)
    sign(*way.both, code=CODE, by=memory.who(HEAD), at=last)

    with pytest.raises(Refused) as refused:
        number_signed(*way.both, code=CODE, by=memory.who(SECOND), at=datetime(2018, 1, 2, 3, tzinfo=UTC))

    assert codes(refused) == ["unmet.signed_in_another_year"]


def test_a_paper_is_issued_once_to_somebody_before_or_after_the_step(memory: Desk) -> None:
    """Whoever gets it stands in history, as a value that can be erased."""
    way = Way(memory)
    way.present()
    way.sign()
    with pytest.raises(Refused) as early:
        way.issue()
    way.number()
    memory.act("forward", OFFICER, memory.at(2))
    assert way.stages == ["issue"]
    with pytest.raises(Refused) as nobody:
        way.issue(3, to=())
    with pytest.raises(Refused) as unknown:
        way.issue(3, documents=(paper("hop_dong"),))

    way.issue(3, to=("Sở Tài chính", "UBND xã Phong Thổ"), documents=(paper("phieu_tham_dinh", "có dấu"),))

    assert way.stages == ["done"]
    assert opened(memory.history[-1], read_body(memory.history[-1]))["to"] == "Sở Tài chính; UBND xã Phong Thổ"
    assert codes(early) == ["unmet.no_such_paper"]
    assert codes(nobody) == ["unmet.no_recipient"]
    assert codes(unknown) == ["unmet.unknown_document"]
    with pytest.raises(Refused):
        way.issue(4)


def test_a_proposal_that_moves_on_leaves_its_papers_behind(desk: Desk) -> None:
    """Returned to the centre meanwhile, the letter cannot be signed or used any more; back again, another is needed."""
    way = Way(desk)
    way.present()
    way.sign()

    desk.act("return", OFFICER, desk.at(2), missing="Thiếu dự toán")

    assert [one.end for one in way.papers] == ["left"]
    with pytest.raises(Refused) as refused:
        way.number(3)
    assert codes(refused) == ["unmet.no_such_paper"]
    desk.act("resubmit", CENTRE, desk.at(3), "tai_lieu_bo_sung", answer="Đã bổ sung")
    way.present(4)
    assert way.stages == ["done", "sign"]


def test_withdrawn_meanwhile(memory: Desk) -> None:
    """The centre withdraws while the paper waits for its number: the number stays undrawn."""
    way = Way(memory)
    way.present()
    way.sign()

    memory.act("withdraw", CENTRE, memory.at(2), "van_ban_xin_rut", reason="Không làm nữa")

    with pytest.raises(Refused):
        way.number(3)
    with memory.stage.store.read() as uow:
        assert uow.numbers(SCT, 2017) == ()


def test_a_step_taken_back_gives_its_paper_back(desk: Desk) -> None:
    """A paper that was used is on its way again with its number, and can be cancelled now; others wait again too."""
    way = Way(desk)
    way.present()
    way.present(1.1, draft=REFUSAL)
    first, second = way.papers
    way.sign(paper=second.seq)

    desk.act("reject", HEAD, desk.at(2))
    assert [one.end for one in way.papers] == ["left", "used"]
    step = desk.history[-1]
    assert opened(step, read_body(step))["facts.reason"] == "Không bảo đảm hiệu quả"
    way.mend(3, by=HEAD)

    assert way.stages == ["sign", "number"]
    assert desk.now.state == "submitted"
    way.send_back(3, paper=second.seq)
    way.sign(3, paper=first.seq)
    way.number(3)
    desk.act("forward", OFFICER, desk.at(4))
    assert [one.end for one in way.papers] == ["used", "sent_back"]


def test_a_paper_of_the_state_that_is_taken_back_is_left(memory: Desk) -> None:
    """Presented where a mistaken step had led, it goes with that state."""
    way = Way(memory)
    memory.act("return", OFFICER, memory.at(1), missing="Thiếu dự toán")
    answer = Draft(
        action="resubmit",
        kind="cong_van",
        symbol="TTKC",
        title="Bổ sung hồ sơ",
        facts={"answer": "Đã bổ sung"},
        documents=(paper("tai_lieu_bo_sung"),),
    )
    way.present(2, by=CENTRE, draft=answer)

    way.mend(3)

    assert [one.end for one in way.papers] == ["left"]


def test_hand_over_and_opinions_go_beside_it(memory: Desk) -> None:
    """The officer hands over and an opinion is asked while the paper waits; nothing of it is lost."""
    way = Way(memory)
    memory.assign(OFFICER, HEAD, 1)
    way.present(1.1)
    hand_over(*way.both, giver=OFFICER, taker=SECOND, on=date(2017, 4, 12), by=operator(), at=memory.at(2))
    ask(
        *way.both, Question(agency="stp-lai-chau", text="Ý kiến?"), code=CODE, by=memory.who(SECOND), at=memory.at(2, 1)
    )

    way.sign(3)
    way.number(3)
    memory.act("forward", SECOND, memory.at(4))

    assert memory.now.state == "forwarded"
    assert way.papers[0].person == memory.who(OFFICER).person


def test_a_key_answers_the_first_time_again(memory: Desk) -> None:
    """The step's idempotency key covers what was asked, not what the paper filled in."""
    way = Way(memory)
    way.present()
    way.sign()
    way.number()
    request = Request(code=CODE, action="forward", facts={}, key="một lần")

    first = act(*way.both, request, by=memory.who(OFFICER), at=memory.at(2))
    again = act(*way.both, request, by=memory.who(OFFICER), at=memory.at(3))

    assert (again.replayed, again.seq) == (True, first.seq)


def test_a_batch_takes_the_step_with_its_paper(memory: Desk) -> None:
    """A row without number and day gets those of its own paper; the same batch again answers the same."""
    way, request = Way(memory), Request(code=CODE, action="forward", facts={})
    way.present()
    way.sign()

    def run(days: int) -> Outcome:
        rows = [(CODE, lambda: request)]
        (outcome,) = act_many(*way.both, rows, batch="đợt 1", by=memory.who(OFFICER), at=memory.at(days))
        return outcome

    early = run(2)
    way.number(2)
    done, again = run(3).done, run(4)

    assert isinstance(early.error, Refused)
    assert done is not None
    assert again == Outcome(code=CODE, done=changed(done, replayed=True))


def test_the_engine_itself_knows_the_paper(memory: Desk) -> None:
    """Not only the use case: an import or a batch that asks the engine is refused alike."""
    way = Way(memory)
    way.present()
    with memory.stage.store.read() as uow:
        proposal = uow.proposal(CODE)
        situation = situation_of(uow, proposal)
    facts = {**SAYS, "letter_number": "9/SCT-QLCN", "letter_date": date(2017, 4, 11)}
    papers: tuple[Document, ...] = tuple(paper(key) for key in PAPERS)

    with pytest.raises(Refused) as refused:
        advance(
            *(proposal, "forward"),
            situation=situation,
            by=memory.who(OFFICER),
            at=memory.at(2),
            facts=facts,
            documents=papers,
        )

    assert codes(refused) == ["unmet.not_signed_yet"]


@pytest.mark.parametrize("text", ["Quyết định\x1b[2J", "Quyết\u202eđịnh", "hai\ndòng"])
def test_what_is_typed_is_text_in_one_line(memory: Desk, text: str) -> None:
    """Titles and places of issue move no terminal and turn no reading."""
    way = Way(memory)

    with pytest.raises(BadValue):
        way.present(title=text)
    way.present()
    way.sign()
    way.number()
    with pytest.raises(BadValue):
        way.issue(to=(text,))


def test_every_dated_paper_of_a_step_has_a_number_beside_its_day() -> None:
    """``decision_date`` stands beside ``decision_number`` in every shipped process, so a drawn number has its place."""
    moves = [move for process in shipped().processes.values() for move in process.transitions]

    assert [move.row for move in moves if move.effective and number_key(move) is None] == []
    assert {move.action for move in moves if not bears_paper(move)} >= {"return", "take_back"}


def test_the_demonstration_shows_a_paper_used_and_one_that_waits() -> None:
    """Of two invented decisions of Đà Nẵng one went the whole way; the other lies with the chairman."""
    told = [one for one in others() if one.papers]
    stage_ = staged(MemoryStore())

    for scene in scenes(told):
        play(stage_, scene)

    with stage_.store.read() as uow:
        found = {one.code: uow.proposal(one.code) for one in told}
    assert {code: (one.state, [stage(paper) for paper in one.signings]) for code, one in found.items()} == {
        "DN-2028-0008": ("appraised", ["sign"]),
        "DN-2028-0009": ("approved", ["done"]),
    }
    assert found["DN-2028-0009"].data["decision_number"] == "01/QĐ-UBND"
