"""What is put in order every night: papers that no row speaks of go, and it is counted what nobody is reminded of."""

from collections.abc import Mapping
from datetime import datetime

from khuyencong.wiring import Installation, real_now
from store.counters import read_counters
from store.soundings import known_papers


def keep_house(home: Installation, at: datetime) -> Mapping[str, object]:
    """Sweeps papers that nobody took up for a day, and says how many deadlines run and how many are uncovered.

    The age of files is told by the machine's clock, in a sandbox too.
    """
    swept = home.papers.sweep(known_papers(home.store), now=real_now())
    with home.store.transaction(writes=False) as transaction:
        found = read_counters(transaction, at=at)
    return {
        "papers_swept": swept,
        "deadlines_running": found.deadlines_running,
        "deadlines_uncovered": found.deadlines_uncovered,
    }
