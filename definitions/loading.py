"""Reads definition texts into their types and says every fault at once, with file, place and the nearest known word."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import ValidationError

from definitions.calendar import CalendarYear
from definitions.errors import Fault, FaultyDefinitions
from definitions.faulting import faults_in
from definitions.model import Definition
from definitions.process import Process
from definitions.programme import Programme
from definitions.registers import Agencies, Appointments, Ceilings, Places, Sources

Kind = Literal["process", "programme", "calendar", "agencies", "appointments", "ceilings", "places", "sources"]

#: The type that each kind of file is read into.
TYPES: Mapping[Kind, type[Definition]] = {
    "process": Process,
    "programme": Programme,
    "calendar": CalendarYear,
    "agencies": Agencies,
    "appointments": Appointments,
    "ceilings": Ceilings,
    "places": Places,
    "sources": Sources,
}
#: Files in these folders are of one kind; elsewhere the file says its ``kind`` itself.
_FOLDERS: Mapping[str, Kind] = {"processes": "process", "programmes": "programme", "calendars": "calendar"}
#: The definitions that come with this software.
SHIPPED = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class DefinitionText:
    """The text of one definition, as read from a file or kept in the store."""

    kind: Kind
    #: What it is called in faults: the file's name, or the key and hash it was published with.
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The hash that names this very text in the store."""
        return sha256(self.text.encode()).hexdigest()


def find_texts(paths: Iterable[Path] = (SHIPPED,)) -> tuple[DefinitionText, ...]:
    """The definition texts in these files and folders, in the order of their names.

    Raises FaultyDefinitions for files that are not there, are not UTF-8, are malformed or do not say their kind,
    together with the faults inside the files that could be read.
    """
    texts: list[DefinitionText] = []
    faults: list[Fault] = []
    for path in paths:
        if not path.exists():
            faults.append(Fault(file=str(path), place="", message="there is no such file or folder"))
        for file, name in _files(path):
            found = _read_file(file, name)
            if isinstance(found, Fault):
                faults.append(found)
            else:
                texts.append(found)
    if faults:
        raise FaultyDefinitions([*faults, *_faults_of(texts)])
    return tuple(texts)


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    if path.is_dir():
        yield from ((file, str(file.relative_to(path))) for file in sorted(path.rglob("*.toml")))
    elif path.exists():
        yield path, str(path)


def _read_file(file: Path, name: str) -> DefinitionText | Fault:
    try:
        text = file.read_text(encoding="utf-8")
        kind = _FOLDERS.get(file.parent.name) or _stated_kind(tomllib.loads(text))
    except (UnicodeDecodeError, OSError) as error:
        return Fault(file=name, place="", message=f"cannot be read as UTF-8 text: {error}")
    except tomllib.TOMLDecodeError as error:
        return _malformed(name, error)
    if kind is None:
        known = ", ".join(TYPES)
        return Fault(file=name, place="kind", message=f"the file does not say what it is; kinds are {known}")
    return DefinitionText(kind, name, text)


def _stated_kind(data: Mapping[str, Any]) -> Kind | None:
    stated = data.get("kind")
    if stated is None and "transition" in data:
        return "process"
    if stated is None and "track" in data:
        return "programme"
    return cast("Kind", stated) if isinstance(stated, str) and stated in TYPES else None


def _malformed(name: str, error: tomllib.TOMLDecodeError) -> Fault:
    message, place = str(error), ""
    found = re.fullmatch(r"(.*) \(at (.*)\)", message, flags=re.DOTALL)
    if found:
        message, place = found.groups()
    return Fault(file=name, place=place, message=f"malformed TOML: {message}")


def read(text: DefinitionText) -> Definition:
    """The value that a definition text stands for. Raises FaultyDefinitions with every fault in it."""
    return _read(text.kind, text.name, text.text)


@lru_cache(maxsize=512)
def _read(kind: Kind, name: str, text: str) -> Definition:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultyDefinitions([_malformed(name, error)]) from error
    try:
        value = TYPES[kind].model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise FaultyDefinitions(faults_in(name, TYPES[kind], data, error)) from error
    if isinstance(value, Process | Programme):
        value._sha256 = sha256(text.encode()).hexdigest()  # noqa: SLF001 - the hash is this module's to give.
    return value


def read_all(texts: Iterable[DefinitionText]) -> tuple[tuple[DefinitionText, Definition], ...]:
    """Each text with its value. Raises FaultyDefinitions with the faults of *all* texts."""
    kept = tuple(texts)
    faults = tuple(_faults_of(kept))
    if faults:
        raise FaultyDefinitions(faults)
    return tuple((text, read(text)) for text in kept)


def _faults_of(texts: Iterable[DefinitionText]) -> Iterator[Fault]:
    for text in texts:
        try:
            read(text)
        except FaultyDefinitions as error:
            yield from error.faults
