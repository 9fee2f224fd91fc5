"""The small acts beside the steps in sentences, the same for the command and for pages."""

from collections.abc import Iterator, Mapping
from typing import Any

from language.catalogue import knows
from shapes.shown import shown
from shapes.speaking import Speaker

#: Details of an act that are days.
_DAYS = (
    *("last_day", "signed_on", "issued_on", "from_day", "last_day_before", "promised"),
    *("before_last_day", "after_last_day"),
)


def what_of(say: Speaker, act: Mapping[str, Any]) -> str:
    """What somebody did beside the steps, in a sentence; erased values are said to be."""
    gone = say.word("daywork.erased")
    details = {key: gone if value is None else value for key, value in _flat(act["details"])}
    details |= {key: shown(value, "date") for key, value in details.items() if key in _DAYS and value}
    if knows(f"paper.kind.{details.get('paper')}"):
        details["paper"] = say.word(f"paper.kind.{details['paper']}")
    details |= {"title": details.get("title", gone)}
    details |= {"papers": ", ".join(paper["name"] or gone for paper in act["documents"])}
    details |= {"changes": "; ".join(_change(say, change) for change in act["changes"])}
    code = f"daywork.{act['kind']}"
    if act["kind"] == "edited" and "reason" in details:
        code = "daywork.edited_why"
    return say.word(code, **details) if knows(code) else str(act["kind"])


def _flat(details: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What an act says, with parts of parts by joined names and lists as words."""
    for key, value in details.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}_{name}", part) for name, part in value.items())
        else:
            yield key, ", ".join(map(str, value)) if isinstance(value, list) else value


def _change(say: Speaker, change: Mapping[str, Any]) -> str:
    gone, nothing = say.word("daywork.erased"), say.word("daywork.nothing")

    def side(name: str) -> str:
        if change[f"{name}_erased"]:
            return gone
        return nothing if change[name] is None else shown(change[name], change["type"])

    return f"{change['label']}: {side('before')} → {side('after')}"
