"""Entries become leaves, checkpoints are signed and leave the house, keys follow each other."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from audit.checkpoints import Checkpoint, read_checkpoint
from audit.notes import NoteRefused, Signer
from audit.proofs import check_consistency, check_inclusion
from audit.proving import consistency, root
from audit.sealing import LogForked
from audit.tree import hash_leaf
from khuyencong.log_key import beside_key, read_key, remembered, write_key
from khuyencong.proving import prove
from khuyencong.sealing import hand_out, make_log_key, newest_checkpoint, rotate, seal_all
from khuyencong.settings import Settings
from khuyencong.wiring import Installation, log_key_file
from notifications.channels import Accepted, Letter
from notifications.composing import Desk
from notifications.message import Mailbox
from shapes.errors import LogKeyUnusable
from store.log import Kept
from store.sealed_log import SqlSealedLog
from tests.crash.calls import OPENING
from tests.shell import Shell
from tests.tampering import fill
from workflow.administration import operator
from workflow.changing import changed
from workflow.entries import make_entry
from workflow.service.delivering import resend

LATER = datetime(2026, 12, 2, 3, tzinfo=OPENING.tzinfo)
DESK = Desk(sender=Mailbox(name="KC", address="kc@so.example"), domain="so.example", inbox_url="http://x")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sealed sandbox, for copying."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder).store.close()
    return folder


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Iterator[Installation]:
    """An installation of this test's own."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/khuyencong.db",
        documents_dir=tmp_path / "documents",
        identity_key_file=tmp_path / "identity-key",
        mail_dir=tmp_path / "mail",
        checkpoint_dir=tmp_path / "out",
        checkpoint_mail=("kiem-toan@ktnn.example",),
    )
    (tmp_path / "out").mkdir()
    opened = Installation.open(settings)
    yield opened
    opened.store.close()


def write_one(home: Installation, what: str = "một việc") -> None:
    """One more entry that waits to be sealed."""
    entry = make_entry(
        "refused",
        "LC-S1",
        seq=None,
        recorded_at=LATER,
        content={"action": what},
        private={},
        previous_hash=None,
        salt=home.house.salt,
    )
    with home.store.write() as uow:
        uow.append(entry)


def newest(home: Installation) -> Checkpoint:
    """The newest checkpoint, its signature looked at."""
    note = newest_checkpoint(home)
    assert note is not None
    return home.open_checkpoint(note)


