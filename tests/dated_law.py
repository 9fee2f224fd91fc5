"""The shipped programmes, registers and calendars, read without the processes beside them."""

from functools import lru_cache

from definitions.bundle import Bundle, assemble
from definitions.loading import SHIPPED, find_texts

FOLDERS = ("programmes", "registers", "calendars")


@lru_cache(maxsize=1)
def dated_law() -> Bundle:
    """The bundle of the dated files; read once per test run."""
    files = [file for folder in FOLDERS for file in sorted((SHIPPED / folder).glob("*.toml"))]
    return assemble(find_texts(files))
