"""What every store must do alike is asked of these: stores to ask, and small true moves to ask with."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from definitions.bundle import identity
from definitions.loading import DefinitionText, read
from definitions.process import Process
from store.database import Database, open_database
from store.memory import MemoryStore
from store.migrations import upgrade
from tests.postgres import Server
from tests.tiny_bundle import FILES, PROCESS, PROGRAMME
from workflow.changing import changed
from workflow.deadlines import Deadline
from workflow.engine import apply
from workflow.entries import Entry, make_entry
from workflow.ledger import created_entry, step_entry
from workflow.proposal import Actor, Document, FactValue, Proposal, Step
from workflow.storage import Effects, Move, Notice, Recipient, Reminder, Store, UnitOfWork

NOON = datetime(2021, 3, 1, 5, 0, tzinfo=UTC)
TEMPLATES = '{"received": "Đã nhận hồ sơ"}'
TEMPLATES_SHA256 = DefinitionText("process", "templates", TEMPLATES).sha256
PROCESS_TEXT = DefinitionText("process", "tiny", PROCESS)
PROGRAMME_TEXT = DefinitionText("programme", "programme", PROGRAMME)
KINDS = ("memory", "sqlite", "postgresql")


def salt() -> bytes:
    """Not random: tests compare what two stores keep."""
    return b"0123456789abcdef"


@contextmanager
def opened(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[MemoryStore | Database]:
    """An empty store of that kind, its tables made."""
    if kind == "memory":
        yield MemoryStore()
        return
    with url_of(kind, request, folder) as url:
        database = open_database(url)
        try:
            yield database
        finally:
            database.close()


@contextmanager
def url_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of a database of that kind with fresh tables."""
    if kind == "sqlite":
        url = f"sqlite:///{folder}/khuyencong.db"
        upgrade(url)
        yield url
    else:
        server: Server = request.getfixturevalue("postgres_server")
        with server.database(template=server.template("migrated", _migrate)) as url:
            yield url


def _migrate(url: str) -> None:
    upgrade(url)


def register_entry(uow: UnitOfWork, kind: str = "noted", *, subject: str = "registers", **content: Any) -> Entry:
    """The next entry of a chain beside the proposals."""
    tail = uow.tail(subject)
    return make_entry(
        kind,
        subject,
        seq=tail.seq + 1 if tail else 1,
        recorded_at=NOON,
        content=content,
        private={},
        previous_hash=tail.hash if tail else None,
        salt=salt,
    )


def publish(uow: UnitOfWork, text: DefinitionText) -> None:
    """Makes a text the newest of its key."""
    kind, key, version = identity(read(text))
    _publish(uow, kind, key, version, text.text)


def _publish(uow: UnitOfWork, kind: str, key: str, version: str, text: str) -> None:
    """Publishes a text with the entry that says so."""
    told = {"kind_of_text": kind, "key": key, "version": version, "sha256": sha256(text.encode()).hexdigest()}
    uow.publish(kind, key, version, text, register_entry(uow, "published", **told))


def furnish(store: Store) -> None:
    """Publishes the smallest law and a set of templates."""
    with store.write() as uow:
        for name, (kind, text) in FILES.items():
            publish(uow, DefinitionText(kind, name, text))
        _publish(uow, "templates", "notices", "", TEMPLATES)


def process() -> Process:
    """The process that the proposals here follow."""
    value = read(PROCESS_TEXT)
    assert isinstance(value, Process)
    return value


def creation(code: str = "TT-2021-0001", **data: FactValue) -> Move:
    """A new proposal."""
    known: dict[str, FactValue] = {"name": "Chế biến gỗ Đồng Tâm", "activity": "machinery"}
    draft = Proposal(
        code=code,
        process="tiny@2021.1",
        process_sha256=PROCESS_TEXT.sha256,
        programme="tinh-thu-2021-2022",
        programme_sha256=PROGRAMME_TEXT.sha256,
        templates_sha256=TEMPLATES_SHA256,
        implementer="so-cu",
        province="tinh-thu",
        state="drafted",
        milestone="drafted",
        revision=0,
        data=known | {"requested_amount": 250_000_000} | data,
        created_at=NOON,
        last_at=NOON,
        last_seq=1,
        last_hash="",
    )
    entry = created_entry(draft, process(), by=Actor(person="p-1", name=""), salt=salt)
    return Move(before=None, after=changed(draft, last_hash=entry.hash), entry=entry, holder="implementer@so-cu")


def move(
    before: Proposal,
    action: str = "submit",
    *,
    facts: Mapping[str, FactValue] | None = None,
    effects: Effects | None = None,
    documents: tuple[Document, ...] = (),
    note: str = "",
    **more: Any,
) -> Move:
    """A step of ``before`` by its process, taken for granted."""
    transition = process().transition(before.state, action)
    assert transition is not None
    target = transition.target or before.state
    milestone = process().state(target).milestone
    at = before.last_at + timedelta(hours=1)
    step = Step(
        code=before.code,
        seq=before.last_seq + 1,
        action=action,
        source=before.state,
        target=target,
        moves=not transition.is_self_step,
        milestone=before.milestone if milestone == "inherit" else milestone,
        revision=before.revision + 1,
        person="p-1",
        actor="Nguyễn Văn An",
        agency="so-cu",
        agency_name="Sở cũ",
        role="implementer",
        effective_on=date(2021, 3, 1),
        recorded_at=at,
        note=note,
        facts=facts or {},
        documents=documents,
        process="tiny@2021.1",
        process_sha256=before.process_sha256,
        channel="cli",
    )
    entry = step_entry(step, process(), previous_hash=before.last_hash, salt=salt)
    after = changed(apply(before, step, process()), last_hash=entry.hash)
    effects = effects or Effects()
    return Move(before=before, after=after, entry=entry, effects=effects, documents=documents, **more)


def deadline(rule: str = "appraisal", *, last_day: date = date(2021, 3, 15), **more: Any) -> Deadline:
    """A running deadline."""
    values: dict[str, Any] = {"seat": "appraiser@so-cu", "allowance": 10, "started_by": 2, "calendar": "2021.1"}
    values |= {"started_on": date(2021, 3, 1), "running_since": date(2021, 3, 1)}
    return Deadline(rule=rule, last_day=last_day, **(values | more))


def reminder(rule: str = "appraisal", *, offset: str = "-2wd", **more: Any) -> Reminder:
    """A reminder of a deadline."""
    values: dict[str, Any] = {"period": "", "epoch": 1, "seat": "appraiser@so-cu", "notice": "due-soon"}
    values |= {"channel": "mail", "fire_at": NOON + timedelta(days=9), "missed": "collapse"}
    return Reminder(rule=rule, offset=offset, **(values | more))


def notice(key: str = "TT-2021-0001/2/received/p-1", *, address: str = "an@so-cu.vn", **more: Any) -> Notice:
    """A notice to somebody."""
    to = Recipient(seat="implementer@so-cu", person=None, name="Nguyễn Văn An", address=address)
    values: dict[str, Any] = {"notice": "received", "seq": 2, "channel": "mail", "variables": {"ma": "TT-2021-0001"}}
    values |= {"templates_sha256": TEMPLATES_SHA256, "send_after": NOON, "to": to}
    return Notice(key=key, **(values | more))


def paper(sha256: str = "a" * 64) -> Document:
    """A paper that was kept."""
    return Document(key="letter", name="Công văn 12.pdf", size=12, sha256=sha256, media_type="application/pdf")