class Pigeon:
    """A channel that keeps what it was given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> Accepted:
        """Takes every letter."""
        self.letters.append(letter)
        return Accepted("250 ok")


def test_each_batch_is_a_checkpoint_that_extends_the_one_before(home: Installation) -> None:
    """What waits is sealed in batches, each signed; a proof from stored nodes shows that the log only grew."""
    before = newest(home)
    for number in range(7):
        write_one(home, str(number))

    done = seal_all(home, at=LATER, batch=3)

    after = newest(home)
    assert (done.sealed, done.batches, after.size, after.sandbox) == (7, 3, before.size + 7, True)
    with home.store.transaction(writes=False) as transaction:
        log = SqlSealedLog(transaction)
        proof = consistency(log, before.size, after.size)
        assert root(log, before.size) == before.root
    check_consistency(before.size, after.size, before.root, after.root, proof)
    assert seal_all(home, at=LATER).sealed == 0
    assert home.verify().findings == ()


def test_an_entry_is_proved_without_the_others(home: Installation) -> None:
    """The leaf, its place, the path and a signed checkpoint are enough."""
    told = prove(home, "LC-A1")

    checkpoint = home.open_checkpoint(told["checkpoint"])
    assert told["waiting"] == 0
    for one in told["proofs"]:
        path = [bytes.fromhex(node) for node in one["proof"]]
        check_inclusion(hash_leaf(one["leaf"].encode()), one["index"], checkpoint.size, checkpoint.root, path)
        assert one["hash"] in one["leaf"]


def test_nothing_is_signed_over_a_changed_log(home: Installation) -> None:
    """The sealer refuses to put a good signature over leaves that are not those it signed before."""
    file = log_key_file(home.settings)
    write_one(home)
    told = read_checkpoint(remembered(file) or "")[0]
    other = changed(told, root=bytes(32)).signed(read_key(file))
    beside_key(file).write_text(other)

    with pytest.raises(LogForked):
        seal_all(home, at=LATER)

    assert newest(home).size == told.size


def test_a_kept_checkpoint_convicts_whoever_has_the_key(home: Installation) -> None:
    """Somebody with the key rebuilds the log and signs it: only the copy that left the house shows it."""
    mine = newest(home)
    kept = Kept(source="usb.txt", checkpoint=mine)
    forged = Kept(source="usb.txt", checkpoint=changed(mine, root=bytes(32)))
    longer = Kept(source="usb.txt", checkpoint=changed(mine, size=mine.size + 4))

    assert home.verify([kept]).findings == ()
    rewritten, cut = home.verify([forged]).findings[0], home.verify([longer]).findings[0]
    assert (rewritten.code, rewritten.params["source"]) == ("finding.rewritten", "usb.txt")
    assert (cut.code, cut.params["left"]) == ("finding.cut", mine.size)


def test_checkpoints_leave_the_house(home: Installation) -> None:
    """Every one into the folder, none over another; the newest to the auditors, at most once an hour."""
    pigeon, folder = Pigeon(), home.settings.checkpoint_dir
    assert folder is not None
    first = hand_out(home, pigeon, DESK, at=LATER)
    for minutes in (1, 2):
        write_one(home, str(minutes))
        seal_all(home, at=LATER + timedelta(minutes=minutes))
        hand_out(home, pigeon, DESK, at=LATER + timedelta(minutes=minutes))
    again = hand_out(home, pigeon, DESK, at=LATER + timedelta(hours=2))

    files = sorted(folder.glob("checkpoint-*.txt"))
    sizes = [home.open_checkpoint(file.read_text()).size for file in files]
    assert (first["copied"], first["mailed"], again["copied"], again["mailed"]) == (1, 1, 0, 1)
    assert sizes == [newest(home).size - 2, newest(home).size - 1, newest(home).size]
    assert len({letter.id for letter in pigeon.letters}) == len(pigeon.letters) == 2


def test_a_folder_that_is_away_is_said_and_made_up_for(home: Installation) -> None:
    """Sealing goes on; what is missing in the folder comes later, in order."""
    folder = home.settings.checkpoint_dir
    assert folder is not None
    hand_out(home, Pigeon(), DESK, at=LATER)
    folder.rename(folder.with_name("away"))
    for number in range(2):
        write_one(home, str(number))
        seal_all(home, at=LATER)
    told = hand_out(home, Pigeon(), DESK, at=LATER)
    folder.with_name("away").rename(folder)

    assert "unreachable" in told
    assert hand_out(home, Pigeon(), DESK, at=LATER)["copied"] == 2


def test_a_checkpoint_of_another_log_in_the_folder_is_said_and_kept(home: Installation) -> None:
    """It is the very fork that a folder elsewhere can show: every pass says so, nothing is written over or left."""
    folder = home.settings.checkpoint_dir
    assert folder is not None
    hand_out(home, Pigeon(), DESK, at=LATER)
    (laid,) = folder.iterdir()
    forked = changed(newest(home), root=bytes(32)).signed(read_key(log_key_file(home.settings)))
    laid.write_text(forked)
    write_one(home)
    seal_all(home, at=LATER)

    told = [hand_out(home, Pigeon(), DESK, at=LATER)["unreachable"] for _ in range(2)]

    assert all(laid.name in str(one) for one in told)
    assert [path.name for path in folder.iterdir()] == [laid.name]
    assert laid.read_text() == forked


def test_a_log_that_was_put_back_is_behind_its_folder(home: Installation) -> None:
    """A checkpoint beyond the log's own end left the house before somebody put an older state in its place."""
    folder = home.settings.checkpoint_dir
    assert folder is not None
    ahead = changed(newest(home), size=newest(home).size + 4).signed(read_key(log_key_file(home.settings)))
    (folder / f"checkpoint-{newest(home).size + 4:012}.txt").write_text(ahead)

    told = hand_out(home, Pigeon(), DESK, at=LATER)

    assert "copied" not in told
    assert f"{newest(home).size + 4:012}" in str(told["unreachable"])


