"""The documents say what is true: their commands are run, their links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest

from store.log import UNCHECKED
from tests.shell import Shell

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def _commands(document: Path) -> list[str]:
    """The lines that a reader would type."""
    blocks = _BLOCK.findall(document.read_text(encoding="utf-8"))
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_tutorial_does_what_it_says(office: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of the tutorial succeeds in its order, and those marked refused are refused."""
    monkeypatch.chdir(tmp_path)
    minute = 0

    for line in _commands(ROOT / "docs/tutorial.md"):
        typed, _, remark = line.partition("  # ")
        match shlex.split(typed):
            case ["export", _]:
                continue
            case ["echo", text, ">", file]:
                (tmp_path / file).write_text(text, encoding="utf-8")
            case ["khuyencong", *words]:
                minute += 1
                answer = office(*words, "--at", f"2026-11-23T09:{minute:02d}")
                assert answer.status == (1 if remark == "refused" else 0), f"{typed}\n{answer.out}\n{answer.err}"
            case _:
                pytest.fail(f"the tutorial types something that this test does not know: {typed}")

    assert office.json("proposal", "show", "DN-HOC-1")["state"] == "approved"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link of a document names a file or folder that exists."""
    links = _LINK.findall(document.read_text(encoding="utf-8"))

    assert [link for link in links if not (document.parent / link).exists()] == []


def test_what_verify_does_not_compare_is_listed() -> None:
    """The list that explains it names what the program itself names, in the same order."""
    text = (ROOT / "docs/explanation.md").read_text(encoding="utf-8")

    listed = text.partition("It does **not** compare")[2].partition("\nNor ")[0]

    assert tuple(re.findall(r"^- `(\w+)`:", listed, re.MULTILINE)) == UNCHECKED


def test_code_comes_early_in_the_readme() -> None:
    """A reader meets running code by line 30."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()

    assert any(line.startswith("$ make demo") for line in lines[:30])
