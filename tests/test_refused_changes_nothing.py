"""A refused act leaves every row of every table as it was, but for the entry that records the refusal."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from khuyencong.demo.samples import tan_uyen_bricks
from khuyencong.demo.stage import Stage, play, scenes
from tests.staging import kept, opened, staged
from workflow.errors import Refused
from workflow.proposal import FactValue
from workflow.service.acting import Request, act

#: Refusals of signed-in people are history themselves (outside the proposal's chain), and wait to be sealed.
RECORDS = {"entry", "opening", "unsealed"}
TODAY = datetime(2018, 5, 2, 3, tzinfo=UTC)

Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that keeps rows."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'khuyencong.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def stage(url: str) -> Iterator[Stage]:
    """LC-01 submitted, waiting for the Sở."""
    with opened(url) as store:
        stage = staged(store)
        for scene in scenes([tan_uyen_bricks().until("submit")]):
            play(stage, scene)
        yield stage


def _rows(url: str) -> Rows:
    """Every row of every table, as the database itself tells them."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        rows = {
            name: sorted((tuple(row) for row in connection.execute(text(f'SELECT * FROM "{name}"'))), key=repr)  # noqa: S608 - names of our own tables.
            for name in inspect(connection).get_table_names()
        }
    engine.dispose()
    return rows


FORWARD: dict[str, FactValue] = {
    "by": "staff",
    "recommended_amount": 600_000_000,
    "priority_rank": 1,
    "registration_number": "12/TTr-SCT",
    "registration_date": datetime(2018, 4, 24, tzinfo=UTC).date(),
}
PAPERS = ("phieu_tham_dinh", "bieu_tong_hop", "bao_cao_dang_ky")


@pytest.mark.parametrize(
    ("seat", "facts", "papers", "revision", "expected"),
    [
        ("implementer@ttkc-lai-chau", FORWARD, PAPERS, None, "unmet.not_owner"),
        (
            "base_appraiser@sct-lai-chau",
            {**FORWARD, "recommended_amount": 700_000_000},
            PAPERS,
            None,
            "unmet.above_max",
        ),
        ("base_appraiser@sct-lai-chau", {k: FORWARD[k] for k in list(FORWARD)[1:]}, PAPERS, None, "unmet.missing_fact"),
        ("base_appraiser@sct-lai-chau", FORWARD, PAPERS[1:], None, "unmet.missing_document"),
        ("base_appraiser@sct-lai-chau", FORWARD, PAPERS, 99, "unmet.stale"),
    ],
    ids=["wrong agency", "over the bound", "missing fact", "missing paper", "stale"],
)
def test_a_refusal_changes_no_row(
    stage: Stage,
    url: str,
    seat: str,
    facts: dict[str, FactValue],
    papers: tuple[str, ...],
    revision: int | None,
    expected: str,
) -> None:
    """State, facts, deadlines, reminders, notices, documents and keys are equal before and after; one entry is more."""
    before = _rows(url)
    documents = tuple(kept(key, f"{key}.txt", b"x") for key in papers)
    request = Request(code="LC-01", action="forward", facts=facts, documents=documents, revision=revision, key="k1")

    with pytest.raises(Refused) as refused:
        act(stage.store, stage.house, request, by=stage.player((seat,), TODAY), at=TODAY)

    after = _rows(url)
    assert expected in {unmet.code for unmet in refused.value.unmet}
    assert {name for name in before if before[name] != after[name]} == RECORDS
    assert len(after["entry"]) == len(before["entry"]) + 1


def test_refusals_of_one_person_cannot_flood_history(stage: Stage, url: str) -> None:
    """Of forty refusals within a minute ten are recorded; the next one later says how many were left out."""
    seat, request = ("implementer@ttkc-lai-chau",), Request(code="LC-01", action="forward", facts={})
    before = len(_rows(url)["entry"])

    for second in (*[0] * 40, 90):
        at = datetime(2018, 5, 2, 3, second // 60, second % 60, tzinfo=UTC)
        with pytest.raises(Refused):
            act(stage.store, stage.house, request, by=stage.player(seat, at), at=at)

    entries = _rows(url)["entry"]
    assert len(entries) == before + 11
    assert any(b'"left_out_before":30' in bytes(cell) for row in entries for cell in row if isinstance(cell, bytes))
