"""``python -m tests.chaos [KIND...] [--seed SEED]``: the long storm, and its figures."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.chaos.crew import standing
from tests.chaos.scene import KINDS
from tests.chaos.storm import Plan, weather
from tests.ending import end_in_order


def main(words: list[str]) -> int:
    """Exit status 1 where anything is missing, double, out of order, lost or altered."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("kind", nargs="*", help=f"of {', '.join(KINDS)}; default: both")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--proposals", type=int, default=1112, help="9 due rungs each (default: 1112)")
    parser.add_argument("--schedulers", type=int, default=8)
    parser.add_argument("--kills", type=int, default=60, help="at most, after each of 5 jumps of the clock")
    parser.add_argument("--pace", type=float, default=50.0, help="reminders and mails between two kills, on average")
    asked = parser.parse_args(words)
    faults = 0
    for kind in asked.kind or KINDS:
        plan = Plan(
            kind=kind,
            seed=asked.seed,
            proposals=asked.proposals,
            schedulers=asked.schedulers,
            kills=asked.kills,
            pace=asked.pace,
            patience=3_600.0,
        )
        begun = monotonic()
        with TemporaryDirectory(prefix="kc-chaos-") as folder, standing() as crew:
            figures, seen = weather(plan, Path(folder), crew)
        print(
            f"{kind}: {plan.schedulers} schedulers, {seen}, seed {plan.seed}, {monotonic() - begun:.0f} s", flush=True
        )
        print(f"  {figures}", flush=True)
        faults += len(figures.faults)
    return 1 if faults else 0


if __name__ == "__main__":
    end_in_order()
    sys.exit(main(sys.argv[1:]))
