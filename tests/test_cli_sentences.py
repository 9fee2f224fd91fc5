"""Whatever is refused is said in both languages, with the values it names."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from language.catalogue import LANGUAGES, catalogue, placeholders
from shapes.problems import _KINDS

ROOT = Path(__file__).parent.parent


def calls(room: str, *names: str) -> Iterator[ast.Call]:
    """Every call of these names in a room's source."""
    for file in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names:
                yield node


def constants(node: ast.AST) -> Iterator[str]:
    """Every text that stands in a piece of source."""
    yield from (one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))


def unmet_codes() -> frozenset[str]:
    """Every code of an unmet condition that the rules can raise."""
    files = (ROOT / "workflow").rglob("*.py")
    texts = (text for file in files for text in constants(ast.parse(file.read_text(encoding="utf-8"))))
    return frozenset(text for text in texts if text.startswith("unmet."))


def spoken_codes() -> frozenset[str]:
    """Every code that the command speaks literally."""
    first = (node.args[0] for node in calls("khuyencong", *_SPEAKERS) if node.args)
    return frozenset(text for node in first for text in constants(node) if "." in text and " " not in text)


_SPEAKERS = ("sentence", "word", "line", "aside", "WrongUsage", "Denied", "NotFound", "CheckFailed", "Unreachable")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", sorted(unmet_codes() | {c for c in spoken_codes() if not c.endswith(".")}))
def test_every_code_has_a_sentence(lang: str, code: str) -> None:
    """A code is never shown in place of its sentence."""
    assert code in catalogue(lang)


@pytest.mark.parametrize("code", sorted(catalogue("vi").keys() | catalogue("en").keys()))
def test_both_languages_name_the_same_values(code: str) -> None:
    """What one says of a case, the other says too."""
    vi, en = (catalogue(lang).get(code, "") for lang in LANGUAGES)

    assert vi
    assert en
    assert placeholders(vi) == placeholders(en)


def test_every_sentence_of_a_rule_gets_the_values_it_names() -> None:
    """Where a rule writes its parameters out, the sentence asks for no others."""
    found = [node for node in calls("workflow", "Unmet") if len(node.args) > 1 and isinstance(node.args[1], ast.Dict)]

    for node in found:
        given = {key.value for key in node.args[1].keys if isinstance(key, ast.Constant)}  # type: ignore[attr-defined]  # Chosen above.
        spread = any(key is None for key in node.args[1].keys)  # type: ignore[attr-defined]  # As above.
        for code in (text for text in constants(node.args[0]) if not spread):
            assert placeholders(catalogue("vi")[code]) <= given, code
    assert len(found) > 20


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_of_problem_has_a_title(lang: str) -> None:
    """RFC 9457 wants a short text that does not change from case to case."""
    assert {f"problem.{kind.name}" for _, kind in _KINDS} <= catalogue(lang).keys()
