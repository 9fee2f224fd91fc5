"""Turns a notice's key and its frozen variables into subject, text and HTML: a pure function of template texts.

The texts are values, so a set published long ago renders today as it did then. A template sees nothing but its
variables and the filters below; an undefined name, or None where something is printed, is an error and never a blank.
"""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, Self

from jinja2 import DictLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from msgspec import Struct

from language import formats
from notifications.errors import TemplateFaulty, UnknownNotice
from notifications.sandbox import Sandbox

PARTS: Final = ("subject.txt", "body.txt", "body.html")
_FORMAT: Final = 1  # Of the published text.
Texts = tuple[tuple[str, str], ...]


class Rendered(Struct, frozen=True, kw_only=True):
    """What one recipient reads. NFC; the subject is one line."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class TemplateSet:
    """All template texts of one version: ``received/subject.txt``, ``_layout.html`` and so on, by path."""

    texts: Texts
    #: Worked out once: under a set is kept all that is made of it, and its texts are many.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """As above."""
        object.__setattr__(self, "_hash", hash(self.texts))

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Self:
        """The set of these texts, whatever their order."""
        return cls(tuple(sorted(texts.items())))

    @classmethod
    def shipped(cls) -> Self:
        """The templates that come with this software, read from its files."""
        return cls.of(dict(_files(files("notifications") / "templates")))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The set that ``to_text`` wrote. Raises TemplateFaulty for any other text."""
        try:
            read = json.loads(text)
        except ValueError as error:
            raise TemplateFaulty("set", f"not JSON: {error}") from error
        texts = read.get("templates") if isinstance(read, dict) and read.get("format") == _FORMAT else None
        if not isinstance(texts, dict) or not all(isinstance(value, str) for value in texts.values()):
            raise TemplateFaulty("set", f"not a template set of format {_FORMAT}")
        return cls.of(texts)

    def to_text(self) -> str:
        """The whole set as canonical JSON: what is published and hashed."""
        value = {"format": _FORMAT, "templates": dict(self.texts)}
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """The hash that names this set in the store."""
        return _sha256(self)

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of every notice that has at least one part, sorted."""
        return tuple(sorted({path.partition("/")[0] for path, _ in self.texts if "/" in path}))

    def variables(self, key: str) -> frozenset[str]:
        """Every variable that the notice's three parts and what they include name.

        Raises UnknownNotice, or TemplateFaulty for a part that is missing, malformed or includes what is not there.
        """
        return _variables(self, key)

    def render(self, key: str, variables: Mapping[str, object]) -> Rendered:
        """The notice with these values. Raises UnknownNotice or TemplateFaulty; same arguments, same answer."""
        subject, text, html = (_render(template, variables) for template in _compiled(self, key))
        return Rendered(subject=_one_line(subject), text=_tidy(text), html=_tidy(html))


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".txt", ".html")):
            yield prefix + entry.name, unicodedata.normalize("NFC", entry.read_text(encoding="utf-8"))


@lru_cache(maxsize=16)
def _sha256(templates: TemplateSet) -> str:
    return sha256(templates.to_text().encode()).hexdigest()


def _paths(templates: TemplateSet, key: str) -> tuple[str, ...]:
    if key not in templates.keys:
        raise UnknownNotice(key)
    return tuple(f"{key}/{part}" for part in PARTS)


@lru_cache(maxsize=8)
def environment_of(templates: TemplateSet) -> Sandbox:
    """The set compiled. Its loader holds the texts in memory, and templates once compiled stay so."""
    environment = Sandbox(
        loader=DictLoader(dict(templates.texts)),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        auto_reload=False,
    )
    environment.filters |= {
        "ngay": _day,
        "tien": _number,
        "so_tien": _dong,
        "phan_tram": _percent,
        "ky": formats.period,
    }
    environment.globals.clear()
    return environment


def _printable(value: object) -> object:
    if value is None:
        raise TemplateError("None stands where a value is printed")
    return value


# An optional fact that was not given passes through the filters, so that a row can be left out where it is None.
def _day(value: str | None) -> str | None:
    return None if value is None else formats.day(value)


def _number(value: int | None) -> str | None:
    return None if value is None else formats.number(value)


def _dong(value: int | None) -> str | None:
    return None if value is None else f"{formats.number(value)} đồng"


def _percent(value: int | None) -> str | None:
    return None if value is None else f"{value} %"


@lru_cache(maxsize=512)
def _compiled(templates: TemplateSet, key: str) -> tuple[Template, ...]:
    return tuple(_template(templates, path) for path in _paths(templates, key))


def _template(templates: TemplateSet, path: str) -> Template:
    try:
        return environment_of(templates).get_template(path)
    except Exception as error:  # As below.
        raise TemplateFaulty(path, _problem(error)) from error


def _render(template: Template, variables: Mapping[str, object]) -> str:
    try:
        return template.render(variables)
    except Exception as error:  # A template is data: whatever it trips over is its own fault.
        raise TemplateFaulty(template.name or "", _problem(error)) from error


def _problem(error: Exception) -> str:
    where = f"line {error.lineno}: " if isinstance(error, TemplateSyntaxError) else ""
    return f"{where}{type(error).__name__}: {error}"


@lru_cache(maxsize=512)
def _variables(templates: TemplateSet, key: str) -> frozenset[str]:
    paths = _reached(templates, _paths(templates, key))
    return frozenset(name for path in paths for name in _named(templates, path))


def _reached(templates: TemplateSet, paths: Iterable[str]) -> frozenset[str]:
    """These templates and all that they extend, include or import."""
    found, waiting = set[str](), list(paths)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_references(templates, path))
    return frozenset(found)


@lru_cache(maxsize=512)
def _references(templates: TemplateSet, path: str) -> tuple[str, ...]:
    return tuple(_referenced(templates, path))


def _referenced(templates: TemplateSet, path: str) -> Iterator[str]:
    environment, source = environment_of(templates), dict(templates.texts).get(path)
    if source is None:
        raise TemplateFaulty(path, "is missing")
    try:
        environment.get_template(path)  # Compiles it: unknown filters and blocks show themselves here.
        names = tuple(meta.find_referenced_templates(environment.parse(source)))
    except TemplateError as error:
        raise TemplateFaulty(path, _problem(error)) from error
    for name in names:
        if name is None:
            raise TemplateFaulty(path, "names an included template by an expression")
        yield name


@lru_cache(maxsize=512)
def _named(templates: TemplateSet, path: str) -> frozenset[str]:
    environment = environment_of(templates)
    return frozenset(meta.find_undeclared_variables(environment.parse(dict(templates.texts)[path])))


def _one_line(text: str) -> str:
    """The text with every run of white space or control characters made one space: no header can be injected."""
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _tidy(text: str) -> str:
    """In NFC, without white space at the ends of lines and of the whole, and never with two empty lines in a row."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.rstrip() for line in unicodedata.normalize("NFC", text).split("\n")]
    kept = [line for line, before in zip(lines, ("", *lines), strict=False) if line or before]
    return "\n".join(kept).strip() + "\n"