def test_a_key_is_followed_by_one_that_it_signs(home: Installation) -> None:
    """Old checkpoints stay good; new ones bear the new key, under the same name."""
    old_note, old_key = newest_checkpoint(home) or "", home.log_keys()[-1]

    new = rotate(home, by=operator(), at=LATER, lost=False)
    seal_all(home, at=LATER)

    assert [key.text() for key in home.log_keys()] == [old_key.text(), new.text()]
    assert home.open_checkpoint(old_note).size < newest(home).size
    assert read_checkpoint(newest_checkpoint(home) or "")[1].is_signed_by(new)
    found = home.verify()
    assert (found.findings, found.keys_unvouched) == ((), ())


def test_a_lost_key_is_replaced_and_that_is_said_for_good(home: Installation) -> None:
    """Nobody vouches for the new one, and every check repeats it."""
    file = log_key_file(home.settings)
    file.unlink()
    with pytest.raises(LogKeyUnusable) as gone:
        seal_all(home, at=LATER)

    rotate(home, by=operator(), at=LATER, lost=True)
    seal_all(home, at=LATER)

    found = home.verify()
    assert gone.value.code == "log_key.gone"
    assert (found.findings, found.keys_unvouched) == ((), (2,))


def test_a_rotation_that_was_cut_off_is_ended_or_forgotten(home: Installation) -> None:
    """Before its entry the old key stays; after it the new one, which lies beside, takes its place."""
    file = log_key_file(home.settings)
    coming, old = file.with_name(f"{file.name}.coming"), file.read_text()
    write_key(coming, Signer(name=home.log_keys()[-1].name, seed=bytes(32)))
    write_one(home)
    seal_all(home, at=LATER)
    unharmed = file.read_text() == old

    new = rotate(home, by=operator(), at=LATER, lost=False)
    file.replace(coming)
    file.write_text(old)
    file.chmod(0o600)
    seal_all(home, at=LATER)

    assert unharmed
    assert read_key(file).verifier == new
    assert home.verify().findings == ()


def test_a_key_of_another_log_is_set_aside(home: Installation, tmp_path: Path) -> None:
    """``init`` of a new database in the same folder makes a key of its own and loses none."""
    fresh = Installation.prepare(
        changed(home.settings, database_url=f"sqlite:///{tmp_path}/other.db", log_key_file=log_key_file(home.settings))
    )
    before = log_key_file(home.settings).read_text()

    made = make_log_key(fresh, at=LATER)
    again = make_log_key(fresh, at=LATER)
    fresh.store.close()

    asides = [path.read_text() for path in tmp_path.glob("khuyencong.log-key.????????")]
    assert (made, again, asides) == (True, False, [before])


def test_a_key_that_others_can_read_signs_nothing(home: Installation) -> None:
    """Whoever else could have copied it could sign another history."""
    log_key_file(home.settings).chmod(0o644)

    with pytest.raises(LogKeyUnusable) as refused:
        seal_all(home, at=LATER)

    assert refused.value.code == "log_key.open"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_bad_checkpoint_is_said_in_one_sentence(home: Installation, tmp_path: Path, lang: str) -> None:
    """Cut off, of another log, forged, or no file at all: a clear sentence and a status that is not zero."""
    shell = Shell(tmp_path, {"KHUYENCONG_DOCUMENTS_DIR": str(tmp_path / "documents")})
    note = newest_checkpoint(home) or ""
    stranger = Signer(name="another/log", seed=bytes(32))
    bad = {
        "cut.txt": note[:60],
        "empty.txt": "",
        "other.txt": changed(newest(home), origin=stranger.name).signed(stranger),
        "forged.txt": newest(home).signed(Signer(name=newest(home).origin, seed=bytes(32))),
    }
    for name, text in bad.items():
        (tmp_path / name).write_text(text)

    said = {name: shell("--lang", lang, "audit", "verify", "--against", str(tmp_path / name)) for name in bad}
    unknown = shell("--lang", lang, "audit", "prove", "LC-9999")
    nowhere = shell("--lang", lang, "audit", "verify", "--against", str(tmp_path / "nowhere"))
    good = shell("--lang", lang, "audit", "checkpoint", "--out", str(tmp_path / "good.txt"))

    assert [one.status for one in said.values()] == [2, 2, 1, 1]
    assert all(str(tmp_path / name) in one.err and "Traceback" not in one.err for name, one in said.items())
    assert "another/log" in said["other.txt"].err
    assert (unknown.status, nowhere.status, good.status) == (1, 2, 0)
    assert shell("audit", "verify", "--against", str(tmp_path / "good.txt")).status == 0
    assert shell("audit", "checkpoint", "--out", str(tmp_path / "good.txt")).status == 2


