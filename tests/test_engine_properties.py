"""Hypothesis: whatever people do, in whatever order, the engine keeps its promises."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from definitions.process import MILESTONES, Process
from tests.offering import lines_to_accept, offers, values
from tests.rehearsal import CAST, Case, Scene, begun, final, law, papers_of, perform, scenes, stories
from workflow.bounds import contract_in_force
from workflow.changing import changed
from workflow.conditions import open_request_kind
from workflow.engine import advance, apply, edges
from workflow.entries import BrokenHistory, Entry, Opening, canonical, check_chain, commitment
from workflow.errors import Refused
from workflow.ledger import read_step, replay
from workflow.ownership import owner_seats
from workflow.proposal import Actor, FactValue, Proposal

WALKS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PROCESSES = pytest.mark.parametrize("process", law().processes.values(), ids=lambda process: process.key)
#: Ends that would cut nearly every walk short; each is taken now and then.
_ENDINGS = ("withdraw", "reject", "stop", "close")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=0x7F), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def process_of(sha256: str) -> Process:
    return next(process for process in law().processes.values() if process.sha256 == sha256)


@st.composite
def walks(draw: st.DrawFn) -> list[Scene]:
    """A walk of accepted acts from somewhere in a story, with whatever values the bounds allow."""
    code = draw(st.sampled_from(sorted(stories())))
    told = scenes(code)
    case = draw(st.sampled_from([begun(stories()[code]), *(one.after for one in told)]))
    walked: list[Scene] = []
    for _ in range(draw(st.integers(1, 12))):
        step = _stride(draw, case)
        if step is None:
            break
        walked.append(step)
        case = step.after
    return walked


def _stride(draw: st.DrawFn, case: Case) -> Scene | None:
    at = case.proposal.last_at + timedelta(days=draw(st.integers(0, 45)), minutes=draw(st.integers(1, 600)))
    open_now = [
        (by, view)
        for by, view in offers(case, at)
        if view.transition.action != "accept_line" or lines_to_accept(view.attempt)
    ]
    rarely = draw(st.integers(0, 9)) == 0
    onward = [one for one in open_now if rarely or one[1].transition.action not in _ENDINGS] or open_now
    if not onward:
        return None
    by, view = draw(st.sampled_from(onward))
    facts = values(draw, view.attempt)
    return perform(case, view.transition.action, facts, at=at, by=by)


# --- Courses ----------------------------------------------------------------------------------------------------


@WALKS
@given(walks())
def test_no_sequence_of_acts_leaves_the_declared_states(walked: list[Scene]) -> None:
    """Each step is an edge of the process file, from the state the proposal was in to the state it is in."""
    for one in walked:
        process, step = one.before.situation.process, one.step
        move = process.transition(one.before.proposal.state, step.action)

        assert process.has_state(one.after.proposal.state)
        assert move is not None
        assert step.target == one.after.proposal.state == (move.target or one.before.proposal.state)
        assert step.seq == one.before.proposal.last_seq + 1
        assert one.after.proposal.revision == one.before.proposal.revision + 1
        assert f"{step.role}@{step.agency}" in map(str, one.by.seats)


@WALKS
@given(walks())
def test_milestones_never_go_back(walked: list[Scene]) -> None:
    """But for a file that is sent back for a new appraisal, what was reached stays reached; ends keep it."""
    for one in walked:
        before, after = (MILESTONES.index(p.milestone) for p in (one.before.proposal, one.after.proposal))
        again = one.before.proposal.state == "appraised" and one.after.proposal.state == "queried"

        assert after >= before or again


@WALKS
@given(walks())
def test_money_never_moves_beyond_what_allows_it(walked: list[Scene]) -> None:
    """Allocated within approved, advances within the share, payments within acceptance, settled what was paid."""
    for one in walked:
        proposal, step = one.after.proposal, one.step
        advanced, rest, back = (proposal.total(a, "amount") for a in ("advance", "pay_rest", "refund"))
        paid, allocated = advanced + rest - back, proposal.total("allocate", "allocated_amount")
        cut = any(past.facts.get("kind") == "decrease_or_same" for past in proposal.did("adjust"))

        assert paid >= 0
        assert allocated <= proposal.amount("approved_amount") or cut
        assert proposal.amount("contract_value") <= allocated
        if step.action == "advance":
            activity = one.before.situation.programme.activity(str(proposal.data["activity"]))
            assert activity is not None
            limit = min(proposal.amount("contract_value"), proposal.amount("approved_amount"))
            assert paid * 10_000 <= limit * activity.first_payment_bp
        if step.action == "pay_rest":
            accepted = proposal.data.get("accepted_amount", proposal.data.get("done_value"))
            assert isinstance(accepted, int)
            assert paid <= min(accepted, proposal.amount("contract_value"), proposal.amount("approved_amount"))
        if step.action in ("settle", "close"):
            assert step.facts["settled_amount"] == paid


@WALKS
@given(walks())
def test_the_same_arguments_give_the_same_answer(walked: list[Scene]) -> None:
    """advance reads nothing and writes nothing: called twice it answers twice alike."""
    for one in walked:
        again = perform(one.before, one.step.action, one.act.facts, at=one.at, by=one.by)

        assert (again.after, again.step, again.effects) == (one.after, one.step, one.effects)


@WALKS
@given(walks())
def test_replaying_the_entries_rebuilds_the_proposal_at_every_prefix(walked: list[Scene]) -> None:
    """Data, past, revision, last hash: everything of it, from the entries alone."""
    for one in walked:
        check_chain(one.after.entries)

        assert replay(one.after.entries, process_of) == one.after.proposal
        assert read_step(one.after.entries[-1], one.after.situation.process) == one.step


@pytest.mark.parametrize("code", ["LC-01", "LC-02", "LC-07", "QN-10", "DN-2026-0029"])
def test_every_prefix_of_a_story_replays_to_what_it_was(code: str) -> None:
    """From the creation on, entry by entry."""
    whole = final(code).entries

    for one in scenes(code):
        prefix = whole[: len(one.after.entries)]
        assert replay(prefix, process_of) == one.after.proposal


@WALKS
@given(walks(), st.data())
def test_nonsense_is_refused_and_changes_nothing(walked: list[Scene], data: st.DataObject) -> None:
    """Any action with any facts by anybody: a refusal with reasons, or an edge of the process file; never a crash."""
    if not walked:
        return
    case = data.draw(st.sampled_from(walked)).after
    process = case.situation.process
    action = data.draw(st.sampled_from(sorted({move.action for move in process.transitions})))
    move = process.transition(case.proposal.state, action)
    keys = st.sampled_from(sorted({*process.fields, "nothing"}))
    facts: Mapping[str, Any] = data.draw(st.dictionaries(keys, _anything(), max_size=8))
    by: Actor = data.draw(st.sampled_from(CAST))
    at = case.proposal.last_at + timedelta(days=data.draw(st.integers(0, 900)), seconds=1)
    before: Proposal = changed(case.proposal, data=dict(case.proposal.data))

    try:
        after, step = advance(
            case.proposal,
            action,
            situation=case.situation,
            by=by,
            at=at,
            facts=facts,
            documents=papers_of(move) if move else (),
            deadlines=case.deadlines,
        )
    except Refused as refused:
        assert refused.unmet  # noqa: PT017 - Either outcome is an answer.
        assert all(unmet.lifted_by for unmet in refused.unmet)  # noqa: PT017 - As above.
    else:
        assert (before.state, action, after.state) in edges(process)
        assert apply(case.proposal, step, process) == after
    assert case.proposal == before


def _anything() -> st.SearchStrategy[FactValue]:
    return st.one_of(
        st.text(max_size=12),
        st.integers(-5, 10**13),
        st.booleans(),
        st.dates(),
        st.sampled_from(["council", "staff", "contract", "mau_5c", "time", "place", "increase_support", "met"]),
    )


# --- The machine ------------------------------------------------------------------------------------------------


@PROCESSES
def test_the_machine_knows_the_edges_of_the_file_and_no_others(process: Process) -> None:
    """pytransitions adds no back door: (state, action, next state) equal the TOML's exactly."""
    written = {(source, move.action, move.target or source) for move in process.transitions for source in move.source}

    assert edges(process) == written
    assert len(written) > 50


