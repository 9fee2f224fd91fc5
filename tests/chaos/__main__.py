"""``python -m tests.chaos [--quick] [--seed SEED] [KIND...]``: the long storm, and its figures."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.chaos.scene import KINDS
from tests.chaos.storm import Plan, weather


def main(words: list[str]) -> int:
    """Exit status 1 where anything is missing, double, out of order, lost or altered."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("kind", nargs="*", help=f"of {', '.join(KINDS)}; default: both")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--proposals", type=int, default=1112, help="9 due rungs each (default: 1112)")
    parser.add_argument("--schedulers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30.0, help="of storm after each of 5 jumps of the clock")
    asked = parser.parse_args(words)
    faults = 0
    for kind in asked.kind or KINDS:
        plan = Plan(
            kind=kind,
            seed=asked.seed,
            proposals=asked.proposals,
            schedulers=asked.schedulers,
            seconds=asked.seconds,
            kill_every=1.0,
            still=8.0,
            patience=3_600.0,
        )
        begun = monotonic()
        with TemporaryDirectory(prefix="kc-chaos-") as folder:
            figures, seen = weather(plan, Path(folder))
        print(
            f"{kind}: {plan.schedulers} schedulers, {seen}, seed {plan.seed}, {monotonic() - begun:.0f} s", flush=True
        )
        print(f"  {figures}", flush=True)
        faults += len(figures.faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
