"""What a case was at an instant, for the commands that show it: ``audit as-of`` and ``proposal show --as-of``."""

from datetime import datetime
from typing import Any

from rich.console import RenderableType

from khuyencong.cli.call import Call
from khuyencong.cli.options import read_instant
from shapes.as_of import case_as_of
from shapes.calendar_words import calendar_words
from shapes.errors import NotFound, WrongUsage
from shapes.shown import shown
from store.as_of import AsOf, NothingKnown, was_recorded
from workflow.errors import UnknownProposal


def past_instant(call: Call, text: str) -> datetime:
    """An instant that has come. Raises WrongUsage for one of the future.

    In a sandbox the past of what was recorded there counts, whatever its clock says.
    """
    at = read_instant(text)
    if at > call.now and not (call.home.sandbox and _was_recorded(call, at)):
        raise WrongUsage("usage.future", at=at, now=call.now)
    return at


def _was_recorded(call: Call, at: datetime) -> bool:
    with call.home.store.transaction(writes=False) as transaction:
        return was_recorded(transaction, since=at)


def case_known(call: Call, code: str, instant: str) -> dict[str, Any]:
    """A case as it was known. Raises WrongUsage for the future, UnknownProposal, or NotFound before its creation."""
    at = past_instant(call, instant)
    with call.home.store.transaction(writes=False) as transaction:
        then = AsOf(transaction, at)
        try:
            return case_as_of(then, then.case(code))
        except NothingKnown as nothing:
            if not call.home.history(code):
                raise UnknownProposal(code) from nothing
            raise NotFound("not_found.before_creation", code=code, at=at) from nothing


def heading(call: Call, document: dict[str, Any]) -> RenderableType:
    """As of when it is shown, and told by how many entries."""
    known = document["as_of"]
    at = read_instant(known["instant"])
    counts = {"n": known["entries"], "waiting": known["not_yet_sealed"], "size": known["checkpoint"]["size"]}
    return call.printer.line("as_of.case", at=at, hash=known["last_hash"][:16], **counts)


def authority(call: Call, document: dict[str, Any]) -> list[RenderableType]:
    """Who had authority, by which law, and what was dated back."""
    say, known = call.printer, document["as_of"]
    rights = [
        (right["label"], seat["agency_name"], person["name"] or person["person"], person["capacity"])
        for right in known["rights"]
        for seat in right["seats"]
        for person in seat["people"]
    ]
    columns = ("action", "agency", "person", "capacity")
    parts: list[RenderableType] = [say.table(columns, rights, title=say.word("title.rights"))]
    law = [
        (key, one.get("ref", ""), one["sha256"]) for key, one in known["definitions"].items() if isinstance(one, dict)
    ]
    law.append(("calendar", calendar_words(say, known["definitions"]["calendar"]), ""))
    parts.append(say.table(("definition", "version", "sha256"), law, title=say.word("title.law_then")))
    parts += [
        say.line("as_of.back_dated", **{**one, "effective_on": shown(one["effective_on"], "date")})
        for one in known["back_dated"]
    ]
    return parts