def test_an_action_that_exists_elsewhere_is_owned_by_the_row_of_the_present_state() -> None:
    """`return` has four rows; the one that starts in the state decides owner and target."""
    states = {"submitted": "LC-01", "forwarded": "LC-01", "appraised": "LC-01"}
    owners = {}
    for state, code in states.items():
        one = next(each for each in scenes(code) if each.before.proposal.state == state)
        view = next(v for by, v in offers(one.before, one.at) if v.transition.action == "return")
        owners[state] = (view.transition.target, *owner_seats(view.attempt))

    assert owners == {
        "submitted": ("returned", "base_appraiser@sct-lai-chau"),
        "forwarded": ("queried", "ministry_appraiser@cuc-khuyen-cong"),
        "appraised": ("queried", "approver@bct"),
    }


def test_an_open_request_is_open_until_it_is_decided() -> None:
    """And nothing but its decision closes it."""
    case = next(one.after for one in scenes("LC-02") if one.act.action == "fund")
    at = case.proposal.last_at + timedelta(days=1)
    asked = perform(case, "request_adjust", {"kind": "time", "reason": "x"}, at=at).after
    refused = perform(asked, "refuse_adjust", {"reason": "x"}, at=at + timedelta(days=1)).after

    kinds = [_open_kind(each, at) for each in (case, asked, refused)]

    assert kinds == ["", "time", ""]


