"""``backup`` and ``restore``: the whole installation in one file, and back."""

from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from khuyencong.cli.call import Call, call_of
from khuyencong.cli.printing import Printer
from khuyencong.wiring import key_file, papers_of, real_now
from shapes.errors import CheckFailed
from shapes.finding_words import finding_words
from store.archive import Manifest
from store.backup import back_up
from store.restore import Restored
from store.restore import restore as restore_archive

_SECONDS = 2.0


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The archive to write (.zip); it must not exist.", show_default=False)],
) -> None:
    """Write the database and every paper into one file, while work goes on, and read it again to prove it."""
    call = call_of(context)
    made = back_up(
        call.chosen.database_url,
        file.absolute(),
        papers_of(call.chosen),
        software=version("khuyencong"),
        at=real_now(),
        progress=_Progress(call.printer),
    )
    if made.manifest.lost:
        raise CheckFailed("backup.lost_papers", tuple(made.manifest.lost), n=len(made.manifest.lost), file=str(file))
    document = {"file": str(file), "size": made.size, "sha256": made.sha256, **_about(made.manifest)}
    done = call.printer.line("backup.done", file=str(file), mib=made.size // 2**20, **_counts(made.manifest))
    say = [done, call.printer.line("backup.hash", sha256=made.sha256)]
    call.printer.say(document, lambda: [*say, call.printer.line("backup.key", file=str(key_file(call.chosen)))])


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The archive that backup wrote.", show_default=False)],
    accept: Annotated[
        bool,
        typer.Option("--accept-findings", help="Restore also a history that did not verify when it was backed up."),
    ] = False,
) -> None:
    """Restore an archive into an empty database, SQLite or PostgreSQL, proved by its hashes and by replay."""
    call = call_of(context)
    done = restore_archive(
        call.chosen.database_url,
        file,
        papers_of(call.chosen),
        accept_findings=accept,
        progress=_Progress(call.printer),
    )
    _report(call, file, done)


def _report(call: Call, file: Path, done: Restored) -> None:
    findings = [finding_words(one, call.printer.lang) for one in done.verified.findings]
    verified = {"entries": done.verified.entries, "chains": done.verified.chains, "findings": findings}
    counts = _counts(done.manifest) | {"chains": done.verified.chains}
    lines = [call.printer.line("restore.done", file=str(file), **counts)]
    lines += [call.printer.line("restore.finding", what=one) for one in findings]
    lines += [call.printer.line("restore.sandbox")] if done.manifest.sandbox else []
    lines += [call.printer.line("restore.mail")]
    if not key_file(call.chosen).exists():
        lines.append(call.printer.line("restore.key", file=str(key_file(call.chosen))))
    call.printer.say({"file": str(file), **_about(done.manifest), "verified": verified}, lambda: lines)


def _about(manifest: Manifest) -> dict[str, object]:
    return {
        **_counts(manifest),
        "revision": manifest.revision,
        "made_at": manifest.made_at,
        "sandbox": manifest.sandbox,
        "lost": list(manifest.lost),
    }


def _counts(manifest: Manifest) -> dict[str, int]:
    rows = {part.name: part.rows for part in manifest.tables}
    return {
        "entries": rows["entry"],
        "proposals": rows["proposal"],
        "rows": sum(rows.values()),
        "papers": manifest.papers,
    }


class _Progress:
    """Says on standard error what is being done, every few seconds: what is quick is not talked about."""

    def __init__(self, printer: Printer) -> None:
        self._printer, self._at = printer, monotonic()

    def __call__(self, what: str, done: int, of: int) -> None:
        now = monotonic()
        if now - self._at >= _SECONDS:
            self._at = now
            stage, _, name = what.rpartition(":")
            code = "progress.checking" if stage == "check" else "progress.doing"
            self._printer.aside(code, what=name, done=done, of=of or "?")
