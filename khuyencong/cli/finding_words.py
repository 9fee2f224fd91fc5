"""What ``audit verify`` found, in the words of the catalogues; what has none there is quoted."""

import re

from language.catalogue import sentence
from store.log import Finding

#: What the check says, as a pattern, and the sentence that stands for it.
_FOUND = (
    (re.compile(r"the guard of history (?P<name>\S+) is absent, switched off or altered"), "finding.guard"),
    (re.compile(r"the body does not fit its hash"), "finding.body"),
    (re.compile(r"the columns beside the body say something else"), "finding.columns"),
    (re.compile(r"its history tells something else than what is stored: (?P<parts>.*)"), "finding.stored"),
    (re.compile(r"history tells something else than what is stored: (?P<parts>.*)"), "finding.stored"),
    (re.compile(r"history tells something else of the deadline (?P<name>\S+): (?P<parts>.*)"), "finding.deadline"),
    (re.compile(r"the paper (?P<key>\S+) \(number (?P<number>\d+)\) is not attached .*"), "finding.attachment"),
    (re.compile(r"the due instant of the deadline (?P<rule>\S+) does not fit its last day"), "finding.due"),
    (re.compile(r"entry (?P<seq>\d+) is missing"), "finding.missing"),
    (re.compile(r"the proposal has no history"), "finding.no_history"),
    (re.compile(r"there is a history, but its proposal is gone"), "finding.gone"),
    (re.compile(r"the proposal stands here, its history ends at entry (?P<seq>\d+)"), "finding.end"),
    (re.compile(r"the text of the definition does not fit its hash"), "finding.text"),
    (re.compile(r"the paper (?P<sha>\S+) is not among those kept"), "finding.paper"),
)


def finding_words(finding: Finding, lang: str) -> str:
    """One finding: of what, at which entry, and what does not fit."""
    place = f"{finding.subject} {finding.seq or ''}".rstrip()
    for pattern, code in _FOUND:
        if found := pattern.fullmatch(finding.what):
            return f"{place}: {sentence(code, found.groupdict(), lang)}"
    return f"{place}: {sentence('finding.other', {'said': finding.what}, lang)}"
