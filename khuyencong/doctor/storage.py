"""The doctor's look at what is kept: tables, guards, chains, papers, disk, the key."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from khuyencong.doctor.finding import Finding, found, several
from khuyencong.wiring import Installation, beside, key_file, real_now
from store.accounts import knows_identities
from store.history_guard import guards, guards_missing
from store.soundings import ends_of_chains, known_papers, lost_papers

_LOW, _FULL = 2 * 2**30, 200 * 2**20
_LOW_PART, _FULL_PART = 0.05, 0.01


def of_guards(home: Installation) -> Iterator[Finding]:
    """Whether the database itself refuses to change history."""
    with home.store.transaction(writes=False) as transaction:
        missing = guards_missing(transaction)
    if missing:
        yield found("guards.missing", n=len(missing), names=several(missing))
    elif home.owns_history():
        yield found("guards.owner", n=len(guards(home.store.dialect)))
    else:
        yield found("guards.ok", n=len(guards(home.store.dialect)))


def of_chains(home: Installation, *, full: bool) -> Iterator[Finding]:
    """Whether history fits: its ends, or all of it."""
    if full:
        yield _proved(home)
        return
    with home.store.transaction(writes=False) as transaction:
        ends = ends_of_chains(transaction)
    if ends.broken:
        yield found("chains.broken", n=len(ends.broken), names=several(ends.broken))
    else:
        yield found("chains.ok", n=ends.proposals)


def _proved(home: Installation) -> Finding:
    verified = home.verify()
    if verified.findings:
        names = tuple(dict.fromkeys(one.subject for one in verified.findings))
        return found("chains.broken", n=len(verified.findings), names=several(names))
    if verified.covers_nothing:
        return found("chains.nothing")
    return found("chains.proved", chains=verified.chains, entries=verified.entries)


def of_papers(home: Installation) -> Iterator[Finding]:
    """Papers on record without a file, and files that nothing speaks of."""
    with home.store.transaction(writes=False) as transaction:
        kept = lost_papers(transaction, home.papers)
    orphans = home.papers.orphans(known_papers(home.store), now=real_now())
    if kept.lost:
        yield found("papers.lost", n=len(kept.lost), names=several(tuple(sha[:12] for sha in kept.lost)))
    if orphans:
        yield found("papers.orphans", n=orphans)
    if not kept.lost and not orphans:
        yield found("papers.ok", n=kept.papers)


def of_disk(home: Installation) -> Iterator[Finding]:
    """How much more the disks of papers and of the database take; of PostgreSQL only its own server knows."""
    folders = {home.papers.folder.absolute(), beside(home.settings.database_url, "documents").parent.absolute()}
    usages = [(shutil.disk_usage(_there(folder)), folder) for folder in folders]
    usage, folder = min(usages, key=lambda one: one[0].free)
    part = usage.free / usage.total
    case = (
        "full" if usage.free < _FULL or part < _FULL_PART else "low" if usage.free < _LOW or part < _LOW_PART else "ok"
    )
    yield found(f"disk.{case}", mib=usage.free // 2**20, percent=int(part * 100), folder=str(folder))


def _there(folder: Path) -> Path:
    """The nearest folder above that exists already."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def of_key(home: Installation) -> Iterator[Finding]:
    """Whether the key of identity hashes is there and nobody else's to read."""
    file = key_file(home.settings)
    with home.store.transaction(writes=False) as transaction:
        needed = knows_identities(transaction)
    if not file.exists():
        yield found("identity_key.gone" if needed else "identity_key.none", file=str(file))
    elif file.stat().st_mode & 0o077:
        yield found("identity_key.open", file=str(file))
    else:
        yield found("identity_key.ok", file=str(file))
