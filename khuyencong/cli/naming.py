"""What a command line asks for, told from its words alone and before it is run: for the log."""

from collections.abc import Sequence
from typing import Any

from khuyencong.cli.hoisting import VALUED


def named(group: Any, line: Sequence[str]) -> tuple[str, str]:
    """The command (``proposal act``) and the code that it is given as its first argument, empty where it is not.

    Words that name no command are not repeated: they may be anything.
    """
    words = _after_globals(line)
    path: list[str] = []
    command = group
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command = command.commands[words[0]]
        path.append(words.pop(0))
    first = next(iter(command.params), None)
    has_code = bool(path) and first is not None and first.name == "code" and bool(words)
    return " ".join(path) or "none", words[0] if has_code and not words[0].startswith("-") else ""


def _after_globals(line: Sequence[str]) -> list[str]:
    """The words behind the global options, which stand in front."""
    waiting = list(line)
    while waiting and waiting[0].startswith("-"):
        del waiting[: 2 if waiting[0] in VALUED else 1]
    return waiting
