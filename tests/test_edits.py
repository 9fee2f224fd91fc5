"""An edit shows what it changed from what to what; a value that was erased is said to be erased, never guessed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shapes.daywork import acts_of
from tests.daywork import CENTRE, OFFICER, Desk, desk_on
from workflow.changing import changed
from workflow.edits import Change, changes_in
from workflow.entries import Entry


@pytest.fixture
def edited(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """Back for supplement, and edited twice."""
    with desk_on("memory", request, tmp_path) as desk:
        desk.act("return", OFFICER, desk.at(1), missing="Thiếu dự toán")
        desk.edit(CENTRE, desk.at(2), name="Tên mới", total_cost=1_600_000_000, other_capital=100_000_000)
        desk.edit(CENTRE, desk.at(3), name="Tên mới nữa", is_line=None)
        yield desk


def erased(entry: Entry, path: str) -> Entry:
    """The entry with one opening erased, as a lawful request leaves it."""
    openings = (changed(one, value=None) if one.path == path else one for one in entry.openings)
    return changed(entry, openings=tuple(openings))


def test_an_edit_says_what_changed_from_what_to_what(edited: Desk) -> None:
    """Only changed fields, in the order of the form; an emptied one has no value after."""
    with edited.stage.store.read() as uow:
        process = uow.process(edited.now.process_sha256)
    seqs = [entry.seq or 0 for entry in edited.history if entry.kind == "edited"]

    changes = changes_in(edited.history, process)

    old = "Dây chuyền sản xuất gạch không nung, công suất 9 triệu viên/năm (lịch sử)"
    first = {change.key: (change.before, change.after) for change in changes[seqs[0]]}
    second = {change.key: (change.before, change.after) for change in changes[seqs[1]]}
    assert first == {
        "name": (old, "Tên mới"),
        "total_cost": (1_500_000_000, 1_600_000_000),
        "other_capital": (0, 100_000_000),
    }
    assert second == {"name": ("Tên mới", "Tên mới nữa"), "is_line": (True, None)}


def test_an_erased_value_is_said_to_be_erased(edited: Desk) -> None:
    """The diff keeps its place; neither side of it tells what was there."""
    with edited.stage.store.read() as uow:
        process = uow.process(edited.now.process_sha256)
    entries = list(edited.history)
    at = next(number for number, entry in enumerate(entries) if entry.kind == "edited")
    entries[at] = erased(entries[at], "data.name")

    found = changes_in(entries, process)

    assert found[at + 1][0] == Change(
        key="name", before=edited_name(entries), after=None, before_erased=False, after_erased=True
    )
    assert found[at + 2][0] == Change(key="name", before=None, after="Tên mới nữa", before_erased=True)


def edited_name(entries: list[Entry]) -> str | None:
    return next(one.value for one in entries[0].openings if one.path == "data.name")


def test_the_history_shows_edits_with_labels(edited: Desk) -> None:
    """What ``proposal history`` prints of an edit."""
    with edited.stage.store.read() as uow:
        process = uow.process(edited.now.process_sha256)

    acts = acts_of(edited.history, process)

    assert [act["kind"] for act in acts] == ["edited", "edited"]
    assert acts[0]["changes"][0]["label"] == process.fields["name"].label
    assert acts[0]["actor"] == "Lò Văn An"
    assert acts[0]["person"] == edited.who(CENTRE).person
