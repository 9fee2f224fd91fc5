"""What the parser of the command line found wrong, in the words of the catalogues; what has none there is quoted."""

import re

from typer.exceptions import TyperException

from language.catalogue import sentence

#: What the parser says of itself in a pattern, and the sentence that stands for it.
_SAID = (
    (re.compile(r"No such option: (?P<option>\S+?)(?: .*)?"), "usage.no_such_option"),
    (re.compile(r"No such command '(?P<command>[^']*)'.*"), "usage.no_such_command"),
    (re.compile(r"Missing (?:option|argument|parameter)[: ]+'(?P<what>[^']*)'.*"), "usage.missing"),
    (re.compile(r"Got unexpected extra argument(?:\(s\)|s)? \((?P<words>.*)\)"), "usage.too_many"),
    (re.compile(r"Option '(?P<option>[^']*)' requires an argument\.?"), "usage.needs_value"),
    (re.compile(r"Invalid value for '(?P<what>[^']*)': (?P<why>.*)"), "usage.bad_option"),
)


def usage_words(error: TyperException, lang: str) -> str:
    """The sentence for a fault of the parser."""
    said = " ".join(error.format_message().split())
    for pattern, code in _SAID:
        if found := pattern.fullmatch(said):
            return sentence(code, found.groupdict(), lang)
    return sentence("usage.parser_says", {"said": said}, lang)
