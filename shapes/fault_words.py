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
    (re.compile(r"no day off is listed: .*"), "fault.no_day_off"),
    (re.compile(r"(?:Tuple|List) should have at least (?P<n>\d+) items? after validation.*"), "fault.too_few"),
    (re.compile(r"no working day is left in (?P<month>\S+)"), "fault.no_work_in_month"),
    (re.compile(r"(?P<n>\d+) weekdays of (?P<year>\d+) are off: more than (?P<most>\d+)"), "fault.too_many_off"),
    (re.compile(r"(?P<day>\S+) stands twice: (?P<one>.*) and (?P<other>.*)"), "fault.day_twice"),
    (re.compile(r"(?P<day>\S+) \((?P<name>.*)\) is not in (?P<year>\d+)"), "fault.other_year"),
    (re.compile(r"(?P<day>\S+) \((?P<name>.*)\) is a weekday: .*"), "fault.is_weekday"),
    (re.compile(r"until is before day: (?P<until>\S+) < (?P<day>\S+)"), "fault.ends_before"),
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
