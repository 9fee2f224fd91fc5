"""What is put in order every night: what no row speaks of goes, and it is counted what nobody is reminded of."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from khuyencong.settings import Settings
from khuyencong.wiring import Installation, key_file, mail_folder, real_now
from notifications.channels import UNFINISHED
from store.counters import read_counters
from store.leftovers import sweep_unfinished
from store.soundings import known_papers


def keep_house(home: Installation, at: datetime) -> Mapping[str, object]:
    """Sweeps papers and unfinished files left for a day; says how many deadlines run and how many are uncovered.

    The age of files is told by the machine's clock, in a sandbox too.
    """
    swept = home.papers.sweep(known_papers(home.store), now=real_now())
    unfinished = sum(sweep_unfinished(folder, pattern) for folder, pattern in _unfinished(home.settings))
    with home.store.transaction(writes=False) as transaction:
        found = read_counters(transaction, at=at)
    return {
        "papers_swept": swept,
        "unfinished_swept": unfinished,
        "deadlines_running": found.deadlines_running,
        "deadlines_uncovered": found.deadlines_uncovered,
    }


def _unfinished(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Where a process that was killed may have left a file under an unfinished name, and how it is called there."""
    key = key_file(settings)
    yield mail_folder(settings), f"{UNFINISHED[0]}*{UNFINISHED[1]}"
    yield key.parent, f".{key.name}.being-written-*"
