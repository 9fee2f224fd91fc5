"""Where output goes: results on standard output, as tables for people or as one JSON document; the rest on error."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

import orjson
from rich.console import Console, RenderableType
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from language.catalogue import sentence
from shapes.problems import Problem
from workflow.values import visible

#: Lines are not broken for a reader that is no terminal.
_WIDE = 160
#: Rows in one table; a wider one would have to be measured as a whole before its first line.
_AT_ONCE = 1000
_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


class Printer:
    """Says results in one language, for people or for programs."""

    def __init__(self, *, as_json: bool, lang: str) -> None:
        self.as_json, self.lang = as_json, lang

    def say(self, document: Mapping[str, Any], human: Callable[[], Iterable[RenderableType]]) -> None:
        """The result: the document for programs, or what ``human`` makes of it for people."""
        if self.as_json:
            write_json(document)
            return
        console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDE, highlight=False)
        for part in human():
            console.print(_shown(part))

    def say_rows(
        self,
        document: Mapping[str, Any],
        key: str,
        rows: Iterable[Mapping[str, Any]],
        human: Callable[[Sequence[Any]], RenderableType],
        *,
        last: RenderableType,
    ) -> None:
        """A result with any number of rows, none of which is kept: one document, or tables and a last line.

        ``document`` holds an empty list under ``key``, where the rows belong; ``human`` makes a table of some rows.
        """
        if self.as_json:
            write_json_rows(document, key, rows)
            return
        left = iter(rows)
        some = list(islice(left, _AT_ONCE))
        self.say({}, partial(_one, human(some)))
        while some := list(islice(left, _AT_ONCE)):
            self.say({}, partial(_one, human(some)))
        self.say({}, partial(_one, last))

    def aside(self, code: str, /, **params: object) -> None:
        """A remark on standard error: progress, or a warning."""
        print(sentence(code, params, self.lang), file=sys.stderr, flush=True)

    @contextmanager
    def progress(self, code: str) -> Iterator[Callable[[int, int], None]]:
        """What hears (done, whole) of long work: one redrawn line on a terminal, a line for each tenth elsewhere."""
        if not sys.stderr.isatty():
            yield lambda done, whole: self._tenth(code, done, whole)
            return
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(self.word(code, done=0, whole=0))
            yield lambda done, whole: bar.update(
                task, completed=done, total=whole, description=self.word(code, done=done, whole=whole)
            )

    def _tenth(self, code: str, done: int, whole: int) -> None:
        if done * 10 // whole > (done - 1) * 10 // whole:
            self.aside(code, done=done, whole=whole)

    def word(self, code: str, /, **params: object) -> str:
        """A word or sentence of the catalogues."""
        return sentence(code, params, self.lang)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> Table:
        """A table with headings ``column.<key>`` of the catalogues; cells are shown as they are, never as markup."""
        made = Table(title=Text(title) if title else None, title_justify="left", show_lines=False)
        for column in columns:
            made.add_column(self.word(f"column.{column}"), overflow="fold")
        for row in rows:
            made.add_row(*(Text("" if cell is None else visible(str(cell))) for cell in row))
        return made

    def line(self, code: str, /, **params: object) -> Text:
        """One sentence as a line of the result."""
        return Text(self.word(code, **params))

    def problem(self, problem: Problem) -> None:
        """Why nothing was done: each reason on its own line of standard error; for programs also the document."""
        for line in problem.lines:
            print(visible(" ".join(line.split("\n"))), file=sys.stderr)
        sys.stderr.flush()
        if self.as_json:
            write_json(problem.document())


def _shown(part: RenderableType) -> RenderableType:
    """A part of a result without characters that would move the terminal; tables are made of such already."""
    if isinstance(part, str):
        return visible(part)
    if isinstance(part, Text) and visible(part.plain) != part.plain:
        return Text(visible(part.plain), style=part.style)
    return part


def _one(part: RenderableType) -> Iterable[RenderableType]:
    return (part,)


def write_json_rows(document: Mapping[str, Any], key: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """The one document of standard output, with rows that are written as they come."""
    place = f'\n  "{key}": []'
    head, _, tail = orjson.dumps(document, option=_OPTIONS).decode().partition(place)
    sys.stdout.flush()
    write, number = sys.stdout.write, 0
    write(f"{head}{place[:-1]}")
    for number, row in enumerate(rows, start=1):
        text = orjson.dumps(row, option=orjson.OPT_INDENT_2).decode().replace("\n", "\n    ")
        write(f"{',' if number > 1 else ''}\n    {text}")
    write(("\n  ]" if number else "]") + tail)
    sys.stdout.flush()


def write_json(document: Mapping[str, Any]) -> None:
    """The one document of standard output."""
    sys.stdout.flush()
    text = orjson.dumps(document, option=_OPTIONS).decode()
    sys.stdout.write(text)
    sys.stdout.flush()
