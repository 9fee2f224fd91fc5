"""Errors as people and programs read them: sentences with who can lift each, and RFC 9457 problem documents.

Every error that the house raises on purpose has a place in ``_KINDS``; what has none is a bug and stays a traceback.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audit.keys import KeyUnproven
from audit.notes import NoteRefused
from audit.sealing import LogForked
from definitions.errors import CalendarNotPublished, FaultyDefinitions, UnknownDefinition
from exchange.errors import UnreadableFile
from language.catalogue import knows, sentence
from language.errors import UnknownLanguage, Unreadable
from notifications.errors import TemplateFaulty
from shapes.cause_words import cause_words
from shapes.errors import (
    BadSetting,
    BodyTooLarge,
    BodyUnreadable,
    CheckFailed,
    Denied,
    IdentityKeyUnusable,
    KeyNeeded,
    LogKeyUnusable,
    LogUnproven,
    MethodRefused,
    NoSuchRoute,
    NotForHere,
    NotFound,
    RevisionNeeded,
    UnknownMediaType,
    Unreachable,
    WrongUsage,
)
from shapes.fault_words import fault_words
from shapes.finding_words import finding_words
from store.archive import ArchiveDamaged
from store.archive_writing import ArchiveUnwritable
from store.documents import PaperEmpty, PaperLost, PapersUnwritable, PaperTooLarge
from store.errors import (
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseUnreachable,
    MemoryRefused,
    NoSuchPage,
    SchemaOutdated,
    StorageFault,
    UnknownDatabase,
    WorkerLost,
)
from store.restore import HistoryUnproven, OtherRevision, TargetNotEmpty
from store.sealed_log import NodeMissing
from workflow.administration import ADMINISTRATOR
from workflow.entries import BrokenHistory
from workflow.errors import (
    ACTOR,
    NOBODY,
    TIME,
    BadValue,
    CodeTaken,
    KeyReused,
    NoSuchAction,
    NotOwner,
    NotSignedIn,
    Refused,
    StaleProposal,
    UnknownProposal,
    UnknownUser,
    Unmet,
)
from workflow.identity import IdentityKeyMissing, IdentityUnreadable
from workflow.storage import UsernameTaken
from workflow.values import WANTED

REFUSED, USAGE, UNREACHABLE = 1, 2, 3
_MIB = 2**20

#: The words for a role and for an agency: ``("base_appraiser", "sct-lai-chau")`` to what people call them.
Names = Callable[[str, str], tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error in the chosen language: exit status of the command, status of HTTP, and each reason."""

    name: str
    exit_status: int
    status: int
    title: str
    #: One sentence each, with who can lift it; never empty.
    lines: tuple[str, ...]
    unmet: tuple[dict[str, object], ...] = ()

    def document(self) -> dict[str, object]:
        """The problem document (RFC 9457)."""
        return {
            "type": f"/problems/{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": " ".join(self.lines),
            "unmet": list(self.unmet),
        }


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    exit_status: int
    status: int


