"""Takes in the mail that came back: each file of a folder once, whatever it says, then out of the way."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from notifications.bounces import LONGEST, read_report
from notifications.outbox import take_report
from store.outbox import SqlOutbox

#: Where what was taken in lies, by what it was; whoever looks after the mail server empties it.
TAKEN_IN = "taken-in"
#: A Maildir keeps a mail under ``tmp`` while it is being written; beside it the rest of a plain folder.
_READY = ("new", "cur")


def collect_bounces(
    folder: Path | None, outbox: SqlOutbox, at: datetime, *, opens: Callable[[datetime], datetime]
) -> Mapping[str, object]:
    """Takes in every mail of a Maildir or a folder, and says how many of each kind there were.

    A file is moved after the database has it, so one that is met twice changes nothing the second time. A folder that
    is not there raises OSError: the job's heartbeat then says so.
    """
    found: Counter[str] = Counter()
    for file in _waiting(folder) if folder else ():
        try:
            kind = take_in(file, outbox, at=at, opens=opens)
            _put_away(folder or file.parent, file, kind)
        except FileNotFoundError:
            continue  # Another process was faster.
        found[kind.replace("-", "_")] += 1
    return dict(found)


def take_in(file: Path, outbox: SqlOutbox, *, at: datetime, opens: Callable[[datetime], datetime]) -> str:
    """What a file of mail was: ``bounced``, ``delayed``, ``automatic``, ``unknown`` or ``none``. Raises OSError."""
    with file.open("rb") as mail:
        report = read_report(mail.read(LONGEST))
    return take_report(outbox, report, at=at, opens=opens)


def _waiting(folder: Path) -> Iterator[Path]:
    maildir = (folder / "new").is_dir()
    places = [folder / name for name in _READY if (folder / name).is_dir()] if maildir else [folder]
    for place in places:
        yield from sorted(path for path in place.iterdir() if path.is_file() and not path.name.startswith("."))


def _put_away(folder: Path, file: Path, kind: str) -> None:
    into = folder / TAKEN_IN / kind
    into.mkdir(parents=True, exist_ok=True)
    file.replace(into / file.name)
