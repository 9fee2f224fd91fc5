"""``audit``: whether history is whole, its checkpoints, and proofs of single entries."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from audit.checkpoints import read_checkpoint
from audit.notes import NoteRefused
from khuyencong.cli.call import Call, call_of, warn_owner
from khuyencong.erasing import erase_person
from khuyencong.os_user import os_user
from khuyencong.proving import prove
from khuyencong.sealing import newest_checkpoint, record_mails, record_readings, rotate, seal_all
from shapes.errors import CheckFailed, LogUnproven, WrongUsage
from shapes.finding_words import finding_words
from shapes.verified import lines_of, missing
from store.log import UNCHECKED, Kept, Verified
from workflow.administration import operator

app = typer.Typer(no_args_is_help=True, help="Prove that history was not tampered with.")
#: Read and understood, and yet not what this log signed.
_OF_OTHERS = ("checkpoint.other_log", "checkpoint.not_signed")
_CHECKPOINT_LIMIT = 64 * 1024


@app.callback()
def audit() -> None:
    """Prove that history was not tampered with."""


@app.command("verify")
def verify(
    context: typer.Context,
    against: Annotated[
        list[Path], typer.Option("--against", metavar="FILE", help="A checkpoint that you kept; repeatable.")
    ] = [],
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", metavar="N", min=1, max=64, help="So many processes; by default what the machine has."
        ),
    ] = None,
) -> None:
    """Check every chain, the sealed tree and its signatures, and that replaying history gives what is stored.

    With --against, also that the log of today extends the checkpoint that you kept: only that excludes whoever
    administers the server and has its key.
    """
    call = call_of(context)
    warn_owner(call)
    kept = [kept_checkpoint(call, file) for file in against]
    try:
        with call.printer.progress("audit.progress") as told:
            found = call.home.verify(kept, told, workers)
    except KeyboardInterrupt:
        raise CheckFailed("audit.stopped") from None
    if found.findings:
        broken = tuple(finding_words(one, call.printer.lang) for one in found.findings)
        raise CheckFailed("audit.broken", broken, n=len(broken), entries=found.entries)
    if found.covers_nothing:
        raise CheckFailed("audit.nothing")
    if not found.vouched:
        raise LogUnproven("audit.unproven", (missing(found, call.printer.word),), entries=found.entries)
    document: dict[str, Any] = {"ok": found.holds, **asdict(found), "checked_at": call.now.isoformat()}
    document |= {"vouched": found.vouched, "unchecked": list(UNCHECKED)}
    call.printer.say(document, lambda: _lines(call, found, outside=kept))


def _lines(call: Call, found: Verified, *, outside: Sequence[Kept]) -> list[RenderableType]:
    largest = max((one.checkpoint.size for one in outside), default=0)
    told = lines_of(found, outside=largest, at=call.now, word=call.printer.word)
    return [call.printer.line(code, **params) for code, params in told]


def kept_checkpoint(call: Call, file: Path) -> Kept:
    """The checkpoint of a file. Raises WrongUsage for one that cannot be read, CheckFailed for one of another log."""
    note = _read(file)
    try:
        read_checkpoint(note)
        checkpoint = call.home.open_checkpoint(note)
    except NoteRefused as error:
        why = call.printer.word(error.code, **error.params)
        if error.code in _OF_OTHERS:
            raise CheckFailed("audit.kept_refused", (why,), file=str(file)) from error
        raise WrongUsage("usage.no_checkpoint", file=str(file), why=why) from error
    return Kept(source=str(file), checkpoint=checkpoint)


def _read(file: Path) -> str:
    """The text of a checkpoint's file. Raises WrongUsage."""
    try:
        with file.open("rb") as opened:
            return opened.read(_CHECKPOINT_LIMIT).decode()
    except OSError as error:
        raise WrongUsage("usage.unreadable_file", file=str(file), why=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise WrongUsage("usage.unreadable_file", file=str(file), why=str(error)) from error


@app.command("checkpoint")
def checkpoint(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to keep it; not written over.")
    ] = None,
) -> None:
    """Seal what waits, and give the newest signed checkpoint: keep it where this server cannot reach."""
    call = call_of(context)
    record_mails(call.home, at=call.now)
    record_readings(call.home, at=call.now)
    seal_all(call.home, at=call.now)
    note = newest_checkpoint(call.home)
    if note is None:
        raise CheckFailed("audit.nothing")
    if out is not None:
        _write(out, note)
    found = call.home.open_checkpoint(note)
    keys = [key.text() for key in call.home.log_keys()]
    document = {"size": found.size, "root": found.root.hex(), "origin": found.origin, "note": note, "keys": keys}
    call.printer.say(document, lambda: [note.removesuffix("\n")])


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise WrongUsage("usage.file_exists", file=str(file)) from error
    except OSError as error:
        raise WrongUsage("usage.unwritable_file", file=str(file), why=error.strerror or str(error)) from error


@app.command("prove")
def prove_code(
    context: typer.Context, code: Annotated[str, typer.Argument(metavar="CODE", help="The proposal's code.")]
) -> None:
    """Prove that every sealed entry of a proposal is in the log: what to show besides the entries and a checkpoint."""
    call = call_of(context)
    document = prove(call.home, code)
    proofs = document["proofs"]
    sizes = {"n": len(proofs), "waiting": document["waiting"], "size": document["size"]}
    call.printer.say(document, lambda: [call.printer.line("audit.proved", code=code, **sizes)])


@app.command("rotate-key")
def rotate_key(
    context: typer.Context,
    lost: Annotated[bool, typer.Option("--lost", help="The present key is gone and cannot sign the new one.")] = False,
) -> None:
    """Put a new key in the place of the one that signs checkpoints. Both sign the change, and history keeps it."""
    call = call_of(context)
    new = rotate(call.home, by=operator(os_user=os_user()), at=call.now, lost=lost)
    call.printer.say({"key": new.text()}, lambda: [call.printer.line("audit.rotated", key=new.text())])


@app.command("erase")
def erase(
    context: typer.Context,
    username: Annotated[str, typer.Argument(metavar="PERSON", help="An account of the person.", show_default=False)],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept as a personal value itself.")],
    decision: Annotated[str, typer.Option("--decision", metavar="NUMBER", help="The decision that it rests on.")],
) -> None:
    """Erase what is kept of a person whose accounts are deactivated: name, address, identity, mails. Proofs stay whole.

    What they wrote on cases stays, without their name. For an administrator of the installation's own agency.
    """
    call = call_of(context)
    found = erase_person(call.home, username, reason=reason, decision=decision, by=call.registrar, at=call.now)
    document = {"person": found.person, "values": len(found.openings), "mails": len(found.mails)}
    call.printer.say(document, lambda: [call.printer.line("audit.erased", **document)])
