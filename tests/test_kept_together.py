"""What a batch writes at once is what it would have written one by one, on each kind of database."""

from dataclasses import dataclass
from hashlib import sha256

import pytest
from sqlalchemy import Text, select, type_coerce

from store.entering import enter_all
from store.mails import is_kept, keep
from store.notice_rows import write_notices
from store.statements import Statement
from store.tables import EntryRow, NoticeRow, UnsealedRow, table
from tests.offices import APPRAISER, Office, morning_of
from workflow.entries import Entry, canonical, make_entry

pytest_plugins = ("tests.office_fixtures",)

AT = morning_of(4, 20)
_UNSEALED, _NOTICE = table(UnsealedRow), table(NoticeRow)
_TEXTS = Statement(select(_NOTICE.c.key, type_coerce(_NOTICE.c.variables, Text).label("variables")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to be kept."""

    id: str
    content: bytes


def _entry(number: int, **private: str) -> Entry:
    content = {"rule": "base_appraisal", "offset": f"+{number}wd"}
    return make_entry(
        "escalated",
        "LC-02",
        seq=None,
        recorded_at=AT,
        content=content,
        private=private,
        previous_hash=None,
        salt=lambda: bytes(16),
    )


@pytest.mark.parametrize("number", [1, 7])
def test_mails_of_a_batch_are_kept_byte_for_byte(workplace: Office, number: int) -> None:
    """Each row has its own bytes, however long, and their hash."""
    contents = [bytes(range(256)) * (step % 3) + "Kính gửi".encode() * step for step in range(number)]
    mails = [Mail(id=f"<{step}@so.example>", content=content) for step, content in enumerate(contents)]

    with workplace.store.transaction(writes=True) as transaction:
        keep(transaction, mails, composed_at=AT)

        assert is_kept(transaction, "<0@so.example>")
        assert not is_kept(transaction, f"<{number}@so.example>")
    rows = {row.id: row for row in workplace.messages()}
    assert [bytes(rows[mail.id].bytes) for mail in mails] == contents
    assert [rows[mail.id].sha256 for mail in mails] == [sha256(content).hexdigest() for content in contents]
    assert {(row.composed_at, row.accepted_at, row.entry_id) for row in rows.values()} == {(AT, None, None)}


@pytest.mark.parametrize("number", [0, 1, 7])
def test_notices_of_a_batch_keep_their_words(workplace: Office, number: int) -> None:
    """Each row has its own words as canonical text, whatever letters they have; a key that is known stays as it was."""
    (known,) = workplace.notices("arrived", to=APPRAISER)
    row = {name: value for name, value in known._asdict().items() if name != "id"}
    words = [{"ten": "Đề án “gạch”\\\n" * step, "n": step, "ghi_chu": None} for step in range(number)]
    rows = [{**row, "key": f"more/{step}", "variables": said} for step, said in enumerate(words)]

    with workplace.store.transaction(writes=True) as transaction:
        write_notices(transaction, rows)
        write_notices(transaction, [{**row, "variables": {"n": 0}}])
        texts = transaction.rows(_TEXTS)

    found = {one.key: one.variables for one in workplace.notices()}
    assert [found[f"more/{step}"] for step in range(number)] == words
    assert found[known.key] == known.variables
    assert {one.key: one.variables for one in texts} == {key: canonical(said).decode() for key, said in found.items()}


@pytest.mark.parametrize("number", [0, 1, 5])
def test_entries_of_a_batch_wait_for_the_seal_each(workplace: Office, number: int) -> None:
    """They stand in history in the order given, with the bytes that were hashed, and among what is to be sealed."""
    entries = [_entry(step) for step in range(number)]

    with workplace.store.transaction(writes=True) as transaction:
        enter_all(transaction, entries)
        waiting = {row.entry_id for row in transaction.rows(Statement(select(_UNSEALED)))}

    rows = workplace.entries("escalated")
    assert [(bytes(row.body), row.hash, row.seq) for row in rows] == [(one.body, one.hash, None) for one in entries]
    assert {row.id for row in rows} <= waiting


def test_what_holds_a_name_is_not_written_in_a_batch(workplace: Office) -> None:
    """An entry with openings or a place in a chain needs more than its own row."""
    before = len(workplace.rows(EntryRow))

    with pytest.raises(ValueError, match="openings"), workplace.store.transaction(writes=True) as transaction:
        enter_all(transaction, [_entry(1, note="Gửi ông A")])

    assert len(workplace.rows(EntryRow)) == before
