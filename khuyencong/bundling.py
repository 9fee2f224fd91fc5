"""``audit bundle``: everything about a case that somebody needs who trusts neither this server nor its keepers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import orjson

from audit import proving
from audit.checkpoints import Checkpoint, read_checkpoint
from audit.control_sheet import ControlSheet, sheet_of
from audit.events import Event
from audit.notes import write_note
from audit.sealing import LogForked
from exchange.bundle.archive import Archive
from exchange.bundle.report import set_page
from exchange.control_paper import HEADINGS, about, cells
from khuyencong.sealing import current_signer, record_mails, seal_all
from khuyencong.wiring import Installation
from language.formats import instant
from store.audit_answers import Answers
from store.audit_rows import Asked
from store.documents import PaperLost
from store.lists import NoticeLine
from store.queries import Queries
from store.registers_then import RegistersThen
from store.sealed_log import SqlSealedLog, leaves_of
from store.sent_told import SentEntry, notices_said, sent_entries
from store.statements import Transaction
from workflow.entries import Entry, read_body
from workflow.proposal import Actor
from workflow.service.chaining import REGISTERS

_DEFINITIONS = ("process", "programme", "templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """What went into a bundle."""

    entries: int
    documents: int
    missing: int
    notices: int
    definitions: int
    size: int


def write_bundle(
    home: Installation,
    path: Path,
    *,
    code: str,
    file: str,
    by: Actor,
    at: datetime,
    kept: Sequence[Checkpoint] = (),
) -> Bundled:
    """Seals what waits and writes the bundle of a case, with the proof that its log extends each checkpoint ``kept``.

    Raises UnknownProposal, LogKeyUnusable, LogForked (for a kept checkpoint too that the log does not extend).
    """
    record_mails(home, at=at)
    seal_all(home, at=at)
    signer, keys = current_signer(home), home.log_keys()
    with home.store.read() as uow:
        law = uow.law()
    with home.store.transaction(writes=False) as transaction, ZipFile(path, "w") as zipped:
        bundle = _Bundle(home, transaction, Archive(zipped), code)
        answers = Answers(transaction, law, now=at)
        case = next(answers.cases(Asked(code=code)))
        told = answers.told(case)
        sheet = sheet_of(told)
        bundle.extend(kept)
        done = bundle.write(case.entries)
        archive = bundle.archive
        archive.add("keys.txt", "".join(f"{key.text()}\n" for key in keys).encode())
        page = _page(sheet, list(told.events()), bundle, by=by, at=at, sandbox=home.sandbox is not None)
        archive.add("bao-cao.pdf", set_page(page, at=at))
        archive.close(
            code=code,
            file=file,
            at=at,
            by=by.name or by.person,
            origin=signer.name,
            sign=lambda text: write_note(text, signer),
        )
    return done


class _Bundle:
    """The parts of a bundle, read in one moment."""

    def __init__(self, home: Installation, transaction: Transaction, archive: Archive, code: str) -> None:
        self.home, self.archive, self.code = home, archive, code
        self.transaction, self.queries = transaction, Queries(transaction)
        self.log = SqlSealedLog(transaction)
        self.note = self.log.newest() or ""
        self.size = read_checkpoint(self.note)[0].size
        self.papers: dict[str, tuple[int, str, int]] = {}
        self.notices: list[NoticeLine] = []
        self.texts: list[tuple[str, str, str]] = []

    def extend(self, kept: Sequence[Checkpoint]) -> None:
        """The proofs that the log extends these. Raises LogForked for one that it does not."""
        for one in kept:
            if one.size > self.size or proving.root(self.log, one.size) != one.root:
                raise LogForked(one.size)
        sizes = sorted({one.size for one in kept if one.size})  # An empty log proves nothing about a later one.
        if sizes:
            self._lines("extends.jsonl", map(self._extending, sizes))

    def _extending(self, old: int) -> Mapping[str, Any]:
        return {"size": old, "proof": [node.hex() for node in proving.consistency(self.log, old, self.size)]}

    def write(self, entries: Sequence[Entry]) -> Bundled:
        """Everything but the page and the list."""
        self.archive.add("checkpoint.txt", self.note.encode())
        self._lines("history.jsonl", self._proved(self.code, entries, named=True))
        self._definitions(entries)
        documents = sum(self._paper(body) for body in map(read_body, entries))
        self._notices()
        return Bundled(
            entries=len(entries),
            documents=documents,
            missing=self.archive.missing,
            notices=len(self.notices),
            definitions=len(self.texts),
            size=self.size,
        )

    def _lines(self, name: str, rows: Iterator[Mapping[str, Any]]) -> None:
        self.archive.add(name, b"".join(orjson.dumps(row) + b"\n" for row in rows))

    def _proved(self, subject: str, entries: Sequence[Entry], *, named: bool) -> Iterator[Mapping[str, Any]]:
        """Entries with their proofs under the checkpoint; ``named``: with the personal values that were not erased."""
        leaves = {leaf.seq: leaf for leaf in leaves_of(self.transaction, subject)[0]}
        for entry in entries:
            yield self._line(entry, leaves[entry.seq].position, named=named)

    def _line(self, entry: Entry | SentEntry, index: int, *, named: bool) -> Mapping[str, Any]:
        return {
            "body": entry.body.decode(),
            "hash": entry.hash,
            "openings": [
                {"path": one.path, "salt": one.salt.hex(), "value": one.value}
                if named and one.value is not None
                else {"path": one.path, "salt": "", "value": None}
                for one in entry.openings
            ],
            "index": index,
            "proof": [node.hex() for node in proving.inclusion(self.log, index, self.size)],
        }

    def _definitions(self, entries: Sequence[Entry]) -> None:
        """The texts that the case follows, the calendars of now, and the entries by which they were published."""
        created = read_body(entries[0])
        wanted = {created[f"{kind}_sha256"]: kind for kind in _DEFINITIONS}
        newest = RegistersThen(self.transaction).newest(2**62)
        wanted |= {sha: kind for (kind, _), sha in newest.items() if kind == "calendar"}
        published = {}
        for entry in self.queries.history(REGISTERS):
            body = read_body(entry) if entry.kind == "published" else {}
            if body.get("sha256") in wanted:
                published[body["sha256"]] = (entry, body)
        self._lines("registers.jsonl", self._proved(REGISTERS, [one for one, _ in published.values()], named=False))
        for sha256, kind in wanted.items():
            key = published[sha256][1]["key"]
            ending = "json" if kind == "templates" else "toml"
            self.archive.add(f"definitions/{kind}-{key}-{sha256[:12]}.{ending}", self.queries.text(sha256).encode())
            self.texts.append((kind, key, sha256))

    def _paper(self, body: Mapping[str, Any]) -> int:
        """The papers of an entry that came with it first."""
        added = 0
        for paper in body.get("documents", ()):
            sha256 = paper["sha256"]
            if sha256 in self.papers:
                continue
            self.papers[sha256] = (body["seq"], paper["key"], paper["size"])
            try:
                self.archive.add(f"documents/{sha256}", self.home.papers.read(sha256))
                added += 1
            except PaperLost:
                self.archive.miss(sha256)
        return added

    def _notices(self) -> None:
        rows, written = [], dict[str, str]()
        self.notices = list(self.queries.notices(self.code))
        mails = sorted({one.message_id for one in self.notices if one.message_id})
        said = notices_said(self.transaction, mails)
        for notice in self.notices:
            file = self._mail(notice, written)
            told = {"id": notice.id, "seq": notice.seq, "notice": notice.notice, "channel": notice.channel}
            sent = {"state": notice.state, "to": notice.to.seat, "name": notice.to.name, "address": notice.to.address}
            mail = {"mail": notice.message_id, "file": file, "sha256": written.get(file or "")}
            rows.append({**told, **sent, **mail, "key": notice.key, "said": said.get(notice.key)})
        self._lines("notices.jsonl", iter(rows))
        entries = sent_entries(self.transaction, mails)
        self._lines("notices-sent.jsonl", (self._line(one, one.position, named=True) for one in entries))

    def _mail(self, notice: NoticeLine, written: dict[str, str]) -> str | None:
        """The file of the mail that carried a notice; a digest carries several."""
        content = self.queries.message(notice.message_id) if notice.message_id else None
        if content is None:
            return None
        file = f"notices/{''.join(one if one.isalnum() else '-' for one in notice.message_id or '')}.eml"
        if file not in written:
            written[file] = self.archive.add(file, content)
        return file


def _page(
    sheet: ControlSheet, events: Sequence[Event], bundle: _Bundle, *, by: Actor, at: datetime, sandbox: bool
) -> Mapping[str, Any]:
    """What the readable page says."""
    notices = [
        [str(one.id), one.notice, one.to.name or one.to.seat, one.channel, instant(one.send_after), one.state]
        for one in bundle.notices
    ]
    papers = [[str(seq), key, str(size), sha] for sha, (seq, key, size) in bundle.papers.items()]
    texts = [list(one) for one in bundle.texts]
    log = [
        [str(one.seq), instant(one.recorded_at), one.label, one.actor or one.person, one.agency, one.hash[:16]]
        for one in events
    ]
    hand_overs = [list(cells(number, row)) for number, row in enumerate(sheet.rows, 1)]
    return {
        "title": f"GÓI HỒ SƠ KIỂM CHỨNG {sheet.code}",
        "code": sheet.code,
        "agency": sheet.handled_by[0] if sheet.handled_by else sheet.applicant,
        "asked_by": by.name or by.person,
        "sandbox": sandbox,
        "about": [*map(list, about(sheet)), ["Người lập gói", by.name or by.person], ["Thời điểm lập", instant(at)]],
        "tables": [
            _table("Quá trình giải quyết", HEADINGS, (3, 14, 14, 12, 10, 10, 9, 6, 11, 15), hand_overs),
            _table(
                "Nhật ký",
                ("Số", "Thời điểm ghi nhận", "Nội dung", "Người thực hiện", "Cơ quan", "Mã băm"),
                (5, 14, 30, 20, 18, 15),
                log,
            ),
            _table("Tài liệu", ("Bản ghi số", "Loại", "Kích thước (byte)", "SHA-256"), (8, 25, 12, 55), papers),
            _table("Định nghĩa và lịch áp dụng", ("Loại", "Khóa", "SHA-256"), (15, 25, 60), texts),
            _table(
                "Thông báo",
                ("Số", "Loại", "Người nhận", "Kênh", "Gửi từ", "Tình trạng"),
                (6, 22, 34, 9, 16, 13),
                notices,
            ),
        ],
        "proof": [
            f"Mã băm của bản ghi cuối: {sheet.last_hash}",
            "Giải nén gói và chạy: python3 -I verify.py (chỉ cần Python 3, không cần mạng). Mốc nhật ký có chữ ký:",
        ],
        "checkpoint": bundle.note,
    }


def _table(title: str, headings: Sequence[str], widths: Sequence[int], rows: list[list[str]]) -> Mapping[str, Any]:
    return {"title": title, "headings": list(headings), "widths": list(widths), "rows": rows}
