"""The texts that moves write are canonical, however they came about: composed anew, or kept from what was read."""

from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import orjson
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, type_coerce
from sqlalchemy.types import Text

from khuyencong.demo.samples import tea_roaster
from store.database import open_database
from store.migrations import upgrade
from store.statements import Statement
from store.tables import ProposalRow, table
from tests.staging import staged
from workflow.entries import canonical, instant

_ROWS = table(ProposalRow)
_TEXTS = Statement(select(type_coerce(_ROWS.c.past, Text).label("past"), _ROWS.c.code))
_ZONES = [UTC, timezone(timedelta(hours=7))]


def test_steps_keep_canonical_text_when_others_are_added(tmp_path: Path) -> None:
    """A text grows step by step and is what all its steps together would be as canonical JSON."""
    story, url = tea_roaster(), f"sqlite:///{tmp_path / 'khuyencong.db'}"
    upgrade(url)
    with closing(open_database(url)) as store:
        stage = staged(store)
        stage.draft(story)

        for played in story.acts[:6]:
            stage.perform(story.code, played)

        with store.transaction(writes=False) as transaction:
            (row,) = transaction.rows(_TEXTS)
    steps = orjson.loads(row.past)
    assert [step["action"] for step in steps] == [played.action for played in story.acts[:6]]
    assert row.past == canonical(steps).decode()


@given(
    at=st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9000, 1, 1)),  # noqa: DTZ001 - zones are drawn.
    zone=st.sampled_from(_ZONES),
    whole=st.booleans(),
)
def test_an_instant_has_six_digits_of_a_second(at: datetime, zone: timezone, *, whole: bool) -> None:
    """History writes every instant in one width, also on a whole second."""
    at = at.replace(tzinfo=zone, microsecond=0 if whole else at.microsecond)

    text = instant(at)

    assert text == at.isoformat(timespec="microseconds").replace("+00:00", "Z")
