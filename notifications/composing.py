"""From notices to the one mail that carries them: a notice of its own, or all that a person gathers on a day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from msgspec import Struct

from definitions.errors import UnknownDefinition
from notifications.channels import Letter
from notifications.errors import TemplateFaulty
from notifications.message import Mailbox, compose, message_id
from notifications.rendering import Rendered, TemplateSet
from workflow.proposal import legal_day
from workflow.storage import Notice

#: The notice that stands around several.
DIGEST = "digest"
_LINE = (
    *("ma", "ten", "han", "thoi_han_noi_bo", "theo_hop_dong", "tam_tinh", "lien_ket"),
    *("muc", "n", "ben_thuc_hien"),
)
TemplatesOf = Callable[[str], TemplateSet]


class Waiting(Protocol):
    """A notice whose turn has come, frozen as it was decided."""

    @property
    def id(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def notice(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def to_seat(self) -> str: ...
    @property
    def to_person(self) -> str | None: ...
    @property
    def to_name(self) -> str: ...
    @property
    def to_address(self) -> str: ...
    @property
    def variables(self) -> Mapping[str, Any]: ...
    @property
    def templates_sha256(self) -> str: ...
    @property
    def seq(self) -> int | None: ...
    @property
    def reminder_id(self) -> int | None: ...
    @property
    def proposal_id(self) -> int: ...
    @property
    def attempts(self) -> int: ...
    @property
    def message_id(self) -> str | None:
        """The Message-ID of an earlier attempt, whose bytes (``content``) go out again."""

    @property
    def content(self) -> bytes | None: ...
    @property
    def void(self) -> bool:
        """What it reminds of is over, and nothing was composed yet."""

    @property
    def refused(self) -> str | None:
        """Why nothing is sent to its address any more; None: it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who writes, and what a mail says of the house."""

    sender: Mailbox
    #: Right of the @ in a Message-ID; never changes while mail of its time may still be sent.
    domain: str
    #: Where readers find all their cases.
    inbox_url: str


class Composed(Struct, frozen=True, kw_only=True):
    """The letter (None: nothing could be said), the notices that it carries, and those that cannot be sent, and why."""

    letter: Letter | None = None
    notices: Sequence[Waiting] = ()
    unsendable: Sequence[tuple[Waiting, str]] = ()


class Unsendable(Exception):
    """A notice cannot become a mail, now or later: a template or a value is wrong. Never leaves this room."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def single(notice: Waiting, templates_of: TemplatesOf, *, at: datetime, desk: Desk) -> Composed:
    """The mail of one notice. Raises Unsendable."""
    return _mail((notice,), _rendered(notice, templates_of), message_id(notice.key, desk.domain), at=at, desk=desk)


def letter_of(notice: Notice, templates_of: TemplatesOf, *, at: datetime, desk: Desk) -> Letter:
    """The mail of one notice that is about to be written. Raises Unsendable."""
    said = _render(notice.templates_sha256, notice.notice, notice.variables, templates_of)
    to = Mailbox(name=notice.to.name, address=notice.to.address)
    return _letter(to, said, message_id(notice.key, desk.domain), at=at, desk=desk)


def gathered(
    notices: Sequence[Waiting],
    templates_of: TemplatesOf,
    *,
    at: datetime,
    desk: Desk,
    taken: Callable[[str], bool],
) -> Composed:
    """One mail for all that one address gathers. A notice that cannot be rendered is left out and named."""
    lines: list[tuple[Waiting, Rendered]] = []
    unsendable: list[tuple[Waiting, str]] = []
    for notice in notices:
        try:
            lines.append((notice, _as_line(notice, templates_of)))
        except Unsendable as problem:
            unsendable.append((notice, problem.why))
    if not lines:
        return Composed(unsendable=unsendable)
    carried = [notice for notice, _ in lines]
    try:
        digest = _digest(lines, templates_of, on=legal_day(at), desk=desk)
        mail = _mail(carried, digest, _free_id(carried, on=legal_day(at), desk=desk, taken=taken), at=at, desk=desk)
    except Unsendable as problem:
        return Composed(unsendable=(*unsendable, *((notice, problem.why) for notice in carried)))
    return Composed(letter=mail.letter, notices=carried, unsendable=unsendable)


def gathered_id(address: str, on: date, domain: str) -> str:
    """The Message-ID of what an address gathers on a day."""
    return message_id(f"{DIGEST}/{address}/{on.isoformat()}", domain)


def _free_id(notices: Sequence[Waiting], *, on: date, desk: Desk, taken: Callable[[str], bool]) -> str:
    found = gathered_id(notices[0].to_address, on, desk.domain)
    # Today's went out without these, which were held up: they go as a mail of their own.
    return message_id("\n".join(notice.key for notice in notices), desk.domain) if taken(found) else found


def _digest(lines: Sequence[tuple[Waiting, Rendered]], templates_of: TemplatesOf, *, on: date, desk: Desk) -> Rendered:
    """The frame of the newest notice's templates around a line for each."""
    newest = max((notice for notice, _ in lines), key=lambda notice: notice.id)
    variables = {
        "ngay": on.isoformat(),
        "n": len(lines),
        "tuan": on.isocalendar().week,
        "cac_muc": [{"tieu_de": said.subject, **_line(notice)} for notice, said in lines],
        "nguoi_nhan": newest.to_name,
        "la_ca_nhan": newest.to_person is not None,
        "lien_ket": desk.inbox_url,
        "sandbox": newest.variables.get("sandbox", False),
    }
    return _render(newest.templates_sha256, DIGEST, variables, templates_of)


def _line(notice: Waiting) -> dict[str, object]:
    """What a line says of its notice; a notice of a step has no days to count."""
    said = {name: notice.variables.get(name) for name in _LINE}
    last, day = notice.variables.get("han"), notice.variables.get("ngay")
    duty = said["ben_thuc_hien"] or notice.variables.get("co_quan_giu")
    return said | {"loai": notice.notice, "ben_thuc_hien": duty, "tre_han": bool(last and day and day > last)}


def _rendered(notice: Waiting, templates_of: TemplatesOf) -> Rendered:
    return _render(notice.templates_sha256, notice.notice, notice.variables, templates_of)


def _as_line(notice: Waiting, templates_of: TemplatesOf) -> Rendered:
    """Without the mark of a trial, which the mail around it bears once."""
    return _render(notice.templates_sha256, notice.notice, {**notice.variables, "sandbox": False}, templates_of)


def _render(sha256: str, key: str, variables: Mapping[str, object], templates_of: TemplatesOf) -> Rendered:
    try:
        templates = templates_of(sha256)
    except (UnknownDefinition, TemplateFaulty) as error:
        raise Unsendable(str(error)) from error
    try:
        return templates.render(key, variables)
    except Exception as error:  # A template may do anything that an expression can; it is nobody else's fault.
        raise Unsendable(f"{type(error).__name__}: {error}") from error


def _mail(notices: Sequence[Waiting], rendered: Rendered, id_: str, *, at: datetime, desk: Desk) -> Composed:
    to = Mailbox(name=notices[0].to_name, address=notices[0].to_address)
    return Composed(letter=_letter(to, rendered, id_, at=at, desk=desk), notices=notices)


def _letter(to: Mailbox, rendered: Rendered, id_: str, *, at: datetime, desk: Desk) -> Letter:
    try:
        content = compose(rendered, sender=desk.sender, recipient=to, message_id=id_, date=at)
    except Exception as error:  # Whatever a name or an address may hold, it is this mail's own.
        raise Unsendable(f"{type(error).__name__}: {error}") from error
    return Letter(id=id_, recipient=to.address, content=content)
