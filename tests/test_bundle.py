"""A case to take away: it verifies with nothing but Python, and whatever is changed in it is named."""

import base64
import json
import random
import runpy
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.checkpoints import Checkpoint, read_checkpoint
from audit.notes import Signer, read_signer, write_note
from tests.shell import DRAFT, Shell

AT = ("--at", "2021-03-20T09:00")
CENTRE, AUDITOR = ("--as", "can-bo.ttkc-lai-chau"), ("--as", "thanh-tra")
CODE = "LC-2022-0001"
VERIFY = Path(__file__).parent.parent / "exchange" / "bundle" / "verify.py"
CHECKS = runpy.run_path(str(VERIFY))
CONSISTENCY = json.loads((Path(__file__).parent / "vectors" / "rfc6962-proofs.json").read_text())["consistency"]
#: RFC 8032, 7.1: secret key, message, signature.
RFC_8032 = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
            "655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
            "b00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
            "c027beceea1ec40a"
        ),
    ),
)
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.fixture(scope="module")
def shell(prepared: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A draft with a paper, an edit and mail that was sent."""
    made = prepared.copy(tmp_path_factory.mktemp("bundled"))
    folder = tmp_path_factory.mktemp("papers")
    for name in ("cong_van", "de_an", "du_toan", "van_ban_thu_huong"):
        (folder / f"{name}.txt").write_text(f"văn bản {name}\n", encoding="utf-8")
    new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *CENTRE)
    made.json(*new, "--at", "2021-03-05T09:00", *DRAFT)
    edit = ("proposal", "edit", CODE, "--fact", "name=Máy sao chè", *CENTRE)
    made.json(*edit, "--at", "2021-03-05T10:00")
    attach = ("proposal", "attach", CODE, f"cong_van={folder / 'cong_van.txt'}", f"de_an={folder / 'de_an.txt'}")
    made.json(*attach, *CENTRE, "--at", "2021-03-05T11:00")
    made.json(
        *(
            "proposal",
            "act",
            CODE,
            "submit",
            *CENTRE,
            "--at",
            "2021-03-06T09:00",
            "--fact",
            "own_capital_committed=true",
        ),
        *("--fact", "no_double_support=true", "--fact", "letter_number=12/TTKC", "--fact", "letter_date=2021-03-06"),
        *("--attach", f"du_toan={folder / 'du_toan.txt'}"),
        *("--attach", f"van_ban_thu_huong={folder / 'van_ban_thu_huong.txt'}"),
    )
    made.json("scheduler", "tick", "--at", "2021-03-08T10:00")
    return made


@pytest.fixture(scope="module")
def zipped(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle."""
    file = tmp_path_factory.mktemp("bundle") / "b.zip"
    shell.json("audit", "bundle", CODE, str(file), *AUDITOR, *AT)
    return file


@pytest.fixture
def folder(zipped: Path, tmp_path: Path) -> Path:
    """The bundle, unpacked."""
    with ZipFile(zipped) as archive:
        archive.extractall(tmp_path / "b")
    return tmp_path / "b"


def signer_of(shell: Shell) -> Signer:
    return read_signer((shell.folder / "khuyencong.log-key").read_text())


def run(*words: object) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-I", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def checked(place: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    status = CHECKS["main"]([str(place), *words])
    return status, capsys.readouterr().out


def test_a_bundle_verifies_with_nothing_but_python(folder: Path, zipped: Path, shell: Shell) -> None:
    """In a process without our packages, from the folder and from the zip, under the key that the auditor keeps."""
    status, said = run(folder / "verify.py")

    sent = [row for row in lines_of(folder, "notices.jsonl") if row["file"]]
    assert (status, said.splitlines()[-2].partition(":")[0]) == (3, "SIGNER NOT CHECKED")
    assert "VERIFIED under" not in said
    assert run(VERIFY, zipped) == (3, said)
    kept = run(VERIFY, zipped, "--checkpoint", folder / "checkpoint.txt")
    assert (kept[0], kept[1].splitlines()[-1].split()[0]) == (0, "VERIFIED")
    assert f"{len(sent)} notices proved by the log" in said
    assert sent
    key = signer_of(shell).verifier.text()
    status, said = run(VERIFY, zipped, "--key", key, "--checkpoint", folder / "checkpoint.txt")
    assert (status, said.splitlines()[-1]) == (0, f"VERIFIED under the key {'+'.join(key.split('+')[:2])}")


def test_a_bundle_holds_everything(folder: Path, shell: Shell) -> None:
    """The whole chain, the papers, the mail as it was sent, definitions, calendars, and a PDF/A-2 to read."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    chain = shell.json("proposal", "history", CODE, *AT)["entries"]
    rows = [json.loads(line) for line in (folder / "history.jsonl").read_text("utf-8").splitlines()]

    assert [row["hash"] for row in rows] == [one["hash"] for one in chain]
    papers = {paper["sha256"] for row in rows for paper in json.loads(row["body"]).get("documents", ())}
    assert {name.partition("/")[2] for name in names if name.startswith("documents/")} == papers
    kinds = {name.split("/")[1].split("-")[0] for name in names if name.startswith("definitions/")}
    assert kinds == {"process", "programme", "templates", "calendar"}
    pdf = (folder / "bao-cao.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf


def lines_of(folder: Path, name: str) -> list[Any]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def put_lines(folder: Path, name: str, rows: list[Any]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / name).write_text(text, encoding="utf-8")


def _body(folder: Path, key: str, value: object, *, rehash: bool) -> None:
    rows = lines_of(folder, "history.jsonl")
    body = json.loads(rows[1]["body"]) | {key: value}
    rows[1]["body"] = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if rehash:
        rows[1]["hash"] = sha256(rows[1]["body"].encode()).hexdigest()
    put_lines(folder, "history.jsonl", rows)


def _edited(folder: Path) -> None:
    _body(folder, "channel", "web", rehash=False)


def _rehashed(folder: Path) -> None:
    _body(folder, "channel", "web", rehash=True)


def _dropped(folder: Path) -> None:
    rows = lines_of(folder, "history.jsonl")
    put_lines(folder, "history.jsonl", [rows[0], *rows[2:]])


def _reordered(folder: Path) -> None:
    rows = lines_of(folder, "history.jsonl")
    put_lines(folder, "history.jsonl", [rows[1], rows[0], *rows[2:]])


def _renamed(folder: Path) -> None:
    rows = lines_of(folder, "history.jsonl")
    next(one for one in rows[0]["openings"] if one["path"] == "actor")["value"] = "Kẻ khác"
    put_lines(folder, "history.jsonl", rows)


def _unopened(folder: Path) -> None:
    rows = lines_of(folder, "history.jsonl")
    rows[0]["openings"].pop()
    put_lines(folder, "history.jsonl", rows)


def _other_proof(folder: Path) -> None:
    rows = lines_of(folder, "history.jsonl")
    rows[0]["proof"][0] = "00" * 32
    put_lines(folder, "history.jsonl", rows)


def _no_history(folder: Path) -> None:
    put_lines(folder, "history.jsonl", [])


def _garbled(folder: Path) -> None:
    (folder / "history.jsonl").write_text('{"body": 3}\n', encoding="utf-8")


def _one(folder: Path, pattern: str) -> Path:
    return min(folder.glob(pattern))


def _paper(folder: Path) -> None:
    _one(folder, "documents/*").write_text("khác", encoding="utf-8")


def _no_paper(folder: Path) -> None:
    _one(folder, "documents/*").unlink()


def _strange_paper(folder: Path) -> None:
    (folder / "documents" / ("0" * 64)).write_text("lạ", encoding="utf-8")


def _mail(folder: Path) -> None:
    _one(folder, "notices/*.eml").write_text("khác", encoding="utf-8")


def _rehashed_mail(folder: Path) -> None:
    _mail(folder)
    rows = lines_of(folder, "notices.jsonl")
    hashed = sha256(_one(folder, "notices/*.eml").read_bytes()).hexdigest()
    put_lines(folder, "notices.jsonl", [row | {"sha256": row["sha256"] and hashed} for row in rows])


def _notice(folder: Path) -> None:
    rows = lines_of(folder, "notices.jsonl")
    put_lines(folder, "notices.jsonl", [row | {"said": row["said"] and row["said"] + " "} for row in rows])


def _no_notice(folder: Path) -> None:
    rows = lines_of(folder, "notices.jsonl")
    put_lines(folder, "notices.jsonl", [row for row in rows if row["file"] is None])
    _no_mail(folder)


def _other_sent(folder: Path) -> None:
    rows = lines_of(folder, "notices-sent.jsonl")
    rows[0]["proof"][0] = "00" * 32
    put_lines(folder, "notices-sent.jsonl", rows)


def _no_mail(folder: Path) -> None:
    _one(folder, "notices/*.eml").unlink()


def _law(folder: Path) -> None:
    _one(folder, "definitions/process-*").write_text("khác", encoding="utf-8")


def _calendar(folder: Path) -> None:
    _one(folder, "definitions/calendar-*").write_text("khác", encoding="utf-8")


def _checkpoint(folder: Path) -> None:
    lines = (folder / "checkpoint.txt").read_text("utf-8").split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    (folder / "checkpoint.txt").write_text("\n".join(lines), encoding="utf-8")


def _page(folder: Path) -> None:
    (folder / "bao-cao.pdf").write_bytes(b"%PDF-1.7 khac")


def _verifier(folder: Path) -> None:
    (folder / "verify.py").write_text("print('VERIFIED')", encoding="utf-8")


def _manifest(folder: Path) -> None:
    text = (folder / "manifest.txt").read_text("utf-8").replace(f"\n{CODE}\n", "\nLC-2022-0002\n", 1)
    (folder / "manifest.txt").write_text(text, encoding="utf-8")


SPOILT: dict[str, tuple[Callable[[Path], None], str]] = {
    "an entry was edited": (_edited, "entry 2 of LC-2022-0001: its content does not fit its hash"),
    "an entry was edited and hashed again": (_rehashed, "entry 2 of LC-2022-0001: it is not in the log"),
    "an entry was dropped": (_dropped, "entry 3 of LC-2022-0001: it does not follow"),
    "entries changed places": (_reordered, "entry 2 of LC-2022-0001: it does not follow"),
    "a name was changed": (_renamed, "entry 1 of LC-2022-0001: the value of actor does not fit"),
    "an opening is gone": (_unopened, "entry 1 of LC-2022-0001: values are missing"),
    "a proof was changed": (_other_proof, "entry 1 of LC-2022-0001: it is not in the log"),
    "history is empty": (_no_history, "history.jsonl: there is no entry"),
    "history is no history": (_garbled, "history.jsonl line 1: it cannot be read"),
    "a paper was changed": (_paper, "documents: the paper"),
    "a paper is gone": (_no_paper, "documents: the paper"),
    "a paper was added": (_strange_paper, "no entry names this paper"),
    "a mail was changed": (_mail, "it is not the mail that was sent"),
    "a mail was changed with its hash": (_rehashed_mail, "the log says that another mail was sent"),
    "a notice was rewritten": (_notice, "the log tells something else of the notice"),
    "a notice was left out": (_no_notice, "is in the log and not in the bundle"),
    "a proof of mails was changed": (_other_sent, "it is not in the log that the checkpoint signs"),
    "a mail is gone": (_no_mail, "is not in the bundle"),
    "the process was changed": (_law, "definitions: the process that the case follows"),
    "a calendar was changed": (_calendar, "the log does not tell that it was published"),
    "the checkpoint was changed": (_checkpoint, "checkpoint.txt: no key of the log signed it"),
}
BY_LIST: dict[str, tuple[Callable[[Path], None], str]] = {
    "the page was changed": (_page, "bao-cao.pdf: its content is not the one that was listed"),
    "the verifier was changed": (_verifier, "verify.py: its content is not the one that was listed"),
    "the list was changed": (_manifest, "manifest.txt: no key of the log signed it"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_whatever_is_changed_is_named(
    folder: Path, shell: Shell, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """First by the signed list; and even where the list was made and signed again, by what the log proves."""
    spoil, named = SPOILT[what]
    spoil(folder)

    status, said = checked(folder, capsys)
    assert status == 1
    assert "NOT VERIFIED" in said

    _list_again(folder, signer_of(shell))
    status, said = checked(folder, capsys)
    assert status == 1
    assert named in said
    assert "VERIFIED under" not in said


def _list_again(folder: Path, signer: Signer) -> None:
    """As a keeper of the server with its key would."""
    old = (folder / "manifest.txt").read_text("utf-8").split("\n")[:5]
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.txt")
    listed = [f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}" for path in files]
    text = "".join(f"{line}\n" for line in (*old, *listed))
    (folder / "manifest.txt").write_text(write_note(text, signer), encoding="utf-8")


@pytest.mark.parametrize("what", BY_LIST)
def test_the_signed_list_vouches_for_every_file(folder: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    """Also for what the log says nothing of."""
    spoil, named = BY_LIST[what]
    spoil(folder)

    status, said = checked(folder, capsys)

    assert status == 1
    assert named in said


def test_a_file_more_or_less_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the list."""
    (folder / "README.txt").unlink()
    (folder / "them.txt").write_text("thêm", encoding="utf-8")

    _, said = checked(folder, capsys)

    assert "README.txt: it is listed and not in the bundle" in said
    assert "them.txt: it is in the bundle and not listed" in said


def test_the_key_that_is_printed_is_the_one_that_signed(
    folder: Path, shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    """A forger who lists the log's own key last, beside the one that signed, is not called by its name."""
    own = signer_of(shell).verifier
    forger = Signer(name=own.name, seed=bytes(range(32)))
    (folder / "keys.txt").write_text(f"{forger.verifier.text()}\n{own.text()}\n", encoding="utf-8")
    text = (folder / "checkpoint.txt").read_text("utf-8").rpartition("\n\n")[0] + "\n"
    (folder / "checkpoint.txt").write_text(write_note(text, forger), encoding="utf-8")
    _list_again(folder, forger)

    _, said = checked(folder, capsys)

    assert f"under the key {forger.name}+{forger.verifier.key_id.hex()}\n" in said
    assert own.key_id.hex() not in said


def test_another_key_or_checkpoint_than_the_kept_one_is_named(
    folder: Path, shell: Shell, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A bundle that was forged whole, with a key of its own, does not pass for who kept the key or a checkpoint."""
    forger = Signer(name=signer_of(shell).name, seed=bytes(range(32)))
    (folder / "keys.txt").write_text(forger.verifier.text() + "\n", encoding="utf-8")
    text = (folder / "checkpoint.txt").read_text("utf-8").rpartition("\n\n")[0] + "\n"
    (folder / "checkpoint.txt").write_text(write_note(text, forger), encoding="utf-8")
    _list_again(folder, forger)
    assert checked(folder, capsys)[0] == 3  # Under its own key it is whole: that is why the key has to be kept.

    status, said = checked(folder, capsys, "--key", signer_of(shell).verifier.text())
    assert status == 1
    assert "checkpoint.txt: no key of the log signed it" in said

    kept = tmp_path / "kept.txt"
    shell.json("audit", "checkpoint", "--out", str(kept), *AT)
    kept.write_text(kept.read_text("utf-8").replace("\nmade ", "\nmade 1", 1), encoding="utf-8")
    assert "it is not the checkpoint that you keep" in checked(folder, capsys, "--checkpoint", str(kept))[1]


@pytest.mark.parametrize("part", [0, 1, 50, 90, 99])
def test_a_bundle_that_is_cut_off_gives_a_sentence(zipped: Path, tmp_path: Path, part: int) -> None:
    """Not a traceback, and not exit status 0."""
    content = zipped.read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[: len(content) * part // 100])

    status, said = run(VERIFY, tmp_path / "cut.zip")

    assert status == 2
    assert said.startswith("NOT VERIFIED: ")
    assert said.count("\n") == 1


def test_what_is_no_bundle_gives_a_sentence(folder: Path, tmp_path: Path) -> None:
    """An empty folder, a file that is none, a folder without its list, a key that is none."""
    (tmp_path / "empty").mkdir()
    shutil.copytree(folder, tmp_path / "headless")
    (tmp_path / "headless" / "manifest.txt").unlink()

    for words in ((tmp_path / "empty",), (tmp_path / "none.zip",), (tmp_path / "headless",), (folder, "--key", "x+y")):
        status, said = run(VERIFY, *words)
        assert (status, said[:14], said.count("\n")) == (2, "NOT VERIFIED: ", 1)


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_signatures_are_checked_as_published(secret: str, public: str, message: str, signature: str) -> None:
    """The vectors of RFC 8032, which the library makes too; any changed byte is refused."""
    key, told, made = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).sign(told) == made

    assert CHECKS["ed25519_holds"](key, told, made)
    assert not CHECKS["ed25519_holds"](key, told + b"x", made)
    for place in (0, 31, 32, 63):
        spoilt = bytearray(made)
        spoilt[place] ^= 1
        assert not CHECKS["ed25519_holds"](key, told, bytes(spoilt))


def test_signatures_are_judged_as_the_library_judges_them() -> None:
    """Random keys and messages, spoilt signatures and keys, scalars beyond the order, points that are none."""
    chance = random.Random(8032)  # noqa: S311 - chance, not a secret.
    judged = {True: 0, False: 0}
    for number in range(60):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        key, message = private.public_key().public_bytes_raw(), chance.randbytes(number)
        signature = private.sign(message)
        beyond = (int.from_bytes(signature[32:], "little") + ORDER) % 2**256
        for one, other in (
            (key, signature),
            (key, chance.randbytes(64)),
            (chance.randbytes(32), signature),
            (key, signature[:32] + beyond.to_bytes(32, "little")),
            (b"\xff" * 32, signature),
            (key, signature[:63]),
        ):
            expected = _library(one, message, other)
            assert CHECKS["ed25519_holds"](one, message, other) is expected
            judged[expected] += 1
    assert judged == {True: 60, False: 300}


def _library(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize("words", [("LC-1999-0001", *AUDITOR), (CODE, *CENTRE), (CODE,)])
def test_who_may_not_or_what_is_not_gets_no_bundle(shell: Shell, tmp_path: Path, words: tuple[str, ...]) -> None:
    """An unknown case, no auditor, nobody: a sentence, no file."""
    answer = shell("audit", "bundle", words[0], str(tmp_path / "b.zip"), *words[1:], *AT)

    assert answer.status == 1
    assert answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("vector", CONSISTENCY, ids=lambda one: one["name"])
def test_the_verifier_judges_every_published_consistency_proof(vector: dict[str, Any]) -> None:
    """As the product does; an empty tree proves nothing about a later one, so it is refused."""
    roots = b64decode(vector["root1"]), b64decode(vector["root2"])
    path = [b64decode(node) for node in vector["proof"] or ()]

    held = CHECKS["extends"](vector["size1"], vector["size2"], *roots, path)

    assert held is not vector["wantErr"]


def test_a_bundle_proves_that_its_log_extends_a_checkpoint_kept_before(
    prepared: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The auditor kept one in March; the bundle of May is held against it, and against no other."""
    (tmp_path / "home").mkdir()
    shell, kept, file = prepared.copy(tmp_path / "home"), tmp_path / "march.txt", tmp_path / "b.zip"
    shell.json("audit", "checkpoint", "--out", str(kept), *AUDITOR, "--at", "2021-03-01T09:00")
    new = ("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *CENTRE)
    code = shell.json(*new, "--at", "2021-03-05T09:00", *DRAFT)["code"]
    later = tmp_path / "april.txt"
    shell.json("audit", "checkpoint", "--out", str(later), *AUDITOR, "--at", "2021-04-01T09:00")
    shell.json("proposal", "edit", code, "--fact", "name=Máy sao chè", *CENTRE, "--at", "2021-04-05T09:00")
    at = ("--at", "2021-05-01T09:00")

    shell.json("audit", "bundle", code, str(file), "--against", str(kept), *AUDITOR, *at)

    assert checked(file, capsys, "--checkpoint", str(kept))[0] == 0
    status, said = checked(file, capsys, "--checkpoint", str(later))
    assert (status, "not proved to extend it" in said) == (1, True)
    forked = Checkpoint(**{**asdict(read_checkpoint(kept.read_text())[0]), "root": bytes(32)})
    kept.write_text(write_note(forked.text(), signer_of(shell)))
    assert checked(file, capsys, "--checkpoint", str(kept))[0] == 1
    answer = shell("audit", "bundle", code, str(tmp_path / "c.zip"), "--against", str(kept), *AUDITOR, *at)
    assert answer.status == 1
    assert not (tmp_path / "c.zip").exists()
