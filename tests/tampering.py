"""Tampers with a sealed database in every way somebody with all rights on it could, and asks whether it is seen.

``python -m tests.tampering 10000 [SEED] [PROCESSES]`` does so that many times at random and prints what was caught.
Whoever tampers here has the database and the papers, and takes every guard away first; the key, and the newest
checkpoint beside it, they do not have.
"""

import atexit
import json
import random
import re
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from io import BytesIO
from itertools import count, product
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from audit.checkpoints import read_checkpoint
from audit.findings import Finding
from audit.keys import introduce
from audit.leaves import leaf_data
from audit.notes import Signer, read_signer
from audit.tree import Growth, hash_leaf
from khuyencong.demo.cast import players
from khuyencong.demo.samples import tea_roaster
from khuyencong.demo.stage import Stage, play, scenes
from khuyencong.log_key import beside_key, read_key, remembered
from khuyencong.publishing import publish_shipped
from khuyencong.sealing import make_log_key, record_mails, record_readings, rotate, seal_all
from khuyencong.settings import Settings
from khuyencong.ticking import OUTBOX, make_scheduler
from khuyencong.wiring import Installation, log_key_file
from shapes.finding_words import finding_words
from store.history_guard import guards
from store.log import Kept, Verified, verify
from store.postgres import connect
from store.readings import Reading, note_reading
from store.statements import Transaction
from tests.crash.calls import OPENING
from workflow.administration import operator
from workflow.changing import changed
from workflow.entries import canonical
from workflow.proposal import Actor, Document
from workflow.service.numbering import Issue, cancel_paper, number_paper
from workflow.service.people import add_user

#: So many at a time; then the clean log is looked at.
_PART = 100
#: Nobody's of this log.
FORGER = bytes(range(32))
#: Where the key lies that was replaced.
OLD_KEY = "stolen-key"
Rows = list[dict[str, Any]]


def settings_in(folder: Path) -> Settings:
    """Everything of an installation in one folder."""
    return Settings(
        database_url=f"sqlite:///{folder}/khuyencong.db",
        documents_dir=folder / "documents",
        identity_key_file=folder / "identity-key",
        mail_dir=folder / "mail",
    )


def fill(folder: Path, *, rotated: bool = False, url: str = "") -> Installation:
    """A sandbox with four proposals on their way, papers, mails, and a checkpoint after each proposal.

    ``rotated``: its key was replaced on the way; ``url``: its database, default one in the folder.
    """
    settings = settings_in(folder)
    home = Installation.prepare(changed(settings, database_url=url or settings.database_url), clock_start=OPENING)
    make_log_key(home, at=OPENING)
    publish_shipped(home.store, home.house, by=operator(), at=OPENING)
    for player in players():
        about = {"username": player.username, "name": player.name, "address": player.address, "seats": player.seats}
        add_user(home.store, home.house, **about, by=operator(), at=OPENING)  # type: ignore[arg-type]
    with home.store.read() as uow:
        cast = [uow.actor(player.username, channel="cli") for player in players()]

    def keep(key: str, name: str, _: bytes) -> Document:
        return home.papers.keep(BytesIO(key.encode()), key=key, name=name)

    stage = Stage(store=home.store, house=home.house, cast=tuple(one for one in cast if one), keep=keep)
    for code, until in (("LC-S1", "submit"), ("LC-S2", "submit"), ("LC-A1", "approve"), ("LC-F1", "fund")):
        played = list(scenes([changed(tea_roaster().until(until), code=code)]))
        for scene in played:
            play(stage, scene)
        seal_all(home, at=OPENING)
        if rotated and code == "LC-S2":
            _rotate(home)
    _number(home, [one for one in cast if one])
    _open(home, [one for one in cast if one])
    _send(home)
    return home


def _rotate(home: Installation) -> None:
    """Another key from here on; the old one is put aside, as whoever had stolen it would have it."""
    file = log_key_file(home.settings)
    (file.parent / OLD_KEY).write_text(file.read_text())
    rotate(home, by=operator(), at=OPENING, lost=False)


def _open(home: Installation, cast: Sequence[Actor]) -> None:
    """Two people open two cases each."""
    with home.store.transaction(writes=True) as transaction:
        for one, code in product(cast[:2], ("LC-A1", "LC-F1")):
            note_reading(transaction, Reading(day=OPENING.date(), code=code, reader=one.person))
    record_readings(home, at=OPENING)


def _number(home: Installation, cast: Sequence[Actor]) -> None:
    """Three papers with numbers of the Sở, two of them about a proposal; one was cancelled."""
    clerk = next(one for one in cast if any(seat.agency == "sct-lai-chau" for seat in one.seats))
    letter = Issue(agency="sct-lai-chau", kind="cong_van", symbol="SCT-QLCN", title="V/v hồ sơ")
    issued = (letter, changed(letter, code="LC-A1"), changed(letter, code="LC-F1"))
    *_, last = [number_paper(home.store, home.house, one, by=clerk, at=OPENING) for one in issued]
    cancel_paper(home.store, home.house, last.series, last.number, reason="nhầm", by=clerk, at=OPENING)