#: The first that fits holds, so narrower classes stand first.
_KINDS: tuple[tuple[type[Exception], _Kind], ...] = (
    (NotOwner, _Kind("not-owner", REFUSED, 403)),
    (NoSuchAction, _Kind("no-such-action", REFUSED, 409)),
    (StaleProposal, _Kind("stale-proposal", REFUSED, 412)),
    (KeyReused, _Kind("key-reused", REFUSED, 422)),
    (Refused, _Kind("conditions-unmet", REFUSED, 422)),
    (UnknownProposal, _Kind("unknown-proposal", REFUSED, 404)),
    (UnknownDefinition, _Kind("unknown-definition", REFUSED, 404)),
    (NotFound, _Kind("not-found", REFUSED, 404)),
    (Denied, _Kind("not-signed-in", REFUSED, 401)),
    (NotSignedIn, _Kind("not-signed-in", REFUSED, 401)),
    (KeyNeeded, _Kind("key-needed", USAGE, 400)),
    (RevisionNeeded, _Kind("revision-needed", USAGE, 428)),
    (UnknownMediaType, _Kind("unknown-media-type", USAGE, 415)),
    (BodyUnreadable, _Kind("unreadable-body", USAGE, 400)),
    (BodyTooLarge, _Kind("body-too-large", USAGE, 413)),
    (NoSuchRoute, _Kind("no-such-route", USAGE, 404)),
    (MethodRefused, _Kind("method-not-allowed", USAGE, 405)),
    (NotForHere, _Kind("not-for-here", REFUSED, 403)),
    (UnknownUser, _Kind("not-found", REFUSED, 404)),
    (IdentityUnreadable, _Kind("bad-value", USAGE, 400)),
    (IdentityKeyMissing, _Kind("unreachable", UNREACHABLE, 503)),
    (IdentityKeyUnusable, _Kind("unreachable", UNREACHABLE, 503)),
    (LogKeyUnusable, _Kind("unreachable", UNREACHABLE, 503)),
    (NoteRefused, _Kind("bad-checkpoint", REFUSED, 422)),
    (LogForked, _Kind("broken-history", REFUSED, 409)),
    (NodeMissing, _Kind("broken-history", REFUSED, 409)),
    (KeyUnproven, _Kind("broken-history", REFUSED, 409)),
    (CodeTaken, _Kind("code-taken", REFUSED, 409)),
    (UsernameTaken, _Kind("username-taken", REFUSED, 409)),
    (PaperTooLarge, _Kind("document-too-large", REFUSED, 413)),
    (PaperEmpty, _Kind("document-empty", REFUSED, 422)),
    (PaperLost, _Kind("document-lost", REFUSED, 409)),
    (PapersUnwritable, _Kind("documents-unwritable", UNREACHABLE, 503)),
    (ArchiveDamaged, _Kind("archive-damaged", REFUSED, 422)),
    (OtherRevision, _Kind("archive-of-another-revision", REFUSED, 422)),
    (TargetNotEmpty, _Kind("database-in-use", REFUSED, 409)),
    (HistoryUnproven, _Kind("broken-history", REFUSED, 409)),
    (ArchiveUnwritable, _Kind("archive-unwritable", UNREACHABLE, 503)),
    (LogUnproven, _Kind("log-unproven", REFUSED, 422)),
    (WorkerLost, _Kind("check-failed", REFUSED, 422)),
    (CheckFailed, _Kind("check-failed", REFUSED, 422)),
    (UnreadableFile, _Kind("unreadable-file", REFUSED, 422)),
    (FaultyDefinitions, _Kind("faulty-definitions", REFUSED, 422)),
    (TemplateFaulty, _Kind("faulty-template", REFUSED, 422)),
    (CalendarNotPublished, _Kind("calendar-not-published", REFUSED, 409)),
    (BrokenHistory, _Kind("broken-history", REFUSED, 409)),
    (WrongUsage, _Kind("wrong-usage", USAGE, 400)),
    (BadValue, _Kind("bad-value", USAGE, 400)),
    (Unreadable, _Kind("bad-value", USAGE, 400)),
    (BadSetting, _Kind("bad-setting", USAGE, 400)),
    (UnknownLanguage, _Kind("wrong-usage", USAGE, 400)),
    (NoSuchPage, _Kind("wrong-usage", USAGE, 400)),
    (UnknownDatabase, _Kind("unknown-database", USAGE, 400)),
    (MemoryRefused, _Kind("unknown-database", USAGE, 400)),
    (SchemaOutdated, _Kind("schema-outdated", UNREACHABLE, 503)),
    (DatabaseUnreachable, _Kind("database-unreachable", UNREACHABLE, 503)),
    (DatabaseReadOnly, _Kind("database-read-only", UNREACHABLE, 503)),
    (DatabaseBusy, _Kind("database-busy", UNREACHABLE, 503)),
    (StorageFault, _Kind("database-fault", UNREACHABLE, 503)),
    (Unreachable, _Kind("unreachable", UNREACHABLE, 503)),
)
#: What nobody raised on purpose.
_INTERNAL = _Kind("internal", REFUSED, 500)
#: The status of every type of problem over HTTP, by the last part of its address.
STATUSES: Mapping[str, int] = {kind.name: kind.status for kind in (*(kind for _, kind in _KINDS), _INTERNAL)}
_WORDLESS: Mapping[str, str] = {ACTOR: "lifted.actor", TIME: "lifted.time", NOBODY: "lifted.nobody"}


def problem_of(error: Exception, *, lang: str, names: Names) -> Problem | None:
    """The error in a language, or None for one that nobody raised on purpose."""
    kind = next((kind for type_, kind in _KINDS if isinstance(error, type_)), None)
    if kind is None:
        return None
    unmet = tuple(reason(one, lang=lang, names=names) for one in getattr(error, "unmet", ()))
    lines = tuple(refusal_lines(unmet, lang=lang)) or tuple(_said(error, lang))
    title = sentence(f"problem.{kind.name}", {}, lang)
    return Problem(
        name=kind.name, exit_status=kind.exit_status, status=kind.status, title=title, lines=lines, unmet=unmet
    )


def wrong_usage(message: str, *, lang: str) -> Problem:
    """What the parser of the command line has to say."""
    title = sentence("problem.wrong-usage", {}, lang)
    line = f"{message} {sentence('usage.see_help', {}, lang)}"
    return Problem(name="wrong-usage", exit_status=USAGE, status=400, title=title, lines=(line,))


def internal(*, lang: str) -> Problem:
    """What programs hear of an error that nobody raised on purpose; the traceback goes to standard error."""
    line, title = sentence("error.internal", {}, lang), sentence("problem.internal", {}, lang)
    return Problem(name="internal", exit_status=REFUSED, status=500, title=title, lines=(line,))


