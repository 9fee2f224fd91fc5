"""A list that comes in: the command ``proposal import`` as a user types it, as a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.measuring import Options, Table, microseconds
from benchmarks.places import KINDS, TITLES, Kind, copy, empty
from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from tests.listing import PROGRAMME, many, workbook
from tests.shell import Shell, seat_in

ROWS = 5000
#: Whole imports are long enough to need few rounds.
MOST_ROUNDS = 3
_OPEN = ("init", "--sandbox", "--at", "2021-01-04T08:00")
#: What makes it an import of somebody, in the year of the rows.
_INTO = ("--programme", PROGRAMME, "--process", "kcdp", "--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-10T12:00")
#: In this order on the same database.
_MODES = {"dry run": (), "written": ("--apply",), "again, nothing changes": ("--apply",)}
NOTES = (
    "Every call is a process: Python's start, reading the workbook, deciding each row like an act of its own, and the "
    "summary. With `--apply` every row is tried first and then written, all in one transaction.",
    "CPU and peak (the largest resident memory) are those of the command's process, without the server's.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a process used, in seconds and bytes."""

    wall: float
    cpu: float
    peak: int


def measure(options: Options) -> Iterable[Table]:
    """The table of imports."""
    number = 20 if options.quick else ROWS
    file = workbook(options.folder / "list.xlsx", many(number))
    rows = [row for kind in (KINDS[:1] if options.quick else KINDS) for row in _rows(options, kind, file, number)]
    columns = ("", "rows per second", "CPU µs a row", "peak MiB")
    yield Table(title=f"Import of {number:,} rows (.xlsx)", columns=columns, rows=tuple(rows), notes=NOTES)


def _rows(options: Options, kind: Kind, file: Path, number: int) -> Iterator[tuple[str, ...]]:
    modes = {"written": _MODES["written"]} if options.quick else _MODES
    found: dict[str, list[Used]] = {mode: [] for mode in modes}
    with empty(options, kind) as prepared:
        Shell(options.folder).bare("--database", prepared, *_OPEN)
        seat_in(Installation.open(Settings(database_url=prepared)))
        for _ in range(min(options.rounds, MOST_ROUNDS)):
            with copy(options, prepared) as url:
                for mode, words in modes.items():
                    found[mode].append(_command(url, "proposal", "import", str(file), *_INTO, *words))
    for mode, used in found.items():
        yield (
            f"{TITLES[kind]}, {mode}",
            f"{number / median(one.wall for one in used):,.0f}",
            microseconds(median(one.cpu for one in used) / number),
            f"{max(one.peak for one in used) / 2**20:,.0f}",
        )


def _command(url: str, *words: str) -> Used:
    """Runs ``khuyencong WORDS`` to its end. Raises CalledProcessError where it fails; it said why on standard error."""
    command = [sys.executable, "-m", "khuyencong", "--database", url, *words]
    between = [sys.executable, "-m", "benchmarks.used", *command]
    return Used(**json.loads(subprocess.run(between, stdout=subprocess.PIPE, text=True, check=True).stdout))
