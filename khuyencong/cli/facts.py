"""Reads ``--fact KEY=VALUE`` and ``--attach KEY=FILE`` into typed values and files."""

import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from definitions.process import Field
from shapes.errors import WrongUsage
from shapes.typed import read_fact
from workflow.proposal import FactValue


def split(words: Iterable[str], option: str) -> dict[str, str]:
    """``KEY=VALUE`` words by their keys. Raises WrongUsage for one without ``=`` or without a key, or given twice."""
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise WrongUsage("usage.pair", option=option, word=word)
        if key.strip() in found:
            raise WrongUsage("usage.pair_twice", option=option, key=key.strip())
        found[key.strip()] = unicodedata.normalize("NFC", value)
    return found


def read_facts(fields: Mapping[str, Field], words: Iterable[str]) -> dict[str, FactValue]:
    """Typed facts. Keys that no field names are kept as text, for the engine to refuse by name.

    Money and dates may also be written as offices do (``300 triệu``, ``23/11/2026``). Raises WrongUsage, Unreadable
    or BadValue.
    """
    given = split(words, "--fact")
    return {key: read_fact(fields[key], value) if key in fields else value for key, value in given.items()}


def read_files(words: Iterable[str]) -> dict[str, Path]:
    """Attached files by the key of the paper. Raises WrongUsage where there is no such file."""
    files = {key: Path(value) for key, value in split(words, "--attach").items()}
    for file in files.values():
        if not file.is_file():
            raise WrongUsage("usage.no_file", file=str(file))
    return files
