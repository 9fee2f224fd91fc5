"""Faults of definition files in the words of the catalogues: the place, the reason, and what the reader itself said."""

import re

from definitions.errors import Fault
from language.catalogue import DEFAULT, sentence

#: What the readers of definitions say, as a pattern, and the sentence that stands for it. The first that fits holds.
_SAID = (
    (re.compile(r"there is no such file or folder"), "fault.no_file"),
    (re.compile(r"cannot be read as UTF-8 text: .*", re.DOTALL), "fault.not_text"),
    (re.compile(r"the file does not say what it is; kinds are (?P<known>.*)"), "fault.no_kind"),
    (re.compile(r"malformed TOML: .*", re.DOTALL), "fault.malformed"),
    (re.compile(r"unknown key '(?P<key>[^']*)'; did you mean '(?P<nearest>[^']*)'\?"), "fault.unknown_key_near"),
    (re.compile(r"unknown key '(?P<key>[^']*)'"), "fault.unknown_key"),
    (re.compile(r"Field required"), "fault.required"),
    (re.compile(r"Input should be a valid (?:string|text)"), "fault.text_wanted"),
    (re.compile(r"Input should be a valid (?:integer|number).*"), "fault.number_wanted"),
    (re.compile(r"Input should be a valid boolean.*"), "fault.bool_wanted"),
    (re.compile(r"Input should be a valid date.*"), "fault.date_wanted"),
    (re.compile(r"Input should be a valid (?:list|tuple|dictionary).*"), "fault.list_wanted"),
    (re.compile(r".*did you mean '(?P<nearest>[^']*)'\?", re.DOTALL), "fault.near"),
    (re.compile(r"'(?P<key>[^']*)' stands already in (?P<file>.*)"), "fault.double"),
)
_LINE = re.compile(r"line (?P<line>\d+), column (?P<column>\d+)")


def fault_words(fault: Fault, lang: str) -> str:
    """One fault: in which file, at which place, why, and in parentheses what the reader said of it."""
    if lang != DEFAULT:
        return str(fault)
    place = _LINE.sub(lambda found: sentence("fault.line", found.groupdict(), lang), fault.place)
    where = f"{fault.file}: {place}" if place else fault.file
    example = sentence("fault.example", {"example": fault.example}, lang) if fault.example else ""
    return f"{where}: {_reason(fault.message, lang)} ({fault.message}){example}"


def _reason(message: str, lang: str) -> str:
    for pattern, code in _SAID:
        if found := pattern.fullmatch(message):
            return sentence(code, found.groupdict(), lang)
    return sentence("fault.other", {}, lang)