def test_a_forged_memory_beside_the_key_is_refused(home: Installation) -> None:
    """The file beside the key must be signed like any other checkpoint."""
    beside_key(log_key_file(home.settings)).write_text("khuyencong\n")

    with pytest.raises(NoteRefused):
        home.verify()


def test_nobody_is_excluded_without_a_checkpoint_that_was_kept(home: Installation, tmp_path: Path) -> None:
    """A log cut back to an older checkpoint fits itself: only one that was kept elsewhere tells how long it was."""
    shell = Shell(tmp_path, {"KHUYENCONG_DOCUMENTS_DIR": str(tmp_path / "documents")})
    size = newest(home).size
    kept = shell("audit", "verify")
    beside_key(log_key_file(home.settings)).unlink()

    alone = shell("audit", "verify")

    assert (kept.status, alone.status) == (0, 1)
    assert f"không thể sửa gì trong {size} bản ghi đầu" in kept.out
    assert "Không đối chiếu: lịch nhắc việc;" in kept.out
    assert "Chưa xác minh được" in alone.err
    assert "điểm kiểm tra mới nhất được giữ cạnh khóa ký không còn" in alone.err
    assert "Đã loại trừ" not in alone.out


def test_a_notice_that_is_sent_once_more_is_no_finding(home: Installation) -> None:
    """It came back and waits again, beside the mail that was taken the first time; without the resending it is one."""
    raw = sqlite3.connect(home.settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    first, second = (row[0] for row in raw.execute("SELECT id FROM notice WHERE message_id IS NOT NULL LIMIT 2"))
    raw.execute("UPDATE notice SET state = 'bounced' WHERE id = ?", (first,))
    resend(home.store, home.house, number=first, by=operator(), at=LATER)
    clean = home.verify().findings
    raw.execute("UPDATE notice SET state = 'scheduled' WHERE id = ?", (second,))
    raw.close()

    assert clean == ()
    assert [one.code for one in home.verify().findings] == ["finding.notice_state"]


def test_a_resent_notice_whose_mail_was_taken_later_cannot_wait(home: Installation) -> None:
    """Sending once more explains waiting only until a mail that carries it is taken after that."""
    raw = sqlite3.connect(home.settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    (number,) = raw.execute("SELECT id FROM notice WHERE message_id IS NOT NULL LIMIT 1").fetchone()
    raw.execute("UPDATE notice SET state = 'failed' WHERE id = ?", (number,))
    before = OPENING + timedelta(days=1)
    resend(home.store, home.house, number=number, by=operator(), at=before)
    raw.close()

    assert [one.code for one in home.verify().findings] == ["finding.notice_state"]


def test_a_log_that_nobody_signed_is_not_a_verified_one(home: Installation, tmp_path: Path) -> None:
    """Without the server's key its own checkpoint proves nothing; one that an auditor kept still does."""
    shell = Shell(tmp_path, {"KHUYENCONG_DOCUMENTS_DIR": str(tmp_path / "documents")})
    (tmp_path / "kept.txt").write_text(newest_checkpoint(home) or "")
    log_key_file(home.settings).unlink()

    alone = shell("audit", "verify")
    against = shell("audit", "verify", "--against", str(tmp_path / "kept.txt"))

    assert (alone.status, against.status) == (1, 0)
    assert "không thấy khóa ký của máy chủ" in alone.err
    assert "cả người quản trị máy chủ giữ khóa ký cũng không thể sửa gì" in against.out
