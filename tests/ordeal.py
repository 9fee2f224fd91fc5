"""``make chaos``: storms of schedulers, every kill point of every use case, random histories; one after the other.

Each part is a command of its own; this one runs them and says at the end what each counted and how it went. The exit
status is 1 where one of them found something. Words choose parts.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from time import monotonic

from tests.crash.__main__ import share
from tests.ending import end_in_order

PARTS = ("storm", "crash", "histories")
_PROPOSALS, _HISTORIES = 1112, 1000
#: The lines of a part that are said once more at the end: what it counted as a whole.
_COUNTS = re.compile(r"\w+ +ALL |(sqlite|postgresql): |  rungs |(histories|wrong) ")


def main(words: Iterable[str] | None = None) -> int:
    """Exit status 1 where a part found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.ordeal", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; default: all; all of them take hours")
    parser.add_argument("--kind", choices=("sqlite", "postgresql"), help="of databases; default: both")
    parser.add_argument(
        "--share", type=share, default=(1, 1), help="such as 3/20: a twentieth of each part, and the third of these"
    )
    asked = parser.parse_args(None if words is None else list(words))
    parts = asked.part or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"{', '.join(sorted(unknown))}: the parts are {', '.join(PARTS)}")
    told = [run(part, list(_words(part, asked.kind, asked.share))) for part in parts]
    sys.stdout.write("\n".join(["", *(line for line, _ in told), ""]))
    return max(status for _, status in told)


def _words(part: str, kind: str | None, asked: tuple[int, int]) -> Iterator[str]:
    """What is typed for a part."""
    number, shares = asked
    if part == "storm":
        yield from ("tests.chaos", *([kind] if kind else ()), "--seed", str(number))
        yield from ("--proposals", str(max(5, _PROPOSALS // shares)))
    elif part == "crash":
        yield from ("tests.crash", "--share", f"{number}/{shares}", *(["--kind", kind] if kind else ()))
    else:
        yield from ("tests.histories", str(max(10, _HISTORIES // shares)))


def run(part: str, words: list[str]) -> tuple[str, int]:
    """Runs a program; what tells of it at the end, and its exit status: 0 or 1."""
    sys.stdout.write(f"== {part}: python -m {' '.join(words)}\n")
    sys.stdout.flush()
    begun, counts = monotonic(), list[str]()
    program = [sys.executable, "-um", *words]
    with subprocess.Popen(program, start_new_session=True, stdout=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout or ():
                sys.stdout.write(line)
                sys.stdout.flush()
                counts += [f"    {line.rstrip()}"] if _COUNTS.match(line) else []
            status = process.wait()
        finally:
            process.terminate()
    outcome = "found nothing wrong" if status == 0 else f"FAILED with {status}"
    return "\n".join([f"{part:<10} {monotonic() - begun:>7.0f} s  {outcome}", *counts]), 1 if status else 0


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
