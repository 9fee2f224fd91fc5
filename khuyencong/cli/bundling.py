"""``audit bundle``: one file with everything that proves a case, and what checks it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from exchange.safe_files import UNFINISHED, hash_of, written
from khuyencong.bundling import write_bundle
from khuyencong.cli.answers import refuse_unknown
from khuyencong.cli.auditing import app, kept_checkpoint
from khuyencong.cli.call import call_of
from store.audit_rows import Asked
from store.leftovers import sweep_unfinished
from workflow.service.exporting import may_audit, record_export


@app.command("bundle")
def bundle(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="The proposal's code.", show_default=False)],
    file: Annotated[Path | None, typer.Argument(help="Where to write; default: CODE.zip.")] = None,
    against: Annotated[
        list[Path],
        typer.Option("--against", metavar="FILE", help="Prove that the log extends a checkpoint you kept; repeatable."),
    ] = [],
) -> None:
    """Write a zip with a case's history, documents, notices, definitions, calendars, proofs, checkpoint and a verifier.

    Whoever unpacks it checks it with `python3 -I verify.py`, without this software and without the network.
    """
    call = call_of(context)
    actor = call.actor
    may_audit(actor, action="audit bundle", at=call.now)
    refuse_unknown(call, Asked(code=code))
    kept = [kept_checkpoint(call, one).checkpoint for one in against]
    place = file or Path(f"{code}.zip")
    sweep_unfinished(place.parent, f"{UNFINISHED}*")
    with written(place) as path:
        done = write_bundle(call.home, path, code=code, file=place.name, by=actor, at=call.now, kept=kept)
        sha256 = hash_of(path)
        record_export(
            call.home.store,
            call.home.house,
            by=actor,
            at=call.now,
            filters={"code": code},
            count=done.entries,
            form="bundle",
            sha256=sha256,
        )
    document = {"file": str(place), "code": code, **asdict(done), "sha256": sha256}
    call.printer.say(document, lambda: [call.printer.line("bundle.done", **document)])
