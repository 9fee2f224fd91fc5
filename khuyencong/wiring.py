"""The one composition root: what an installation consists of, put together from its settings."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Self

from audit.checkpoints import Checkpoint, open_checkpoint
from audit.keys import keys_of
from audit.notes import Verifier
from khuyencong.identity_key import identity_hash, make_key
from khuyencong.log_key import beside_key, read_key, remembered
from khuyencong.passwords import Argon2Passwords
from khuyencong.second_factors import KeyedSecondFactors
from khuyencong.settings import Settings
from notifications.rendering import TemplateSet
from shapes.errors import WrongUsage
from store.accounts import knows_identities
from store.address import file_of, parse
from store.cases_shared import checking_crew
from store.database import Database, open_database, open_tables
from store.documents import Papers
from store.errors import SchemaOutdated
from store.history_guard import RoleUnfit, grant_runtime, owns_history
from store.log import Kept, Progress, Verified, verify
from store.migrations import connected, upgrade
from store.pinned import Pinned
from store.queries import Queries
from store.sandbox import Sandbox, make_sandbox, read_sandbox
from store.sealed_log import SqlSealedLog
from store.unit_of_work import SqlUnitOfWork
from workflow.entries import Entry, read_body
from workflow.house import House
from workflow.office_hours import OfficeHours
from workflow.proposal import Document
from workflow.service.keys_of_log import LOG
from workflow.storage import UnitOfWork
from workflow.telling import Told

UTC = timezone.utc  # noqa: UP017 - the same object that workflow's instants carry.
_SALT_BYTES = 16
_PERSON_BYTES = 8


def real_now() -> datetime:
    """The machine's clock."""
    return datetime.now(tz=UTC)


def make_house(settings: Settings, *, sandbox: bool) -> House:
    """The surroundings of the use cases: fresh randomness, what notices say, how secrets are kept."""
    return House(
        identity=identity_hash(key_file(settings)),
        passwords=Argon2Passwords(),
        second_factors=KeyedSecondFactors(key_file(settings)),
        salt=lambda: secrets.token_bytes(_SALT_BYTES),
        person_id=lambda: f"p-{secrets.token_hex(_PERSON_BYTES)}",
        told=Told(base_url=settings.base_url, sandbox=sandbox),
    )


def is_sandbox(settings: Settings) -> bool:
    """Whether there is a sandbox behind the settings, also one whose tables are still to be upgraded."""
    try:
        store = open_tables(settings.database_url)
    except SchemaOutdated:
        return False
    try:
        with store.transaction(writes=False) as transaction:
            return read_sandbox(transaction) is not None
    except SchemaOutdated:
        return False
    finally:
        store.close()


def beside(url: str, what: str) -> Path:
    """A folder beside an SQLite file (``khuyencong.documents``); for other databases, one of the working folder."""
    parsed = parse(url)
    file = file_of(parsed) if parsed.get_backend_name() == "sqlite" else Path("khuyencong.db")
    return file.with_name(f"{file.stem}.{what}")


def key_file(settings: Settings) -> Path:
    """Where the key of identity hashes lies."""
    return settings.identity_key_file or beside(settings.database_url, "identity-key")


def log_key_file(settings: Settings) -> Path:
    """Where the key that signs checkpoints lies: of each database its own, beside the key of identity hashes."""
    parsed = parse(settings.database_url)
    own = file_of(parsed).stem if parsed.get_backend_name() == "sqlite" else parsed.database or "khuyencong"
    return settings.log_key_file or key_file(settings).with_name(f"{own}.log-key")


def papers_of(settings: Settings) -> Papers:
    """The papers of an installation, whether or not its database is there."""
    return Papers(settings.documents_dir or beside(settings.database_url, "documents"))


