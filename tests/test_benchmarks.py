"""The benchmarks measure what they say: the floor does the product's work, and the command runs to its end."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import PARTS, main
from benchmarks.measuring import Options
from benchmarks.moves import arena, floor_at
from benchmarks.places import KINDS, Kind
from benchmarks.rehearsal import watching
from store.tables import Row
from tests.postgres import Server

#: Rows of these are numbered as they come, in whatever order a statement writes them.
_NUMBERED = ("deadline", "reminder", "notice")


def _rows(url: str) -> dict[str, list[str]]:
    """All that a database holds; a reminder's deadline by what the process calls it."""
    with watching(url) as raw:
        found = {name: raw.execute(f'SELECT * FROM "{name}"').fetchall() for name in Row.metadata.tables}  # noqa: S608 - our own names.
        named = raw.execute("SELECT id, proposal_id, rule, period FROM deadline").fetchall()
    deadlines = {row["id"]: (row["proposal_id"], row["rule"], row["period"]) for row in named}
    return {name: sorted(repr(_plain(name, dict(row), deadlines)) for row in rows) for name, rows in found.items()}


def _plain(table: str, row: dict[str, Any], deadlines: dict[int, tuple[Any, ...]]) -> dict[str, Any]:
    if table == "reminder":
        row["deadline_id"] = deadlines[row["deadline_id"]]
    return {name: value for name, value in row.items() if not (name == "id" and table in _NUMBERED)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_floor_writes_the_rows_of_the_product(kind: Kind, tmp_path: Path, postgres_server: Server) -> None:
    """After the whole course of a local and of a national proposal both databases hold the same in every table."""
    options = Options(rounds=0, quick=True, folder=tmp_path, server=postgres_server)
    with arena(options, kind, processes=1, each=2) as made:
        before = _rows(made.floor)

        floor = floor_at(made.floor)
        for course in made.courses:
            for job in course:
                floor.move(floor.prepare(job.written))
        floor.close()

        written = _rows(made.floor)
        assert written == _rows(made.rehearsed)
        assert {name for name, rows in written.items() if rows != before[name]} >= {"proposal", "entry", *_NUMBERED}


def test_the_quick_form_runs_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    """Every part measures something; the peers are left out, because they are fetched first."""
    status = main(["--quick", "--only", ",".join(name for name in PARTS if name != "peers")])

    assert status == 0
    assert "PostgreSQL, 2 processes" in capsys.readouterr().out
