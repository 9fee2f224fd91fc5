"""Runs one peer in its own environment: ``python -m benchmarks.peers NAME URL CASES EACH``.

``NAME`` is a module here with ``prepare(url, cases)``, which makes tables and cases and gives back ``act(case, step)``.
Each number of a turn that comes in on standard input is answered by a line of JSON that says what the turn cost.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module

from benchmarks.peers.work import OWNERS

Act = Callable[[int, int], object]
#: Those that write on the bare driver.
_BARE = ("spiff", "four_rows")


def main(name: str, url: str, cases: str, each: str) -> None:
    """Serves turns until standard input ends."""
    if name not in _BARE:
        import_module("benchmarks.peers.django_settings").set_up(url)
    act: Act = import_module(f"benchmarks.peers.{name}").prepare(url, int(cases))
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(turn(act, int(line) * int(each), int(each))), flush=True)


def turn(act: Act, first: int, each: int) -> dict[str, float]:
    """Takes so many cases through all steps; what that cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    for case in range(first, first + each):
        for step in range(len(OWNERS)):
            act(case, step)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"operations": each * len(OWNERS), "client": cpu, "wall": wall}


if __name__ == "__main__":
    main(*sys.argv[1:])
