"""Whoever says sentences in one language: the command's printer, or a page under way."""

from typing import Protocol


class Speaker(Protocol):
    """Knows the language that is spoken."""

    def word(self, code: str, /, **params: object) -> str:
        """A word or sentence of the catalogues."""