def _send(home: Installation) -> None:
    late = datetime(2026, 12, 1, 3, tzinfo=OPENING.tzinfo)
    scheduler = make_scheduler(home, clock=lambda: late)
    for job in scheduler.jobs:
        if job.name == OUTBOX:
            scheduler.beat(job)
    record_mails(home, at=late)
    seal_all(home, at=late, batch=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampered:
    """What was done, and words of which at least one finding must say each."""

    did: str
    #: One of these subjects must be named.
    named: tuple[str, ...]
    #: The finding that must name it; empty: any.
    code: str = ""


class Ground:
    """A sealed database that is tampered with inside transactions that are always rolled back."""

    def __init__(self, home: Installation) -> None:
        self.home = home
        file = log_key_file(home.settings)
        self._key, self._note = read_key(file).verifier, remembered(file) or ""
        self._source = str(beside_key(file))
        self.old_key = read_signer((file.parent / OLD_KEY).read_text())
        self.dialect, url = home.store.dialect, home.settings.database_url
        self.connection: Any = (
            sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            if self.dialect == "sqlite"
            else connect(make_url(url))
        )

    @cached_property
    def newest(self) -> int:
        """How many entries the newest checkpoint covers."""
        return read_checkpoint(self._note)[0].size

    @cached_property
    def replaced_at(self) -> int:
        """The leaf at which a key was replaced."""
        sql = "SELECT position FROM leaf l JOIN entry e ON e.id = l.entry_id WHERE e.subject = 'log' AND e.seq = 2"
        return int(self.connection.execute(sql).fetchone()[0])

    @contextmanager
    def unguarded(self) -> Iterator["Hand"]:
        """A transaction without guards; whatever is done in it, to papers too, is undone."""
        papers = {path: path.read_bytes() for path in self.papers()}
        is_sqlite = self.dialect == "sqlite"
        self.connection.execute("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
        try:
            if not is_sqlite:  # No foreign keys for whoever administers the server.
                self.connection.execute("SET LOCAL session_replication_role = replica")
            for guard in guards(self.dialect):
                self.connection.execute(f"DROP TRIGGER {guard.name}" + ("" if is_sqlite else f" ON {guard.table}"))
            yield Hand(self)
        finally:
            self.connection.execute("ROLLBACK")
            for path, content in papers.items():
                if not path.exists() or path.read_bytes() != content:
                    path.unlink(missing_ok=True)
                    path.write_bytes(content)

    def papers(self) -> list[Path]:
        """The files of the kept papers."""
        return sorted(path for path in self.home.papers.folder.rglob("*") if path.is_file())

    def verified(self) -> Verified:
        """What ``audit verify`` says as of now."""
        kept = [Kept(source=self._source, checkpoint=read_checkpoint(self._note)[0])]
        transaction = Transaction(self.dialect, self.connection.cursor(), lambda error: error)
        return verify(transaction, self.home.papers, kept=kept, key=self._key)

    def findings(self) -> tuple[Finding, ...]:
        """What does not fit, but for the guards that were taken away."""
        return tuple(one for one in self.verified().findings if one.subject != "database")


class Hand:
    """Whoever tampers."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._cursor = ground.connection.cursor()

    def run(self, sql: str, *values: Any) -> None:
        """Changes rows."""
        self._execute(sql, values)

    def _execute(self, sql: str, values: tuple[Any, ...]) -> Any:
        """Both databases name values in their own way."""
        if self.ground.dialect == "postgresql":
            numbers = count(1)
            sql = re.sub(r"\?", lambda _: f"${next(numbers)}", sql)
        return self._cursor.execute(sql, values)

    def rows(self, sql: str, *values: Any) -> Rows:
        """Reads rows."""
        found = self._execute(sql, values)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    def entry(self, rng: random.Random, where: str = "true") -> dict[str, Any]:
        """Any entry."""
        return rng.choice(self.rows(f"SELECT * FROM entry WHERE {where} ORDER BY id"))

    def chain(self, rng: random.Random) -> Rows:
        """The entries of any proposal."""
        code = rng.choice(self.rows("SELECT code FROM proposal ORDER BY id"))["code"]
        return self.rows("SELECT * FROM entry WHERE subject = ? AND seq IS NOT NULL ORDER BY seq", code)

    def put(self, entry: dict[str, Any], body: dict[str, Any]) -> str:
        """Gives an entry another body with the right hash; the hash."""
        text = canonical(body)
        hash_ = sha256(text).hexdigest()
        self.run(
            "UPDATE entry SET body = ?, hash = ?, previous_hash = ?, seq = ? WHERE id = ?",
            *(text, hash_, body["previous"], body["seq"], entry["id"]),
        )
        return hash_

    def rechain(self, subject: str) -> None:
        """Builds a whole chain anew, with every hash right, and the end of it in its proposal."""
        previous: str | None = None
        chain = self.rows("SELECT * FROM entry WHERE subject = ? AND seq IS NOT NULL ORDER BY seq", subject)
        self.run("UPDATE entry SET seq = -seq WHERE subject = ? AND seq IS NOT NULL", subject)
        for seq, entry in enumerate(chain, start=1):
            previous = self.put(entry, {**json.loads(entry["body"]), "seq": seq, "previous": previous})
        end = (len(chain), previous, subject)
        self.run("UPDATE proposal SET last_seq = ?, last_hash = ? WHERE code = ?", *end)

    def reseal(self, signer: Signer | None) -> None:
        """Builds leaves and nodes anew over the entries as they are; and every checkpoint, if somebody signs."""
        leaves = self.rows("SELECT position, e.* FROM leaf JOIN entry e ON e.id = entry_id ORDER BY position")
        checkpoints = {row["size"]: row["note"] for row in self.rows("SELECT size, note FROM checkpoint")}
        self.run("DELETE FROM leaf")
        self.run("DELETE FROM node")
        growth = Growth(0, ())
        for position, one in enumerate(leaves):
            data = leaf_data(one["kind"], one["subject"], one["seq"], one["hash"], one["format"])
            self.run("INSERT INTO leaf VALUES (?, ?, ?)", position, one["id"], data)
            for place, hash_ in growth.add(hash_leaf(data)):
                self.run("INSERT INTO node VALUES (?, ?, ?)", *place, hash_)
            if signer and growth.size in checkpoints:
                made = changed(read_checkpoint(checkpoints[growth.size])[0], root=growth.root())
                self.run("UPDATE checkpoint SET note = ? WHERE size = ?", made.signed(signer), growth.size)

    def forger(self) -> Signer:
        """A key under the right name."""
        origin = read_checkpoint(self.rows("SELECT note FROM checkpoint LIMIT 1")[0]["note"])[0].origin
        return Signer(name=origin, seed=FORGER)


Tamper = Callable[[Hand, random.Random], Tampered]
LOG = "log"


def edit_a_byte(hand: Hand, rng: random.Random) -> Tampered:
    """One bit of one entry."""
    entry = hand.entry(rng)
    body = bytearray(entry["body"])
    body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    hand.run("UPDATE entry SET body = ? WHERE id = ?", bytes(body), entry["id"])
    return Tampered(did=f"a bit of entry {entry['id']}", named=(entry["subject"],))


def edit_and_hash(hand: Hand, rng: random.Random) -> Tampered:
    """Another content with the right hash of its own."""
    entry = hand.entry(rng)
    hand.put(entry, {**json.loads(entry["body"]), "channel": f"x{rng.randrange(1000)}"})
    return Tampered(did=f"the content of entry {entry['id']}, with its hash", named=(entry["subject"],))


def edit_a_column(hand: Hand, rng: random.Random) -> Tampered:
    """What stands beside the bytes."""
    entry = hand.entry(rng, "seq IS NOT NULL")
    name, value = rng.choice(
        [("recorded_at", "2001-01-01T00:00:00.000000Z"), ("kind", "forged"), ("hash", "0" * 64), ("format", 9)]
    )
    hand.run(f"UPDATE entry SET {name} = ? WHERE id = ?", value, entry["id"])
    return Tampered(did=f"the {name} of entry {entry['id']}", named=(entry["subject"],))


def edit_a_name(hand: Hand, rng: random.Random) -> Tampered:
    """A personal value."""
    sql = "SELECT o.*, e.subject FROM opening o JOIN entry e ON e.id = entry_id WHERE value IS NOT NULL ORDER BY 1, 2"
    one = rng.choice(hand.rows(sql))
    hand.run("UPDATE opening SET value = 'Ai đó' WHERE entry_id = ? AND path = ?", one["entry_id"], one["path"])
    return Tampered(did=f"the value {one['path']} of entry {one['entry_id']}", named=(one["subject"],))


def drop(hand: Hand, rng: random.Random) -> Tampered:
    """One entry, in the middle or at the end; its leaf stays, or goes too."""
    entry, leaf = hand.entry(rng), rng.random() < 0.5
    for table in ("opening", "unsealed", *(["leaf"] if leaf else [])):
        hand.run(f"DELETE FROM {table} WHERE entry_id = ?", entry["id"])
    hand.run("DELETE FROM entry WHERE id = ?", entry["id"])
    return Tampered(
        did=f"entry {entry['id']} away, leaf too: {leaf}", named=(entry["subject"], *([LOG] if leaf else []))
    )


def reorder(hand: Hand, rng: random.Random) -> Tampered:
    """Two entries of one proposal change places; their hashes may be made right."""
    chain = hand.chain(rng)
    one, other = rng.sample(chain, 2)
    hand.run("UPDATE entry SET seq = -1 WHERE id = ?", one["id"])
    hand.run("UPDATE entry SET seq = ? WHERE id = ?", one["seq"], other["id"])
    hand.run("UPDATE entry SET seq = ? WHERE id = ?", other["seq"], one["id"])
    if rng.random() < 0.5:
        hand.rechain(one["subject"])
    return Tampered(did=f"entries {one['id']} and {other['id']} in each other's place", named=(one["subject"],))


def insert(hand: Hand, rng: random.Random) -> Tampered:
    """One more entry, at the end or in between, with every hash of its chain right."""
    chain = hand.chain(rng)
    model = rng.choice(chain)
    seq, code = rng.choice([model["seq"], len(chain) + 1]), model["subject"]
    hand.run("UPDATE entry SET seq = -seq - 1 WHERE subject = ? AND seq >= ?", code, seq)
    hand.run("UPDATE entry SET seq = -seq WHERE subject = ? AND seq < 0", code)
    hand.run(
        "INSERT INTO entry (kind, subject, seq, recorded_at, body, hash, previous_hash, format) "
        "SELECT kind, subject, ?, recorded_at, body, ?, previous_hash, format FROM entry WHERE id = ?",
        *(seq, "f" * 64, model["id"]),
    )
    hand.rechain(code)
    return Tampered(did=f"one more entry {seq} of {code}", named=(code,))


def insert_a_leaf(hand: Hand, rng: random.Random) -> Tampered:
    """An entry behind the newest checkpoint, with its leaf and every node right."""
    entry = hand.entry(rng)
    hand.run(
        "INSERT INTO entry (kind, subject, seq, recorded_at, body, hash, previous_hash, format) "
        "SELECT kind, subject, NULL, recorded_at, body, hash, NULL, format FROM entry WHERE id = ?",
        entry["id"],
    )
    made = hand.rows("SELECT * FROM entry ORDER BY id DESC LIMIT 1")[0]
    hand.put(made, {**json.loads(made["body"]), "seq": None, "previous": None})
    hand.run("INSERT INTO leaf VALUES (?, ?, ?)", hand.ground.newest, made["id"], b"{}")
    hand.reseal(None)
    return Tampered(did="a leaf beyond the newest checkpoint", named=(LOG,))


def cut_the_tail(hand: Hand, rng: random.Random) -> Tampered:
    """The newest entries, with leaves, nodes and the checkpoints that spoke of them."""
    size = rng.randrange(1, hand.ground.newest)
    gone = "SELECT entry_id FROM leaf WHERE position >= ?"
    for table in ("opening", "attachment"):
        hand.run(f"DELETE FROM {table} WHERE entry_id IN ({gone})", size)
    hand.run(f"DELETE FROM entry WHERE id IN ({gone})", size)
    hand.run("DELETE FROM leaf WHERE position >= ?", size)
    hand.run("DELETE FROM checkpoint WHERE size > ?", size)
    hand.reseal(None)
    return Tampered(did=f"all beyond the first {size} entries away", named=(LOG,))


def put_back(hand: Hand, rng: random.Random) -> Tampered:
    """All that was sealed after a checkpoint waits again, some of it changed: as if it had never been signed."""
    sizes = [row["size"] for row in hand.rows("SELECT size FROM checkpoint ORDER BY size")]
    size = rng.choice([0, *sizes[:-1]])
    entry = hand.entry(rng, f"id IN (SELECT entry_id FROM leaf WHERE position >= {size})")
    hand.run("INSERT INTO unsealed SELECT entry_id FROM leaf WHERE position >= ?", size)
    hand.run("DELETE FROM leaf WHERE position >= ?", size)
    hand.run("DELETE FROM checkpoint WHERE size > ?", size)
    hand.reseal(None)
    hand.put(entry, {**json.loads(entry["body"]), "channel": "x"})
    if entry["seq"] is not None:
        hand.rechain(entry["subject"])
    return Tampered(did=f"the log back at {size} entries", named=(LOG,))


def delete_a_case(hand: Hand, rng: random.Random) -> Tampered:
    """A proposal with every row that speaks of it; its leaves stay, go, or the tree is built anew without them."""
    how = rng.choice(["leaves stay", "leaves go", "tree anew"])
    row = rng.choice(hand.rows("SELECT id, code FROM proposal ORDER BY id"))
    ids = "SELECT id FROM entry WHERE subject = ?"
    for table in ("opening", "attachment", "unsealed", *(["leaf"] if how != "leaves stay" else [])):
        hand.run(f"DELETE FROM {table} WHERE entry_id IN ({ids})", row["code"])
    for table in ("notice", "deadline"):
        hand.run(f"DELETE FROM {table} WHERE proposal_id = ?", row["id"])
    hand.run("DELETE FROM proposal WHERE id = ?", row["id"])
    hand.run("DELETE FROM entry WHERE subject = ?", row["code"])
    if how == "tree anew":
        hand.reseal(hand.forger())
    named = (row["code"],) if how == "leaves stay" else (LOG,)
    return Tampered(did=f"{row['code']} away, {how}", named=named)


def rebuild(hand: Hand, rng: random.Random) -> Tampered:
    """A chain rebuilt with right hashes around a changed entry; the tree too; the checkpoints too, by another key."""
    how = rng.choice(["chain", "chain and tree", "chain, tree and checkpoints"])
    chain = hand.chain(rng)
    entry = rng.choice(chain)
    hand.put(entry, {**json.loads(entry["body"]), "channel": "x"})
    hand.rechain(entry["subject"])
    if how != "chain":
        hand.reseal(hand.forger() if how.endswith("checkpoints") else None)
    named = (entry["subject"],) if how == "chain" else (LOG,)
    return Tampered(did=f"entry {entry['id']} rebuilt: {how}", named=named)


def rebuild_with_a_key(hand: Hand, rng: random.Random) -> Tampered:
    """Every chain, the tree and the checkpoints rebuilt with a key that the log itself names."""
    entry, signer = hand.entry(rng, "seq IS NOT NULL AND subject <> 'log'"), hand.forger()
    hand.put(entry, {**json.loads(entry["body"]), "channel": "x"})
    first = hand.rows("SELECT * FROM entry WHERE subject = 'log' AND seq = 1")[0]
    hand.put(first, {**json.loads(first["body"]), **introduce(signer, None)})
    for row in hand.rows("SELECT DISTINCT subject FROM entry WHERE seq IS NOT NULL"):
        hand.rechain(row["subject"])
    hand.reseal(signer)
    return Tampered(did=f"everything rebuilt around entry {entry['id']}, and signed", named=(LOG,))


def swap_papers(hand: Hand, rng: random.Random) -> Tampered:
    """Two papers in each other's place, or one changed."""
    one, other = rng.sample(hand.ground.papers(), 2)
    first, second = one.read_bytes(), other.read_bytes()
    for path in (one, other):
        path.unlink()
    one.write_bytes(second)
    other.write_bytes(first if rng.random() < 0.5 else second)
    return Tampered(did=f"the paper {one.name[:12]} with another content", named=(f"paper {one.name}",))


def hang_elsewhere(hand: Hand, rng: random.Random) -> Tampered:
    """A paper that hangs on an entry in place of another."""
    sql = "SELECT a.*, p.code FROM attachment a JOIN proposal p ON p.id = proposal_id ORDER BY 1, 2"
    row = rng.choice(hand.rows(sql))
    others = [one["sha256"] for one in hand.rows("SELECT sha256 FROM document") if one["sha256"] != row["sha256"]]
    key = (rng.choice(others), row["entry_id"], row["number"])
    hand.run("UPDATE attachment SET sha256 = ? WHERE entry_id = ? AND number = ?", *key)
    return Tampered(did=f"another paper on entry {row['entry_id']}", named=(row["code"],))


def change_a_mail(hand: Hand, rng: random.Random) -> Tampered:
    """A mail that was sent says something else, with the hash beside it right; or it is gone."""
    row = rng.choice(hand.rows("SELECT * FROM message WHERE entry_id IS NOT NULL ORDER BY id"))
    if rng.random() < 0.3:
        hand.run("DELETE FROM message WHERE id = ?", row["id"])
    else:
        said = bytearray(row["bytes"])
        said[rng.randrange(len(said))] ^= 1
        hand.run(
            "UPDATE message SET bytes = ?, sha256 = ? WHERE id = ?",
            *(bytes(said), sha256(said).hexdigest(), row["id"]),
        )
    return Tampered(did=f"the mail {row['id']}", named=("notices",))


def change_when_a_mail_went(hand: Hand, rng: random.Random) -> Tampered:
    """A mail was taken at another time, or never."""
    row = rng.choice(hand.rows("SELECT id FROM message WHERE entry_id IS NOT NULL ORDER BY id"))
    at = rng.choice([None, "2026-11-24T01:00:00.000000Z"])
    hand.run("UPDATE message SET accepted_at = ? WHERE id = ?", at, row["id"])
    return Tampered(did=f"the mail {row['id']} taken at {at}", named=("notices",), code="finding.mail_time")


def rewrite_a_notice(hand: Hand, rng: random.Random) -> Tampered:
    """The row of a notice that was sent says something else, is gone, or another claims its mail."""
    rows = hand.rows(
        "SELECT n.* FROM notice n JOIN message m ON m.id = n.message_id WHERE m.entry_id IS NOT NULL ORDER BY n.id"
    )
    row, how = rng.choice(rows), rng.choice(["gone", "claims", "variables", "to_name", "to_address", "seq", "state"])
    if how == "gone":
        hand.run("DELETE FROM notice WHERE id = ?", row["id"])
    elif how == "claims":
        other = rng.choice([one["message_id"] for one in rows if one["message_id"] != row["message_id"]])
        hand.run("UPDATE notice SET message_id = ? WHERE id = ?", other, row["id"])
    elif how == "variables":
        said = canonical({**json.loads(row["variables"]), "ghi_chu": "đã nộp đủ"}).decode()
        hand.run("UPDATE notice SET variables = ? WHERE id = ?", said, row["id"])
    else:
        to = {"seq": 99, "state": "scheduled"}.get(how, "ai@do.vn")
        hand.run(f"UPDATE notice SET {how} = ? WHERE id = ?", to, row["id"])
    codes = {"gone": "finding.notice_gone", "claims": "finding.notice_added", "state": "finding.notice_state"}
    code = codes.get(how, "finding.notice_changed")
    return Tampered(did=f"the {how} of notice {row['key']}", named=("notices",), code=code)


def change_a_number(hand: Hand, rng: random.Random) -> Tampered:
    """The number of a paper says something else, is gone, is drawn twice, or cancelled by nobody."""
    sql = "SELECT n.*, e.subject FROM paper_number n JOIN entry e ON e.id = n.entry_id ORDER BY n.id"
    row = rng.choice(hand.rows(sql))
    how = rng.choice(["text", "issued_on", "number", "proposal_id", "gone", "cancelled_by", "counter"])
    series = f"paper {row['agency']} {row['kind']} {row['year']}"
    named = (row["subject"], f"papers:{row['agency']}")
    if how == "gone":
        hand.run("DELETE FROM paper_number WHERE id = ?", row["id"])
    elif how == "counter":
        hand.run("UPDATE counter SET value = ? WHERE name = ?", rng.choice([1, 9]), series)
        return Tampered(did=f"the counter of {series}", named=(series,), code="finding.series")
    elif how == "cancelled_by":
        hand.run("UPDATE paper_number SET cancelled_by = ? WHERE id = ?", None if row[how] else 1, row["id"])
    else:
        to = {"text": "99/QĐ-SCT", "issued_on": "2026-01-02", "number": 77}.get(how)
        to = (1 if row[how] is None else None) if how == "proposal_id" else to
        hand.run(f"UPDATE paper_number SET {how} = ? WHERE id = ?", to, row["id"])
    return Tampered(did=f"the {how} of the number {row['text']}", named=named)


def forget_a_reader(hand: Hand, rng: random.Random) -> Tampered:
    """Who opened a case is gone, somebody else, or made up."""
    row, how = rng.choice(hand.rows("SELECT * FROM access ORDER BY 1, 2, 3")), rng.choice(["gone", "other", "made up"])
    key = (row["day"], row["code"], row["reader"])
    if how == "gone":
        hand.run("DELETE FROM access WHERE day = ? AND code = ? AND reader = ?", *key)
    elif how == "other":
        hand.run("UPDATE access SET reader = 'p-nobody' WHERE day = ? AND code = ? AND reader = ?", *key)
    else:
        hand.run("INSERT INTO access VALUES ('2026-11-20', ?, 'p-nobody', ?)", row["code"], row["entry_id"])
    code = "finding.reading_added" if how == "made up" else "finding.reading_gone"
    return Tampered(did=f"the opening {key}: {how}", named=("access",), code=code)


def forge_a_checkpoint(hand: Hand, rng: random.Random) -> Tampered:
    """A checkpoint signed by another key, of another size or root, out of place, or gone."""
    rows = hand.rows("SELECT * FROM checkpoint ORDER BY size")
    row, how = rng.choice(rows), rng.choice(["key", "root", "size", "text", "newest gone", "more"])
    told = read_checkpoint(row["note"])[0]
    forged = {
        "key": told.signed(hand.forger()),
        "root": row["note"].replace("\n", "\nAAAA", 2),
        "size": row["note"].replace(f"\n{told.size}\n", f"\n{told.size + 1}\n"),
        "text": row["note"][: rng.randrange(len(row["note"]))],
    }
    if how == "newest gone":
        hand.run("DELETE FROM checkpoint WHERE size = ?", rows[-1]["size"])
    elif how == "more":
        more = changed(told, size=hand.ground.newest + 5)
        hand.run("INSERT INTO checkpoint VALUES (?, ?, ?)", more.size, row["made_at"], more.signed(hand.forger()))
    else:
        hand.run("UPDATE checkpoint SET note = ? WHERE size = ?", forged[how], row["size"])
    return Tampered(did=f"the checkpoint at {row['size']}: {how}", named=(LOG,))


def drop_a_checkpoint(hand: Hand, rng: random.Random) -> Tampered:
    """An older checkpoint is gone, or says that it was made at another time."""
    row = rng.choice(hand.rows("SELECT * FROM checkpoint ORDER BY size")[:-1])
    if rng.random() < 0.7:
        hand.run("DELETE FROM checkpoint WHERE size = ?", row["size"])
        return Tampered(did=f"the checkpoint at {row['size']} away", named=(LOG,), code="finding.checkpoint_gap")
    hand.run("UPDATE checkpoint SET made_at = '2001-01-01T00:00:00.000000Z' WHERE size = ?", row["size"])
    return Tampered(did=f"the checkpoint at {row['size']} dated back", named=(LOG,), code="finding.checkpoint_made")


def sign_with_an_old_key(hand: Hand, rng: random.Random) -> Tampered:
    """A key that was replaced signs what came after it: a checkpoint, or the whole log built anew beyond its end."""
    old = hand.ground.old_key
    late = [row for row in hand.rows("SELECT * FROM checkpoint ORDER BY size") if row["size"] > hand.ground.replaced_at]
    if rng.random() < 0.5:
        row = rng.choice(late)
        note = read_checkpoint(row["note"])[0].signed(old)
        hand.run("UPDATE checkpoint SET note = ? WHERE size = ?", note, row["size"])
    else:
        entry = hand.entry(rng, f"id IN (SELECT entry_id FROM leaf WHERE position > {hand.ground.replaced_at})")
        hand.put(entry, {**json.loads(entry["body"]), "channel": "x"})
        if entry["seq"] is not None:
            hand.rechain(entry["subject"])
        hand.reseal(old)
    return Tampered(did="signed with the replaced key", named=(LOG,), code="finding.checkpoint_overdue")


def forge_a_node(hand: Hand, rng: random.Random) -> Tampered:
    """A node of the tree changed, gone, or one too many."""
    row, how = rng.choice(hand.rows("SELECT * FROM node ORDER BY 1, 2")), rng.randrange(3)
    place = (row["level"], row["number"])
    if how == 0:
        hand.run("UPDATE node SET hash = ? WHERE level = ? AND number = ?", rng.randbytes(32), *place)
    elif how == 1:
        hand.run("DELETE FROM node WHERE level = ? AND number = ?", *place)
    else:
        hand.run("INSERT INTO node VALUES (?, ?, ?)", row["level"], 10**6, row["hash"])
    return Tampered(did=f"node {place}", named=(LOG,))


def forge_a_leaf(hand: Hand, rng: random.Random) -> Tampered:
    """A leaf that says something else, or that points at another entry."""
    one, other = rng.sample(hand.rows("SELECT * FROM leaf ORDER BY position"), 2)
    if rng.random() < 0.5:
        hand.run("UPDATE leaf SET data = ? WHERE position = ?", other["data"], one["position"])
    else:
        hand.run("UPDATE leaf SET entry_id = -1 WHERE position = ?", one["position"])
        hand.run("UPDATE leaf SET entry_id = ? WHERE position = ?", one["entry_id"], other["position"])
        hand.run("UPDATE leaf SET entry_id = ? WHERE position = ?", other["entry_id"], one["position"])
    said = {json.loads(leaf["data"])["subject"] for leaf in (one, other)}
    return Tampered(did=f"leaf {one['position']}", named=(LOG, *sorted(said)))


def change_the_state(hand: Hand, rng: random.Random) -> Tampered:
    """What follows from history: where a proposal stands, its money, its deadlines."""
    row = rng.choice(hand.rows("SELECT * FROM proposal ORDER BY id"))
    data = json.loads(row["data"])
    change = rng.choice(["state", "data", "deadline", "holder"])
    if change == "state":
        hand.run("UPDATE proposal SET state = 'approved', revision = revision + 1 WHERE id = ?", row["id"])
    elif change == "data":
        data["requested_amount"] = data.get("requested_amount", 0) + 1
        hand.run("UPDATE proposal SET data = ? WHERE id = ?", canonical(data).decode(), row["id"])
    elif change == "deadline":
        hand.run("UPDATE deadline SET last_day = '2099-01-01' WHERE proposal_id = ?", row["id"])
    else:
        hand.run("UPDATE proposal SET holder = 'implementer@nobody' WHERE id = ?", row["id"])
    return Tampered(did=f"the {change} of {row['code']}", named=(row["code"],))


def change_the_law(hand: Hand, rng: random.Random) -> Tampered:
    """What is in force says something else, with its hash right, or is gone; or nobody appointed an agency."""
    row, how = rng.choice(hand.rows("SELECT * FROM publication ORDER BY id")), rng.randrange(3)
    if how == 0:
        text = hand.rows("SELECT * FROM definition WHERE sha256 = ?", row["sha256"])[0]
        forged = text["text"] + f"\n# {rng.randrange(1000)}\n"
        sha = sha256(forged.encode()).hexdigest()
        hand.run("INSERT INTO definition VALUES (?, ?, ?, ?, ?)", sha, row["kind"], row["key"], "9", forged)
        hand.run("UPDATE publication SET sha256 = ? WHERE id = ?", sha, row["id"])
    elif how == 1:
        hand.run("DELETE FROM publication WHERE id = ?", row["id"])
    else:
        hand.run(
            "INSERT INTO appointment (agency, role, since, basis, entry_id) VALUES (?, ?, ?, ?, ?)",
            *("forged", "approver", "2026-11-23", '{"text": "x", "confidence": "OWN"}', row["entry_id"]),
        )
    return Tampered(did=f"the {row['kind']} {row['key']} in force: {how}", named=("registers",))


def bring_back_a_text(hand: Hand, rng: random.Random) -> Tampered:
    """Two rows of what is in force in each other's place, so that a text that was followed by another is the newest."""
    one, other = rng.sample(hand.rows("SELECT id FROM publication ORDER BY id"), 2)
    hand.run("UPDATE publication SET id = -1 WHERE id = ?", one["id"])
    hand.run("UPDATE publication SET id = ? WHERE id = ?", one["id"], other["id"])
    hand.run("UPDATE publication SET id = ? WHERE id = -1", other["id"])
    did = f"publications {one['id']} and {other['id']} in each other's place"
    return Tampered(did=did, named=("registers",), code="finding.register_order")


def let_somebody_in(hand: Hand, rng: random.Random) -> Tampered:
    """Somebody's account opens to a name at the provider of single sign-on that nobody linked."""
    name = rng.choice(hand.rows("SELECT username FROM account ORDER BY username"))["username"]
    hand.run("UPDATE account SET single_sign_on = ? WHERE username = ?", rng.randbytes(32).hex(), name)
    return Tampered(did=f"the account {name} linked", named=("registers",), code="finding.people")


def change_when_it_was_known(hand: Hand, rng: random.Random) -> Tampered:
    """An entry of the registers gets the row number of what was written long after it, or long before."""
    entry = rng.choice(hand.rows("SELECT * FROM entry WHERE subject = 'registers' ORDER BY seq")[1:-1])
    to = rng.choice([-900000, 900000])
    hand.run("UPDATE entry SET id = ? WHERE id = ?", to, entry["id"])
    for table in ("leaf", "opening", "publication", "appointment", "guidance", "person", "seat"):
        hand.run(f"UPDATE {table} SET entry_id = ? WHERE entry_id = ?", to, entry["id"])
    return Tampered(did=f"entry {entry['id']} as {to}", named=("registers",), code="finding.entry_order")


def erase_by_hand(hand: Hand, rng: random.Random) -> Tampered:
    """A personal value goes as if it had been erased on a decision."""
    one = rng.choice(hand.rows("SELECT * FROM opening ORDER BY 1, 2"))
    by = rng.choice(hand.rows("SELECT id FROM entry ORDER BY id"))["id"]
    key = (by, one["entry_id"], one["path"])
    hand.run("UPDATE opening SET value = NULL, salt = NULL, erased_by = ? WHERE entry_id = ? AND path = ?", *key)
    return Tampered(did=f"the value {one['path']} of entry {one['entry_id']} away", named=("registers",))


def hide(hand: Hand, rng: random.Random) -> Tampered:
    """An entry that no reading in the order of the leaves meets: before the first, or in the place of one counted."""
    model, how = hand.entry(rng, "seq IS NULL"), rng.randrange(3)
    hand.run(
        "INSERT INTO entry (kind, subject, recorded_at, body, hash, format) VALUES (?, ?, ?, ?, ?, 1)",
        *("refused", "LC-S1", model["recorded_at"], b"{}", "0" * 64),
    )
    if how == 1:
        hand.run("UPDATE entry SET id = -5 WHERE id = (SELECT max(id) FROM entry)")
    if how == 0:
        hand.run("INSERT INTO leaf SELECT -1, max(id), ? FROM entry", b"{}")
    else:
        hand.run("INSERT INTO unsealed VALUES (?)", -5 if how == 1 else model["id"])
    return Tampered(did=f"an entry hidden: {how}", named=("LC-S1",))


def pass_for_real(hand: Hand, _: random.Random) -> Tampered:
    """A sandbox's history is shown as one that has legal force."""
    hand.run("DELETE FROM sandbox")
    return Tampered(did="the mark of a sandbox removed", named=("log",))


TAMPERINGS: tuple[Tamper, ...] = (
    *(edit_a_byte, edit_and_hash, edit_a_column, edit_a_name, drop, reorder, insert, insert_a_leaf, cut_the_tail),
    *(put_back, delete_a_case, rebuild, rebuild_with_a_key, swap_papers, hang_elsewhere, change_a_mail),
    *(
        drop_a_checkpoint,
        sign_with_an_old_key,
        change_when_a_mail_went,
        rewrite_a_notice,
        change_a_number,
        forget_a_reader,
    ),
    *(forge_a_checkpoint, forge_a_node, forge_a_leaf, change_the_state, change_the_law, erase_by_hand, hide),
    *(pass_for_real, bring_back_a_text, let_somebody_in, change_when_it_was_known),
)


def tried(ground: Ground, tamper: Tamper, rng: random.Random) -> str | None:
    """What was done without being named, or None: it was caught with its place."""
    with ground.unguarded() as hand:
        done = tamper(hand, rng)
        found = ground.findings()
    if any(one.subject in done.named and done.code in ("", one.code) and finding_words(one) for one in found):
        return None
    return f"{tamper.__name__}: {done.did}; found only {[str(one) for one in found][:5]}"


@dataclass(slots=True, kw_only=True)
class Tried:
    """How often each tampering was caught, which were not, and how often a clean log alarmed."""

    caught: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    alarms: int = 0


@lru_cache(maxsize=1)
def _own_ground() -> Ground:
    """One for each process, gone with it."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Ground(fill(Path(folder.name), rotated=True))


def trials(begin: int, end: int, seed: int) -> Tried:
    """The tamperings of these turns, and a look at the clean log behind them."""
    rng, done, ground = random.Random(f"{seed}/{begin}"), Tried(), _own_ground()  # noqa: S311 - drawn again on purpose.
    for turn in range(begin, end):
        tamper = TAMPERINGS[turn % len(TAMPERINGS)]
        said = tried(ground, tamper, rng)
        done.caught[tamper.__name__] += said is None
        done.missed += [said] if said else []
    done.alarms += bool(ground.verified().findings)
    return done


def main(number: int, seed: int, processes: int = 1) -> int:
    """Tampers so often; how many times it was not seen, or a clean log alarmed."""
    whole = Tried()
    with ProcessPoolExecutor(processes) as pool:
        parts = [pool.submit(trials, turn, min(turn + _PART, number), seed) for turn in range(0, number, _PART)]
        for part in as_completed(parts):
            done = part.result()
            whole.caught += done.caught
            whole.missed += done.missed
            whole.alarms += done.alarms
            tally = f"{sum(whole.caught.values())} caught, {len(whole.missed)} missed, {whole.alarms} false alarms"
            print(f"{tally} of {number}", end="\r", file=sys.stderr, flush=True)
    for name, times in sorted(whole.caught.items()):
        print(f"{name:22} {times} caught")
    caught = sum(whole.caught.values())
    print(f"{number} tamperings, {caught} caught and named; {whole.alarms} false alarms (seed {seed})")
    print(*whole.missed[:20], sep="\n")
    return len(whole.missed) + whole.alarms


if __name__ == "__main__":
    given = list(map(int, sys.argv[1:]))
    sys.exit(1 if main(*given[:1], *(given[1:2] or [2026]), *given[2:3]) else 0)
