"""Sentences by code, from the catalogues ``vi.po`` and ``en.po``: the only place where codes become words.

A message id is a code such as ``unmet.not_owner``; its text names values as ``{param}``.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from string import Formatter
from types import MappingProxyType
from typing import Final

from babel.messages.pofile import read_po

from language.errors import MissingParameter, UnknownLanguage, UnknownSentence
from language.formats import day, instant, money, number

LANGUAGES: Final = ("vi", "en")
DEFAULT: Final = "vi"
#: An integer under a name that ends so is đồng, unless ``type`` says that the field is a number.
_MONEY_ENDINGS: Final = ("amount", "limit")
_YES: Final = {"vi": {True: "có", False: "không"}, "en": {True: "yes", False: "no"}}


def sentence(code: str, params: Mapping[str, object] | None = None, lang: str = DEFAULT) -> str:
    """What to tell a person for ``code``, with its values as offices write them, in both languages the same.

    Dates become 23/11/2026, instants 23/11/2026 08:00 in Vietnam, whole numbers under a name ending in ``amount`` or
    ``limit`` money; a param ``type`` (``money`` or ``number``) decides for ``value`` and ``limit``. Raises
    UnknownLanguage, UnknownSentence or MissingParameter; a code is never shown in place of its sentence.
    """
    text = catalogue(lang).get(code)
    if text is None:
        raise UnknownSentence(code, lang)
    given = params or {}
    shown = {name: _shown(name, value, given.get("type"), lang) for name, value in given.items()}
    try:
        return text.format_map(shown)
    except KeyError as error:
        raise MissingParameter(code, str(error.args[0])) from error


def outline(code: str, lang: str = DEFAULT) -> str:
    """The sentence for ``code`` where its values are not known: each is left out (…). Raises as ``sentence`` does."""
    names = placeholders(catalogue(lang).get(code, ""))
    return sentence(code, dict.fromkeys(names, "…"), lang)


def knows(code: str) -> bool:
    """Whether there is a sentence for ``code``."""
    return code in catalogue(DEFAULT)


def placeholders(text: str) -> frozenset[str]:
    """The names of the values that a sentence of a catalogue needs."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(lang: str) -> Mapping[str, str]:
    """Every sentence of a language by its code; untranslated ones are left out. Raises UnknownLanguage."""
    if lang not in LANGUAGES:
        raise UnknownLanguage(lang, LANGUAGES)
    with files("language").joinpath(f"{lang}.po").open("rb") as file:
        messages = read_po(file, locale=lang, abort_invalid=True)
    return MappingProxyType({str(m.id): str(m.string) for m in messages if m.id and m.string and not m.fuzzy})


def _shown(name: str, value: object, type_: object, lang: str) -> str:
    match value:
        case bool():
            return _YES[lang][value]
        case int():
            return _figure(name, value, type_)
        case datetime():
            return instant(value)
        case date():
            return day(value)
        case tuple() | list():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _figure(name: str, value: int, type_: object) -> str:
    if type_ in ("money", "number") and name in ("value", "limit"):
        return money(value) if type_ == "money" else number(value)
    return money(value) if name.endswith(_MONEY_ENDINGS) else str(value)
