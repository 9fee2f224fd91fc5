"""What is put in order every night: what no row speaks of goes, and it is recorded what nobody is reminded of."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from khuyencong.recounting import find_stale
from khuyencong.settings import Settings
from khuyencong.wiring import Installation, key_file, log_key_file, mail_folder, real_now
from notifications.channels import UNFINISHED
from store.coverage import COVERAGE, SCHEDULER, Coverage, content_of, read_coverage
from store.leftovers import sweep_unfinished
from store.soundings import known_papers
from workflow.entries import make_entry
from workflow.service.handing_over import hand_over_due


def keep_house(home: Installation, at: datetime) -> Mapping[str, object]:
    """Carries out hand-overs whose day has come, and sweeps papers and unfinished files left for a day.

    Looks for deadlines that an older calendar counted; records how many deadlines run and how many are uncovered.

    The age of files is told by the machine's clock, in a sandbox too.
    """
    handed_over = hand_over_due(home.store, home.house, at=at)
    stale = find_stale(home.store, at=at)
    swept = home.papers.sweep(known_papers(home.store), now=real_now())
    unfinished = sum(sweep_unfinished(folder, pattern) for folder, pattern in _unfinished(home.settings))
    with home.store.transaction(writes=False) as transaction:
        found = read_coverage(transaction)
    _record(home, found, at)
    return {
        "handed_over": handed_over,
        "papers_swept": swept,
        "unfinished_swept": unfinished,
        "deadlines_stale": stale,
        "deadlines_running": found.deadlines,
        "deadlines_uncovered": len(found.uncovered),
    }


def _record(home: Installation, found: Coverage, at: datetime) -> None:
    """An entry outside every chain: it moves no proposal."""
    entry = make_entry(
        COVERAGE,
        SCHEDULER,
        seq=None,
        recorded_at=at,
        content=content_of(found),
        private={},
        previous_hash=None,
        salt=home.house.salt,
    )
    with home.store.write() as uow:
        uow.append(entry)


def _unfinished(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Where a process that was killed may have left a file under an unfinished name, and how it is called there."""
    yield mail_folder(settings), f"{UNFINISHED[0]}*{UNFINISHED[1]}"
    for key in (key_file(settings), log_key_file(settings)):
        yield key.parent, f".{key.name}*.being-written-*"
