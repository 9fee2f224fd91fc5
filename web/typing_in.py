"""What was typed into a form about a proposal: the values it stands for, and what is wrong beside which field."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from definitions.process import Field
from language.errors import Unreadable
from shapes.problems import refusal_lines
from shapes.shown import shown
from shapes.typed import read_fact
from store.documents import PaperEmpty, PaperTooLarge
from web.visit import Visit
from workflow.errors import BadValue
from workflow.proposal import Document, FactValue

#: Names of fields of the form: facts, papers, and papers that were kept since an earlier page.
FACT, PAPER, KEPT = "f.", "p.", "k."
_PARTS = 4


@dataclass(slots=True, kw_only=True)
class Typed:
    """A form as it came."""

    #: As typed, by the key of the field.
    words: dict[str, str] = field(default_factory=dict)
    facts: dict[str, FactValue] = field(default_factory=dict)
    papers: dict[str, Document] = field(default_factory=dict)
    note: str = ""
    #: Sentences by the key of the field; those of no field under the empty key.
    errors: dict[str, list[str]] = field(default_factory=dict)

    def wrong(self, key: str, sentence: str) -> None:
        """Something is wrong with a field."""
        self.errors.setdefault(key, []).append(sentence)


def read_form(visit: Visit, fields: Mapping[str, Field], keys: Iterable[str]) -> Typed:
    """The values of the form's fields of these keys; what cannot be read is said beside its field."""
    typed = Typed(note=visit.typed("note").strip())
    for key in keys:
        word = visit.typed(f"{FACT}{key}")
        typed.words[key] = word
        if not word.strip():
            continue
        try:
            typed.facts[key] = read_fact(fields[key], word)
        except Unreadable as error:
            typed.wrong(key, visit.word(error.code, **error.params))
        except BadValue:
            wanted = visit.word(f"wanted.{fields[key].type}")
            typed.wrong(key, visit.word("web.bad_value", wanted=wanted))
    return typed


def read_papers(visit: Visit, typed: Typed, keys: Iterable[str]) -> None:
    """Keeps the files that came, and takes those that an earlier page of this form kept."""
    for key in keys:
        kept = _kept(visit, key)
        if kept is not None:
            typed.papers[key] = kept
        for upload in visit.uploads(f"{PAPER}{key}"):
            name = upload.filename or key
            try:
                typed.papers[key] = visit.home.papers.keep(upload.file, key=key, name=name, declared=upload.size)
            except PaperTooLarge as error:
                typed.wrong(key, visit.word("error.paper_too_large", name=error.name, mib=error.limit // 2**20))
            except PaperEmpty as error:
                typed.wrong(key, visit.word("error.paper_empty", name=error.name))


def ticket(visit: Visit, paper: Document) -> str:
    """What stands in a form for a paper that is kept: nobody can name one that this browser did not send."""
    said = f"{paper.sha256}|{paper.size}|{paper.media_type}|{paper.name}"
    return f"{_sign(visit, paper.key, said)}|{said}"


def _kept(visit: Visit, key: str) -> Document | None:
    sign, _, said = visit.typed(f"{KEPT}{key}").partition("|")
    parts = said.split("|", _PARTS - 1)
    if len(parts) != _PARTS or not hmac.compare_digest(sign, _sign(visit, key, said)):
        return None
    sha256, size, media_type, name = parts
    return Document(key=key, name=name, size=int(size), sha256=sha256, media_type=media_type)


def _sign(visit: Visit, key: str, said: str) -> str:
    return hmac.new(visit.secret.encode(), f"paper/{key}/{said}".encode(), "sha256").hexdigest()


def sort_refusals(typed: Typed, unmet: Sequence[Mapping[str, Any]], known: Iterable[str], lang: str) -> None:
    """Each reason of a refusal beside the field that it is about; those about none at the top."""
    names = set(known)
    for one in unmet:
        key = next((str(one["params"][name]) for name in ("field", "paper", "key") if name in one["params"]), "")
        for line in refusal_lines([one], lang=lang):
            typed.wrong(key if key in names else "", line)


def shown_word(value: object, type_: str) -> str:
    """A value as it stands in a field of a form, where it can be typed over."""
    if value is None:
        return ""
    if type_ == "bool":
        return "true" if value else "false"
    if type_ in ("date", "choice", "text", "number"):
        return str(value)
    return shown(value, type_)
