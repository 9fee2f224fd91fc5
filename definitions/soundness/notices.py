"""Faults of notices: no template, a variable nobody gives, a recipient nobody knows."""

from collections.abc import Iterator, Set

from definitions.process import Process
from definitions.soundness.deadlines import PEOPLE
from definitions.soundness.finding import Finding, unknown
from definitions.soundness.paths import Paths
from definitions.soundness.vocabulary import Vocabulary


def notice_faults(process: Process, paths: Paths, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Every notice of a transition or rung has a template that uses only what is given there, and known recipients."""
    roles = {role.key for role in process.roles}
    data = {field.key for field in process.data}
    for move in process.transitions:
        given = vocabulary.common | data | {fact.key for fact in move.facts}
        for told in move.notices:
            place = f"transition[{move.action}].notices"
            found = (
                *_template(place, told.notice, given, vocabulary),
                *_recipients(place, told.to, roles | vocabulary.recipients),
            )
            yield from (finding._replace(example=paths.through(move)) for finding in found)
    for ladder in process.ladders:
        for index, rung in enumerate(ladder.rungs):
            place = f"ladder[{ladder.key}].rung[{index}]"
            given = vocabulary.common | vocabulary.reminder | data
            yield from _template(f"{place}.notice", rung.notice, given, vocabulary)
            yield from _recipients(f"{place}.to", rung.to, roles | PEOPLE | vocabulary.recipients)


def _template(place: str, notice: str, given: Set[str], vocabulary: Vocabulary) -> Iterator[Finding]:
    if notice not in vocabulary.notices:
        yield unknown(place, "template for the notice", notice, vocabulary.notices)
        return
    for variable in sorted(vocabulary.notices[notice] - given):
        yield Finding(place, f"the template {notice} uses {variable}, which is not given here", variable)


def _recipients(place: str, recipients: tuple[str, ...], known: Set[str]) -> Iterator[Finding]:
    for recipient in recipients:
        if recipient not in known:
            yield unknown(place, "recipient", recipient, known)
