"""How figures are shown: as text on a terminal, and as the page of the documents."""

import os
import platform
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from textwrap import fill

import psycopg

from benchmarks.measuring import Options, Table, cores, driver_url

_WIDTH = 120
_HEAD = """# Performance

What the software costs, beside the least that the same work can cost and beside its peers. `make bench` measures again;
`make bench ARGUMENTS="--only moves --rounds 15"` chooses, and `--markdown DATE` writes this page.

- Contenders take turns in the same run. A figure is the median of the rounds; a ratio is the median of the rounds'
  own ratios, so that a machine with neighbours does not favour one of them.
- Compare ratios and CPU. Wall time waits for the disk, which is another one everywhere.
- Every commit is durable: SQLite with `synchronous=FULL`, PostgreSQL with `fsync` and `synchronous_commit` on.
- A mean load above the number of cores says that the machine had other work: figures are then too high, ratios less so.
"""


def plain(tables: Iterable[Table]) -> Iterator[str]:
    """The tables in columns of letters."""
    for table in tables:
        widths = [max(len(row[place]) for row in (table.columns, *table.rows)) for place in range(len(table.columns))]
        yield f"\n{table.title}"
        for row in (table.columns, *table.rows):
            first, *others = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            yield "  ".join([first, *(cell.strip().rjust(len(cell)) for cell in others)]).rstrip()
        yield from (f"  {note}" for note in table.notes)


def page(tables: Iterable[Table], options: Options, on: date) -> str:
    """The page of the documents."""
    measured = fill(f"Measured on {on.isoformat()} on {machine(options)}.", _WIDTH)
    parts = [_HEAD, f"{measured}\n"]
    return "\n".join([*parts, *("\n".join(_markdown(table)) for table in tables)])


def _markdown(table: Table) -> Iterator[str]:
    yield f"## {table.title}\n"
    yield _line(table.columns)
    yield _line(["---", *("---:" for _ in table.columns[1:])])
    yield from map(_line, table.rows)
    yield ""
    yield from (fill(f"- {note}", _WIDTH, subsequent_indent="  ") for note in table.notes)
    if table.notes:
        yield ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.strip() for cell in cells)} |"


def machine(options: Options) -> str:
    """What the figures were measured on."""
    with psycopg.connect(driver_url(options.server.url("postgres"))) as connection:
        version = connection.info.parameter_status("server_version") or "?"
    return (
        f"{platform.system()} with {cores()} cores ({_processor()}) at a mean load of {os.getloadavg()[2]:.1f}, Python "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL {version.split()[0]}, "
        f"psycopg {psycopg.__version__}"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
