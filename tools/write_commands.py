"""Writes docs/reference/commands.md from the command itself: ``python tools/write_commands.py``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from khuyencong.cli import app

REFERENCE = Path(__file__).parent.parent / "docs" / "reference" / "commands.md"
_HEAD = """# Commands

Written by `tools/write_commands.py` from the command itself; every command also answers `--help`.
Exit status: 0 done, 1 refused or a check failed, 2 wrong usage, 3 a part that could not be reached.
"""


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def _options(command: Any) -> Iterator[str]:
    for param in command.params:
        if param.name != "help":
            names = (
                ", ".join(f"`{name}`" for name in param.opts) if param.opts[0].startswith("-") else f"`{param.name}`"
            )
            yield f"- {names}: {param.help}"


def reference() -> str:
    """The whole page."""
    group = typer.main.get_command(app)
    parts = [_HEAD, "\n## Before or after any command\n\n", *(f"{line}\n" for line in _options(group))]
    for name, command in _commands(group):
        said = " ".join(line.strip() for line in command.help.splitlines() if line.strip())
        parts += [f"\n## `{name}`\n\n{said}\n", *(f"\n{line}" if at == 0 else line for at, line in _listed(command))]
    return "".join(parts)


def _listed(command: Any) -> Iterator[tuple[int, str]]:
    yield from enumerate(f"{line}\n" for line in _options(command))


if __name__ == "__main__":
    REFERENCE.parent.mkdir(parents=True, exist_ok=True)
    REFERENCE.write_text(reference(), encoding="utf-8")
    print(REFERENCE)
