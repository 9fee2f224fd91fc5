"""The one command: ``python -m benchmarks --help``."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import comparing, importing, lists, moves, pages, recounts, reminders, verifying
from benchmarks.measuring import Options, Part
from benchmarks.printing import page, plain
from tests import private_postgres
from tests.postgres import ROUTES, Server
from tests.private_postgres import NoPostgres

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache"
PAGE = ROOT / "docs" / "reference" / "performance.md"
#: In the order of the page.
PARTS: dict[str, Part] = {
    "moves": moves,
    "reminders": reminders,
    "recounts": recounts,
    "lists": lists,
    "pages": pages,
    "peers": comparing,
    "import": importing,
    "verify": verifying,
}


def main(words: Sequence[str]) -> int:
    """Measures the parts that are asked for; exit status 0."""
    parser = _parser()
    asked = parser.parse_args(words)
    if asked.markdown and (asked.quick or len(asked.only) < len(PARTS)):
        parser.error("--markdown writes the whole page, so it goes with neither --only nor --quick")
    with _opened(asked.rounds, quick=asked.quick) as options:
        tables = []
        for name in asked.only:
            for table in PARTS[name].measure(options):
                tables.append(table)
                print(*plain([table]), sep="\n", flush=True)
        if asked.markdown:
            PAGE.write_text(page(tables, options, asked.markdown), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures ratios, side by side.")
    parser.add_argument("--only", type=_parts, default=tuple(PARTS), help=f"of {','.join(PARTS)}; default: all")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each contender (default: 9)")
    parser.add_argument("--quick", action="store_true", help="few operations, only to see that all runs")
    parser.add_argument(
        "--markdown", type=date.fromisoformat, metavar="DATE", help="write the page of the documents, with this date"
    )
    return parser


def _parts(words: str) -> tuple[str, ...]:
    asked = tuple(words.split(","))
    if unknown := set(asked) - set(PARTS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not one of {', '.join(PARTS)}")
    return asked


@contextmanager
def _opened(rounds: int, *, quick: bool) -> Iterator[Options]:
    CACHE.mkdir(exist_ok=True)
    with _server(quick=quick) as server, TemporaryDirectory(prefix="bench-", dir=CACHE) as folder:
        yield Options(rounds=1 if quick else rounds, quick=quick, folder=Path(folder), server=server)


@contextmanager
def _server(*, quick: bool) -> Iterator[Server]:
    """A PostgreSQL server that flushes every commit, but for the quick form. Raises NoPostgres where there is none."""
    settings = private_postgres.SETTINGS if quick else private_postgres.BASICS
    with private_postgres.running(_programs(), settings) as address:
        yield Server(address=address)


def _programs() -> Path:
    failures = []
    for route in ROUTES.values():
        try:
            return route()
        except NoPostgres as problem:
            failures.append(str(problem))
    raise NoPostgres("; ".join(failures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
