"""What people do with notices that mail did not deliver, and how marks on addresses end when those are corrected."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from definitions.loading import DefinitionText, find_texts
from store.database import Database
from store.log import verify
from tests.daywork import CENTRE, CODE, HEAD, KINDS, OFFICER, SECOND, Desk, desk_on
from workflow.addresses import BadAddress
from workflow.administration import operator
from workflow.changing import changed
from workflow.entries import opened, read_body
from workflow.errors import NotOwner, Refused
from workflow.proposal import FactValue
from workflow.service.delivering import print_letter, resend
from workflow.service.drafting import edit
from workflow.service.registering import publish
from workflow.storage import Letter

BEFORE, NOW_ = "htx-cu@co-so.example", "htx@co-so.example"


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """The Sở gave the papers back on the second day; the beneficiary and the unit can be told on paper alone."""
    with desk_on(request.param, request, tmp_path) as found:
        yield found


def refused(desk: Desk) -> int:
    """The number of a letter that says so on paper: nobody knows the beneficiary's address."""
    desk.act("return", OFFICER, desk.at(1), missing="Thiếu dự toán")
    edit(
        desk.stage.store,
        desk.stage.house,
        code=CODE,
        changes={"beneficiary_email": None},
        by=desk.who(CENTRE),
        at=desk.at(2),
    )
    desk.act("resubmit", CENTRE, desk.at(2, 1), "tai_lieu_bo_sung", answer="Đã bổ sung")
    desk.act("reject", HEAD, desk.at(3), "thong_bao", reject_reason="no_funds", reason="Không cân đối được nguồn")
    return next(row.number for row in letters(desk) if (row.notice, row.state) == ("rejected", "to_print"))


def letters(desk: Desk) -> list[Letter]:
    with desk.stage.store.read() as uow:
        found = [uow.letter(number) for number in range(1, 40)]
    return [row for row in found if row is not None]


def printed(desk: Desk, number: int, by: str) -> Letter:
    return print_letter(desk.stage.store, desk.stage.house, number=number, by=desk.who(by), at=desk.at(4))


def test_a_letter_that_was_printed_is_said_to_be(desk: Desk) -> None:
    """Any officer of the agency that decided does so, once; it is in the chain of the proposal, which stays whole."""
    number = refused(desk)
    before = desk.now

    printed(desk, number, SECOND)

    with desk.stage.store.read() as uow:
        after = uow.letter(number)
    assert after is not None
    assert (after.state, after.to.seat) == ("accepted", f"beneficiary@{CODE}")
    assert desk.history[-1].kind == "notice-printed"
    assert (desk.now.revision, desk.now.state) == (before.revision, before.state)
    with pytest.raises(Refused) as twice:
        printed(desk, number, SECOND)
    assert [one.code for one in twice.value.unmet] == ["unmet.not_to_print"]
    if isinstance(desk.stage.store, Database):
        with desk.stage.store.transaction(writes=False) as transaction:
            assert verify(transaction).findings == ()


def test_only_the_agency_that_announces_prints(desk: Desk) -> None:
    """Not the unit, not another agency; and what waits for mail is not printed away."""
    number = refused(desk)

    for stranger in (CENTRE, "tham-dinh.stc-lai-chau", "quan-tri.ubnd-lai-chau"):
        with pytest.raises(NotOwner):
            printed(desk, number, stranger)
    waiting = next(row.number for row in letters(desk) if row.state == "scheduled" and row.notice == "rejected")
    with pytest.raises(Refused):
        printed(desk, waiting, SECOND)


@pytest.mark.parametrize("by", [OFFICER, CENTRE, "quan-tri.ubnd-da-nang"])
def test_only_an_administrator_over_the_reader_sends_again(desk: Desk, by: str) -> None:
    """Whoever is refused is kept; a notice that waits anyway is not sent twice."""
    number = letters(desk)[0].number
    house = changed(desk.stage.house, told=changed(desk.stage.house.told, sandbox=False))

    with pytest.raises(Refused) as stranger:
        resend(desk.stage.store, house, number=number, by=desk.who(by), at=desk.at(1))
    with pytest.raises(Refused) as waiting:
        resend(desk.stage.store, house, number=number, by=desk.who("quan-tri.ubnd-lai-chau"), at=desk.at(1))

    assert [one.code for one in stranger.value.unmet] == ["unmet.not_administrator"]
    assert [one.code for one in waiting.value.unmet] == ["unmet.not_resendable"]


def marked(desk: Desk, address: str, seat: str) -> None:
    bad = BadAddress(
        address=address, seat=seat, agency="ttkc-lai-chau", person=None, reason="550 5.1.1", since=desk.at(1)
    )
    with desk.stage.store.write() as uow:
        assert uow.mark_address(bad)


def marks(desk: Desk) -> list[str]:
    with desk.stage.store.read() as uow:
        return [one.address for one in uow.bad_addresses()]