def mail_folder(settings: Settings) -> Path:
    """Where mail is written while no mail server is named."""
    return settings.mail_dir or beside(settings.database_url, "mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One installation, opened: its store, papers and clock."""

    settings: Settings
    store: Database
    papers: Papers
    house: House
    sandbox: Sandbox | None

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The installation behind the settings. Raises StorageFault where its database cannot be used."""
        return cls.around(settings, open_database(settings.database_url))

    @classmethod
    def around(cls, settings: Settings, store: Database) -> Self:
        """The installation around an open store."""
        with store.transaction(writes=False) as transaction:
            sandbox = read_sandbox(transaction)
        return cls(
            settings=settings,
            store=store,
            papers=papers_of(settings),
            house=make_house(settings, sandbox=sandbox is not None),
            sandbox=sandbox,
        )

    @classmethod
    def prepare(cls, settings: Settings, *, clock_start: datetime | None = None) -> Self:
        """Creates or upgrades the database and opens it; ``clock_start`` makes a new one a sandbox for good.

        The key of identity hashes is made with it where there is none. Raises StorageFault, IdentityKeyUnusable, or
        WrongUsage where a database in use would have to become a sandbox.
        """
        upgrade(settings.database_url)
        store = open_database(settings.database_url)
        with store.transaction(writes=False) as transaction:
            make_key(key_file(settings), needed=knows_identities(transaction))
        if clock_start is not None:
            with store.transaction(writes=True) as transaction:
                made = make_sandbox(transaction, since=real_now(), clock_start=clock_start)
                if not made and read_sandbox(transaction) is None:
                    raise WrongUsage("usage.sandbox_exists")
        return cls.around(settings, store)

    def grant(self, role: str) -> None:
        """Gives a role of PostgreSQL the rights to run this installation. Raises WrongUsage for one that cannot."""
        if self.store.dialect != "postgresql":
            raise WrongUsage("usage.runtime_role_sqlite")
        try:
            with connected(self.settings.database_url) as connection:
                grant_runtime(connection, role)
        except RoleUnfit as error:
            raise WrongUsage("usage.role_owns" if error.exists else "usage.no_such_role", role=role) from error

    def owns_history(self) -> bool:
        """Whether the software runs as somebody who could take the guards of history away."""
        with self.store.transaction(writes=False) as transaction:
            return owns_history(transaction)

    def now(self) -> datetime:
        """The instant by this installation's clock: real time, or the sandbox's own."""
        real = real_now()
        return real if self.sandbox is None else self.sandbox.now(real)

    @contextmanager
    def look(self) -> Iterator[Queries]:
        """The lists, as of one consistent moment."""
        with self.store.look() as queries:
            yield queries

    @contextmanager
    def survey(self) -> Iterator[tuple[Queries, UnitOfWork]]:
        """The lists and the proposals behind them, as of one consistent moment."""
        with self.store.transaction(writes=False) as transaction:
            yield Queries(transaction), SqlUnitOfWork(transaction, Pinned(), writes=False)

    def history(self, subject: str) -> tuple[Entry, ...]:
        """The chained entries of a subject in order."""
        with self.store.look() as queries:
            return queries.history(subject)

    def templates(self, sha256: str) -> TemplateSet:
        """The set of notice templates of that hash."""
        with self.store.look() as queries:
            return _templates(queries.text(sha256))

    def office_hours(self) -> OfficeHours:
        """When people may be written to, by the calendar in force."""
        with self.store.read() as uow:
            return OfficeHours(calendar=uow.law().calendar)

    def opens(self, at: datetime) -> datetime:
        """``at`` in office hours, else when they begin next."""
        return self.office_hours().opens(at)

    def keep(self, key: str, file: Path) -> Document:
        """Keeps a file among the papers. Raises PaperTooLarge, PapersUnwritable; WrongUsage for one not readable."""
        try:
            content = file.open("rb")
        except OSError as error:
            raise WrongUsage("usage.unreadable_file", file=str(file), why=error.strerror or str(error)) from error
        with content:
            return self.papers.keep(content, key=key, name=file.name)

    def log_keys(self) -> tuple[Verifier, ...]:
        """The keys that the log was signed with, as its own entries tell them, oldest first. Raises KeyUnproven."""
        return keys_of([read_body(entry) for entry in self.history(LOG)])

    def open_checkpoint(self, note: str, *keys: Verifier) -> Checkpoint:
        """A checkpoint signed by a key of this log, or by one of those given. Raises NoteRefused, KeyUnproven."""
        return open_checkpoint(note, *self.log_keys(), *keys)

    def verify(
        self, against: Sequence[Kept] = (), progress: Progress | None = None, workers: int | None = None
    ) -> Verified:
        """Everything kept, held against its history, and that against the newest checkpoint signed here and others.

        Those were read before the transaction begins: whatever is sealed meanwhile cannot make them too new for it.
        ``workers``: so many processes tell the cases again (1: this one does; None: what the machine has, where the
        log is long enough for it). Raises WorkerLost.
        """
        file = log_key_file(self.settings)
        key = read_key(file).verifier if file.exists() else None
        note = remembered(file) if key else None
        mine = [Kept(source=str(beside_key(file)), checkpoint=self.open_checkpoint(note, key))] if note and key else []
        if workers is None:
            workers = self._workers_worth_their_start()
        with checking_crew(self.store, self.settings.database_url, workers) as (transaction, crew):
            kept = (*mine, *against)
            return verify(transaction, self.papers, kept=kept, key=key, progress=progress, crew=crew)

    def _workers_worth_their_start(self) -> int:
        with self.store.transaction(writes=False) as transaction:
            entries = SqlSealedLog(transaction).size()
        return max(1, min(len(os.sched_getaffinity(0)), _MOST_WORKERS, entries // _WORTH_A_WORKER))


#: So many entries are told again in about the time in which a worker starts.
_WORTH_A_WORKER = 20_000
#: More would wait for their leader, who alone reads the log, and would take memory for nothing.
_MOST_WORKERS = 4


@lru_cache(maxsize=8)
def _templates(text: str) -> TemplateSet:
    return TemplateSet.from_text(text)
