"""What ``audit verify`` found, in the words of the catalogues."""

from audit.findings import Finding
from language.catalogue import DEFAULT, knows, sentence

#: Of which part of the people something does not fit, by its name in ``workflow.people_ledger.Everybody``.
_PART = "part"


def finding_words(finding: Finding, lang: str = DEFAULT) -> str:
    """One finding: of what, at which entry, and what does not fit."""
    what = sentence(finding.code, {name: _said(name, value, lang) for name, value in finding.params.items()}, lang)
    return f"{_place(finding, lang)}: {what}"


def _place(finding: Finding, lang: str) -> str:
    code = f"subject.{finding.subject}"
    subject = sentence(code, {}, lang) if knows(code) else finding.subject
    if finding.seq is None:
        return subject
    return sentence("finding.place", {"subject": subject, "number": finding.seq}, lang)


def _said(name: str, value: str | int, lang: str) -> str | int:
    code = f"people.{value}"
    return sentence(code, {}, lang) if name == _PART and knows(code) else value
