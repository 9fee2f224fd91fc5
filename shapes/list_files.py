"""A list that goes out as a file: exactly the rows of a filter, with who asked for them and when."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from exchange.exports import About, Format, Row, columns_of, write_list
from language.catalogue import sentence
from shapes.exporting import in_words, row_of
from store.lists import ALL, Wanted
from store.queries import Queries
from workflow.proposal import Actor, legal_day
from workflow.storage import UnitOfWork

_PAGE = 500


def write_proposals(
    path: Path,
    form: Format,
    moment: tuple[Queries, UnitOfWork],
    wanted: Wanted,
    *,
    filters: Mapping[str, str | bool],
    by: Actor,
    at: datetime,
    lang: str,
) -> About:
    """Writes every page of the list, of one moment, and gives what stands above it."""
    lists, uow = moment
    about = About(
        asked_by=by.name,
        asked_at=at,
        words=filter_words(filters, lang),
        filters=filters,
        count=lists.count(wanted, most=ALL).number,
    )
    today = legal_day(at)
    used = {key for row in _rows(lists, uow, wanted, today, words=False) for key in row}
    columns = columns_of(uow.law().processes.values(), used)
    write_list(path, form, about, columns, _rows(lists, uow, wanted, today, words=form != "json"))
    return about


def filter_words(filters: Mapping[str, str | bool], lang: str) -> str:
    """The options that narrowed a list, in words."""
    words = "; ".join(
        sentence(f"export.filter.{key}", {}, lang)
        if value is True
        else f"{sentence(f'export.filter.{key}', {}, lang)}: {value}"
        for key, value in filters.items()
    )
    return words or sentence("export.filter.none", {}, lang)


def _rows(lists: Queries, uow: UnitOfWork, wanted: Wanted, today: date, *, words: bool) -> Iterator[Row]:
    """The rows on all pages, one moment's truth."""
    law, after = uow.law(), None
    while True:
        page = lists.proposals(wanted, after=after, limit=_PAGE)
        for line in page.lines:
            proposal = uow.proposal(line.code)
            process = uow.process(proposal.process_sha256)
            row = row_of(line, proposal, process, law, today=today)
            yield in_words(row, process, law, today=today) if words else row
        if page.after is None:
            return
        after = page.after
