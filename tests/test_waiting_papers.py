"""The papers on their way are narrowed by the database, and are those that a plain reading of all of them finds."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

import pytest

from store.database import Database
from store.signing_list import Next, waiting_papers
from store.signing_rows import signing_json
from tests.contract import NOON
from tests.crowd import Row, crowded, row
from workflow.entries import canonical
from workflow.proposal import Drawn, Signature, Signing
from workflow.signing import stage

AGENCIES = ("sct-mot", "sct-hai", 'ubnd-"ba"')
SIGNED = Signature(seq=3, person="p-1", agency="sct-mot", capacity="head", on=date(2021, 3, 1))
DRAWN = Drawn(seq=4, agency="sct-mot", year=2021, number=1, text="01/SCT")


def paper(number: int) -> Signing:
    """Signed by every second, numbered by every fourth, ended by every seventh."""
    return Signing(
        seq=number,
        action="forward",
        agency=AGENCIES[number % 3],
        kind="to_trinh",
        symbol="TTr",
        person="p-1",
        signed=SIGNED if number % 2 else None,
        drawn=DRAWN if number % 4 == 1 else None,
        since=NOON + timedelta(minutes=number // 3),
        ended_by=9 if number % 7 == 0 else None,
        end="cancelled" if number % 7 == 0 else "",
    )


PAPERS = {number: (paper(number), paper(number * 5 + 1)) for number in range(1, 500)}


def crowd() -> Iterator[Row]:
    """Two papers each, more proposals than are read at a time, several since the same minute."""
    for number, both in PAPERS.items():
        since = min((one.since for one in both if one.is_open), default=None)
        kept = canonical([signing_json(one) for one in both]).decode()
        yield row(number, signings=kept, paper_since=since)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The papers; nothing in these tests changes them."""
    with crowded(request.param, request, tmp_path_factory.mktemp("papers"), tuple(crowd())) as (made, _):
        yield made


CHOICES: tuple[tuple[str | None, Next | None], ...] = tuple(
    product((None, *AGENCIES, "nowhere"), (None, "sign", "number", "act"))
)


@pytest.mark.parametrize(("agency", "next_"), CHOICES)
def test_waiting_papers_are_those_that_a_plain_reading_finds(
    database: Database, agency: str | None, next_: Next | None
) -> None:
    """Every one once, those that wait longest first, whichever page it came on."""
    with database.transaction(writes=False) as transaction:
        found = [(one.code, one.paper) for one in waiting_papers(transaction, agency=agency, next_=next_)]

    assert found == [
        (f"TT-2021-{number:04d}", one)
        for number, both in sorted(PAPERS.items(), key=_place)
        for one in both
        if one.is_open and agency in (None, one.agency) and next_ in (None, stage(one))
    ]


def _place(item: tuple[int, tuple[Signing, ...]]) -> tuple[object, int]:
    return min((one.since for one in item[1] if one.is_open), default=NOON + timedelta(days=1)), item[0]
