"""What ``audit verify`` found, in the words of the catalogues; what has none there is quoted."""

import re

from audit.findings import Finding
from language.catalogue import sentence

#: What the check says, as a pattern, and the sentence that stands for it.
_FOUND = (
    (re.compile(r"the guard of history (?P<name>\S+) is absent, switched off or altered"), "finding.guard"),
    (re.compile(r"its newest checkpoint is of a sandbox, and it calls itself none"), "finding.sandbox_gone"),
    (re.compile(r"its newest checkpoint is of no sandbox, and it calls itself one"), "finding.sandbox_come"),
    (re.compile(r"the body does not fit its hash"), "finding.body"),
    (re.compile(r"the columns beside the body say something else"), "finding.columns"),
    (re.compile(r"its history tells something else than what is stored: (?P<parts>.*)"), "finding.stored"),
    (re.compile(r"history tells something else than what is stored: (?P<parts>.*)"), "finding.stored"),
    (re.compile(r"history tells something else of the deadline (?P<name>\S+): (?P<parts>.*)"), "finding.deadline"),
    (re.compile(r"the paper (?P<key>\S+) \(number (?P<number>\d+)\) is not attached .*"), "finding.attachment"),
    (re.compile(r"the due instant of the deadline (?P<rule>\S+) does not fit its last day"), "finding.due"),
    (re.compile(r"entry (?P<seq>\d+) is missing"), "finding.missing"),
    (re.compile(r"it is not the entry that was sealed as leaf (?P<leaf>\d+)"), "finding.leaf"),
    (re.compile(r"it was sealed as leaf (?P<leaf>\d+), and is gone"), "finding.sealed_gone"),
    (re.compile(r"it is neither sealed nor waits to be: it did not come by the software"), "finding.outside"),
    (re.compile(r"(?P<found>\d+) values were erased by it, which tells of (?P<told>\d+)"), "finding.erased"),
    (re.compile(r"(?P<n>\d+) personal values are gone that no decision erased"), "finding.erased_by_nobody"),
    (re.compile(r"it is sealed, and waits to be all the same"), "finding.twice"),
    (re.compile(r"(?P<kind>[a-z-]+): row (?P<row>\d+) is not what its entry put there"), "finding.register"),
    (re.compile(r"(?P<kind>[a-z-]+): what it put into force is gone"), "finding.register_gone"),
    (re.compile(r"it does not name the hash of the entry before it"), "finding.chain"),
    (re.compile(r"the value of (?P<path>.+) does not fit its commitment"), "finding.value"),
    (re.compile(r"openings are missing or too many"), "finding.openings"),
    (re.compile(r"the leaves from (?P<first>\d+) to before (?P<last>\d+) are gone"), "finding.leaves_gone"),
    (re.compile(r"node (?P<number>\d+) of level (?P<level>\d+) (?P<what>.+), and (?P<more>\d+) more"), "finding.node"),
    (re.compile(r"(?P<n>\d+) nodes belong to no leaf"), "finding.surplus"),
    (re.compile(r"the checkpoint at (?P<size>\d+) entries cannot be read"), "finding.checkpoint_unread"),
    (
        re.compile(r"the checkpoint at (?P<size>\d+) entries is not signed by a key of the log"),
        "finding.checkpoint_unsigned",
    ),
    (
        re.compile(r"the checkpoint at (?P<size>\d+) entries covers more than is there, or another number"),
        "finding.checkpoint_beyond",
    ),
    (re.compile(r"the checkpoint at (?P<size>\d+) entries has another root than the log"), "finding.checkpoint_root"),
    (re.compile(r"no checkpoint covers the leaves from (?P<size>\d+) on"), "finding.uncovered"),
    (re.compile(r"the keys of the log cannot be read: (?P<why>.+)"), "finding.keys"),
    (re.compile(r"the newest key that the log names is not the one of this server"), "finding.other_key"),
    (
        re.compile(r"(?P<source>.+) was signed over (?P<size>\d+) entries, of which (?P<left>\d+) are left"),
        "finding.cut",
    ),
    (
        re.compile(r"the first (?P<size>\d+) entries are not those that (?P<source>.+) was signed over"),
        "finding.rewritten",
    ),
    (re.compile(r"the mail (?P<id>\S+) of (?P<keys>.*) is gone"), "finding.mail_gone"),
    (re.compile(r"the mail (?P<id>\S+) of (?P<keys>.*) is not the one that was sent"), "finding.mail_changed"),
    (
        re.compile(r"(?P<known>\d+) mails are marked as told by history, which tells of (?P<told>\d+)"),
        "finding.mails_counted",
    ),
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