def _open_kind(case: Case, at: datetime) -> str:
    return open_request_kind(next(view for _, view in offers(case, at)).attempt)


def test_the_contract_in_force_is_the_lesser_of_contract_and_approval() -> None:
    """What is paid rests on both."""
    case = next(one.after for one in scenes("LC-02") if one.act.action == "fund")
    view = next(view for _, view in offers(case, case.proposal.last_at))
    cut = changed(case.proposal, data={**case.proposal.data, "approved_amount": 7})

    assert contract_in_force(view.attempt) == 300_000_000
    assert contract_in_force(changed(view.attempt, proposal=cut)) == 7


# --- The chain --------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["LC-02", "LC-05", "QN-11"]), st.data())
def test_any_changed_byte_is_caught(code: str, data: st.DataObject) -> None:
    """A single byte of any body, wherever it stands."""
    entries = list(final(code).entries)
    place = data.draw(st.integers(0, len(entries) - 1))
    body = bytearray(entries[place].body)
    byte = data.draw(st.integers(0, len(body) - 1))
    body[byte] ^= data.draw(st.integers(1, 255))
    entries[place] = changed(entries[place], body=bytes(body))

    with pytest.raises(BrokenHistory) as broken:
        check_chain(entries)

    assert broken.value.seq == place + 1


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["LC-02", "LC-05", "QN-11"]), st.data())
def test_leaving_out_doubling_or_swapping_entries_is_caught(code: str, data: st.DataObject) -> None:
    """All but cutting off the end, which only the proposal's own last hash can show."""
    whole = list(final(code).entries)
    place = data.draw(st.integers(0, len(whole) - 2))
    lacking = [entry for number, entry in enumerate(whole) if number != place]
    doubled = [*whole[: place + 1], *whole[place:]]
    swapped = [*whole[:place], whole[place + 1], whole[place], *whole[place + 2 :]]

    for entries in (lacking, doubled, swapped):
        with pytest.raises(BrokenHistory):
            check_chain(entries)
    check_chain(whole[:-1])
    assert replay(whole[:-1], process_of).last_hash != final(code).proposal.last_hash