def reason(unmet: Unmet, *, lang: str, names: Names) -> dict[str, object]:
    """One unmet condition as programs read it; values of its parameters as JSON has them."""
    words = {"wanted": _word("wanted", str(unmet.params["wanted"]), lang)} if "wanted" in unmet.params else {}
    return {
        "code": unmet.code,
        "params": {key: _plain(value) for key, value in unmet.params.items()},
        "sentence": sentence(unmet.code, {**unmet.params, **words}, lang),
        "lifted_by": [_lifter(one, lang, names) for one in unmet.lifted_by],
    }


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool | None) else str(value)


def _lifter(who: str, lang: str, names: Names) -> dict[str, str | None]:
    if who in _WORDLESS:
        return {"role": who, "agency": None, "label": sentence(_WORDLESS[who], {}, lang)}
    role, _, agency = who.partition("@")
    role_label, agency_label = names(role, agency)
    code = f"lifted.{role}" if role in ("head", ADMINISTRATOR) else "lifted.role"
    return {
        "role": role,
        "agency": agency,
        "label": sentence(code, {"role": role_label, "agency": agency_label}, lang),
    }


def refusal_lines(unmet: Sequence[Mapping[str, Any]], *, lang: str) -> Iterator[str]:
    """Each reason with who can lift it. Where the step is not theirs, only that: the rest is another's to mend."""
    mine = [one for one in unmet if one["code"] == "unmet.not_owner"]
    rest = [one for one in unmet if one["code"] != "unmet.not_owner"]
    yield from map(_line, mine or rest)
    if mine and rest:
        reasons = " ".join(one["sentence"] for one in rest)
        yield sentence("refusal.also_missing", {"reasons": reasons}, lang)


def _line(unmet: Mapping[str, Any]) -> str:
    return " ".join([unmet["sentence"], *(one["label"] for one in unmet["lifted_by"])])


def _said(error: Exception, lang: str) -> Iterator[str]:
    """The sentences of an error that has no unmet conditions."""
    match error:
        case FaultyDefinitions():
            yield from (fault_words(fault, lang) for fault in error.faults)
        case CheckFailed():
            yield sentence(error.code, error.params, lang)
            yield from error.reasons
        case (
            WrongUsage()
            | Denied()
            | KeyNeeded()
            | RevisionNeeded()
            | UnknownMediaType()
            | BodyUnreadable()
            | BodyTooLarge()
            | NoSuchRoute()
            | MethodRefused()
            | NotForHere()
            | NotSignedIn()
            | IdentityKeyUnusable()
            | LogKeyUnusable()
            | NoteRefused()
            | NotFound()
            | Unreachable()
            | Unreadable()
            | UnreadableFile()
            | BadSetting()
        ):
            yield sentence(error.code, error.params, lang)
        case UnknownDefinition():
            code = "error.unknown_definition" if error.nearest else "error.unknown_definition_alone"
            yield sentence(code, {**_params(error), "kind": _word("kind", error.kind, lang)}, lang)
        case BadValue():
            wanted = next((type_ for type_, words in WANTED.items() if words == error.wanted), error.wanted)
            yield sentence("error.bad_value", {**_params(error), "wanted": _word("wanted", wanted, lang)}, lang)
        case HistoryUnproven():
            yield sentence("error.history_unproven", {"n": len(error.findings)}, lang)
            yield from (finding_words(one, lang) for one in error.findings)
        case BrokenHistory():
            place = {"subject": error.subject, "seq": error.seq or "-"}
            yield sentence("error.broken_history", place | {"what": sentence(error.code, error.params, lang)}, lang)
        case KeyUnproven():
            params = {"number": error.number, "why": sentence(error.code, {}, lang)}
            yield sentence("error.key_unproven", params, lang)
        case StorageFault():
            code = f"schema.{error.case}" if isinstance(error, SchemaOutdated) else _code(error)
            yield sentence(f"error.{code}", {**_params(error), "why": cause_words(error.why, lang)}, lang)
        case PaperLost():
            what = sentence(error.code, {"cause": error.cause}, lang)
            yield sentence("error.paper_lost", {"sha256": error.sha256, "what": what}, lang)
        case PaperTooLarge():
            yield sentence("error.paper_too_large", {"name": error.name, "mib": error.limit // _MIB}, lang)
        case _:
            yield sentence(f"error.{_code(error)}", _params(error), lang)


def _word(family: str, key: str, lang: str) -> str:
    """The word for a key, or the key itself where the catalogues have none."""
    code = f"{family}.{key}"
    return sentence(code, {}, lang) if knows(code) else key


def _code(error: Exception) -> str:
    """``DatabaseUnreachable`` is said by ``error.database_unreachable``."""
    name = type(error).__name__
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def _params(error: Exception) -> dict[str, object]:
    """What an error was given, by the names of its attributes."""
    named = {key: value for key, value in vars(error).items() if not key.startswith("_")}
    return {key: str(value) if not isinstance(value, str | int) else value for key, value in named.items()}
