"""Papers on their way to a signature, as a table for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import RenderableType

from khuyencong.cli.printing import Printer
from language.formats import instant


def signings_table(say: Printer, papers: Sequence[Mapping[str, Any]]) -> list[RenderableType]:
    """The papers of a proposal's steps that were presented; nothing where there are none."""
    columns = ("seq", "action", "kind", "stage", "presented", "signed", "number", "issued")
    rows = [_row(say, one) for one in papers]
    return [say.table(columns, rows, title=say.word("title.signings"))] if rows else []


def _row(say: Printer, paper: Mapping[str, Any]) -> tuple[object, ...]:
    signed, end = paper["signed"], paper["end"]
    state = f"signing.end.{end}" if end not in ("", "used") else f"signing.stage.{paper['stage']}"
    capacity = f" ({signed['capacity']})" if signed else ""
    return (
        paper["paper"],
        paper["action_label"],
        say.word(f"paper.kind.{paper['kind']}"),
        say.word(state),
        _who(paper["presented"]),
        _who(signed, capacity),
        paper["number"]["text"] if paper["number"] else f"…/{paper['symbol']}",
        _who(paper["issued"]),
    )


def _who(done: Mapping[str, Any] | None, capacity: str = "") -> str:
    return (
        f"{done['actor'] or ''}{capacity}\n{instant(datetime.fromisoformat(done['recorded_at']))}".strip()
        if done
        else ""
    )