def _tampered(entry: Entry) -> Iterator[Entry]:
    opening = entry.openings[0]
    yield changed(entry, seq=(entry.seq or 0) + 1)
    yield changed(entry, kind="refused")
    yield changed(entry, subject="LC-99")
    yield changed(entry, format=2)
    yield changed(entry, previous_hash="0" * 64)
    yield changed(entry, hash="0" * 64)
    yield changed(entry, recorded_at=entry.recorded_at + timedelta(microseconds=1))
    yield changed(entry, openings=(changed(opening, value="Ai đó"), *entry.openings[1:]))
    yield changed(entry, openings=(changed(opening, salt=b"1" * 16), *entry.openings[1:]))
    yield changed(entry, openings=entry.openings[1:])
    yield changed(entry, openings=(*entry.openings, Opening(path="note", salt=bytes(16), value="x")))
    yield changed(entry, openings=(opening, *(opening for _ in entry.openings[1:])))


def test_columns_and_openings_beside_the_body_are_held_to_it() -> None:
    """Kind, subject, number, instant, hashes, and each personal value with its salt."""
    entries = list(final("LC-05").entries)

    for place, entry in enumerate(entries[1:], start=1):
        for forged in _tampered(entry):
            with pytest.raises(BrokenHistory):
                check_chain([*entries[:place], forged, *entries[place + 1 :]])


def test_an_entry_forged_with_its_hash_is_caught_by_the_one_after_it() -> None:
    """Body and hash rewritten to fit each other: the next entry names the hash that was."""
    entries = list(final("LC-05").entries)
    body = entries[2].body.replace(b'"web"', b'"cli"').replace(b'"cli"', b'"api"')
    entries[2] = changed(entries[2], body=body, hash=sha256(body).hexdigest())

    with pytest.raises(BrokenHistory) as broken:
        check_chain(entries)

    check_chain(entries[:3])
    assert broken.value.seq == 4


def test_an_erased_value_breaks_no_proof() -> None:
    """The commitment stays, the chain verifies, and the replay shows the value as gone."""
    entries = [
        changed(entry, openings=tuple(changed(opening, value=None) for opening in entry.openings))
        for entry in final("LC-05").entries
    ]

    check_chain(entries)
    proposal = replay(entries, process_of)

    assert proposal.state == "withdrawn"
    assert proposal.title == ""


def test_personal_values_stand_in_no_body() -> None:
    """Names, free text and file names are in the openings alone."""
    for entry in final("LC-05").entries:
        text = entry.body.decode()
        assert not [opening.value for opening in entry.openings if opening.value and opening.value in text]
        assert all(commitment(o.salt, o.value or "") in text for o in entry.openings)


@settings(max_examples=300)
@given(JSON)
def test_bodies_are_canonical_json(value: object) -> None:
    """The same bytes as RFC 8785 for what bodies hold: ASCII keys, Unicode text, whole numbers below 2^53."""
    expected = rfc8785.dumps(value)  # type: ignore[arg-type]  # The strategy builds nothing else.

    assert canonical(value) == expected


def test_the_bodies_of_a_story_are_canonical() -> None:
    """What is hashed could be written again by any RFC 8785 library."""
    for entry in final("LC-02").entries:
        assert rfc8785.dumps(_loaded(entry.body)) == entry.body


def _loaded(body: bytes) -> Any:

    return orjson.loads(body)


def test_days_of_a_walk_never_run_backwards() -> None:
    """recorded_at grows by every step, whatever instant is asked for."""
    case = begun(stories()["LC-02"])
    early = case.proposal.last_at - timedelta(days=3)
    facts = {**next(iter(scenes("LC-02"))).act.facts, "letter_date": date(2017, 3, 1)}

    one = perform(case, "submit", facts, at=early)

    assert one.at > case.proposal.last_at