def test_the_mark_of_a_beneficiary_ends_with_the_corrected_address(desk: Desk) -> None:
    """Nobody has to clear what is no longer anybody's address; a mark of somebody else stays."""
    store, house = desk.stage.store, desk.stage.house
    desk.act("return", OFFICER, desk.at(1), missing="Thiếu dự toán")
    edit(store, house, code=CODE, changes={"beneficiary_email": BEFORE}, by=desk.who(CENTRE), at=desk.at(1, 1))
    marked(desk, BEFORE, f"beneficiary@{CODE}")
    marked(desk, "khac@co-so.example", "beneficiary@LC-99")

    edit(store, house, code=CODE, changes={"beneficiary_email": NOW_}, by=desk.who(CENTRE), at=desk.at(2))

    assert marks(desk) == ["khac@co-so.example"]


@pytest.mark.parametrize("by", [CENTRE, OFFICER])
def test_the_address_of_a_beneficiary_is_put_right_while_the_papers_are_signed(desk: Desk, by: str) -> None:
    """How somebody is reached is no signed fact: the unit or who holds the case says the new one, and why."""
    store, house = desk.stage.store, desk.stage.house
    before, who = desk.now, desk.who(by)
    wrong, right = {"beneficiary_email": BEFORE}, {"beneficiary_email": NOW_}
    edit(store, house, code=CODE, changes=wrong, by=who, at=desk.at(1), reason="bổ sung hộp thư")
    marked(desk, BEFORE, f"beneficiary@{CODE}")

    edit(store, house, code=CODE, changes=right, by=who, at=desk.at(1, 1), reason="HTX đổi hộp thư")
    desk.act("return", OFFICER, desk.at(2), missing="Thiếu dự toán")

    *_, entry = (one for one in desk.history if one.kind == "edited")
    assert {key: value for key, value in desk.now.data.items() if before.data.get(key) != value} == {
        "beneficiary_email": NOW_
    }
    assert opened(entry, read_body(entry))["reason"] == "HTX đổi hộp thư"
    assert marks(desk) == []
    assert NOW_ in {to.address for to in desk.told(desk.now.last_seq)}


def test_what_waits_for_a_beneficiary_goes_to_the_corrected_address(desk: Desk) -> None:
    """Nothing that was decided before, and is not composed yet, still leaves for an address that was wrong."""
    store, house, who = desk.stage.store, desk.stage.house, desk.who(CENTRE)
    wrong, right = {"beneficiary_email": BEFORE}, {"beneficiary_email": NOW_}
    edit(store, house, code=CODE, changes=wrong, by=who, at=desk.at(1), reason="bổ sung hộp thư")
    desk.act("return", OFFICER, desk.at(2), missing="Thiếu dự toán")
    told = {to.address for to in desk.told(desk.now.last_seq)}

    seq = desk.now.last_seq
    edit(store, house, code=CODE, changes=right, by=who, at=desk.at(2, 1), reason="gõ nhầm")

    assert BEFORE in told
    assert {to.address for to in desk.told(seq)} == told - {BEFORE} | {NOW_}


@pytest.mark.parametrize(
    ("changes", "reason", "code"),
    [
        ({"beneficiary_email": "moi@co-so.example"}, " ", "unmet.no_reason"),
        ({"beneficiary_email": "moi@co-so.example", "name": "Khác"}, "nhầm", "unmet.not_a_draft"),
        ({"name": "Khác"}, "nhầm", "unmet.not_a_draft"),
    ],
)
def test_nothing_else_of_what_was_signed_is_put_right_so(
    desk: Desk, changes: dict[str, FactValue | None], reason: str, code: str
) -> None:
    """An address alone, and never without saying why."""
    store, house, chain = desk.stage.store, desk.stage.house, desk.history

    with pytest.raises(Refused) as refused:
        edit(store, house, code=CODE, changes=changes, by=desk.who(CENTRE), at=desk.at(1), reason=reason)

    assert code in [one.code for one in refused.value.unmet]
    assert desk.history == chain


def test_the_mark_of_a_mailbox_ends_when_the_register_names_another(desk: Desk) -> None:
    """The agency's new mailbox is published; the old one is nobody's any more."""
    marked(desk, "cu@sct-lai-chau.example", "base_appraiser@sct-lai-chau")
    text = next(one for one in find_texts() if one.kind == "agencies" and 'key = "sct-lai-chau"' in one.text)
    new = text.text.replace('key = "sct-lai-chau"', 'key = "sct-lai-chau"\nmailbox = "moi@sct-lai-chau.example"', 1)

    publish(
        *(desk.stage.store, desk.stage.house, (DefinitionText(text.kind, text.name, new),)),
        by=operator(),
        at=desk.at(2),
    )

    assert marks(desk) == []
