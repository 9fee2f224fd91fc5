"""What a channel answers for what the other side does: a real mail server, a folder, a list of allowed recipients."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications.channels import (
    Accepted,
    AllowList,
    EmlFolder,
    Letter,
    Outcome,
    PermanentFailure,
    SmtpChannel,
    TemporaryFailure,
    Unreachable,
)
from tests.smtp import MailServer, Moment

TO = "tham-dinh@sct-lai-chau.example"
LETTER = Letter(id="<ab12@so.example>", recipient=TO, content=b"Subject: x\r\n\r\n.d\xc3\xb2ng\r\n")


def _channel(server: MailServer, *, timeout: float = 5, sender: str = "kc@so.example", **more: object) -> SmtpChannel:
    return SmtpChannel(host=server.host, port=server.port, sender=sender, timeout=timeout, **more)  # type: ignore[arg-type]


def test_an_accepted_letter_arrives_byte_for_byte(mail_server: MailServer) -> None:
    """What the server keeps is what was sent: UTF-8, leading dots and all; the envelope is ours."""
    outcome = _channel(mail_server).send(LETTER)

    assert outcome == Accepted("250 2.0.0 OK")
    assert [(mail.sender, mail.recipients, mail.content) for mail in mail_server.accepted] == [
        ("kc@so.example", (TO,), LETTER.content)
    ]


@pytest.mark.parametrize("moment", ["recipient", "message"])
@pytest.mark.parametrize("code", [421, 450, 451, 550, 554])
def test_a_reply_says_whether_to_try_again(mail_server: MailServer, code: int, moment: Moment) -> None:
    """4xx may go well another time, 5xx never will; the server's words are kept."""
    mail_server.answer(TO, code, moment=moment)

    outcome = _channel(mail_server).send(LETTER)

    assert isinstance(outcome, PermanentFailure if code >= 500 else TemporaryFailure)
    assert outcome.why.startswith(f"{code} ")
    assert mail_server.accepted == []


@pytest.mark.parametrize("order", ["hang", "drop"])
def test_no_answer_is_temporary(mail_server: MailServer, order: str) -> None:
    """Silence and a dropped line say nothing about the letter, so it is tried again."""
    getattr(mail_server, order)(TO)

    outcome = _channel(mail_server, timeout=0.3).send(LETTER)

    assert isinstance(outcome, TemporaryFailure)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of 127.0.0.1 on which nobody listens, held so that nobody will."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


def test_nobody_there_is_unreachable(closed_port: int) -> None:
    """A refused connection is about the server, not about the letter."""
    outcome = SmtpChannel(host="127.0.0.1", port=closed_port, sender="kc@so.example", timeout=2).send(LETTER)

    assert isinstance(outcome, Unreachable)
    assert "refused" in outcome.why.lower()


@pytest.mark.parametrize("setting", [{"starttls": True}, {"user": "kc", "password": "x"}])
def test_encryption_and_login_are_never_left_out(mail_server: MailServer, setting: dict[str, object]) -> None:
    """A server that offers no STARTTLS or no login gets no letter in the clear instead."""
    outcome = _channel(mail_server, **setting).send(LETTER)  # type: ignore[arg-type]

    assert isinstance(outcome, Unreachable)
    assert mail_server.accepted == []


def test_a_sender_that_is_refused_fails_no_letter(mail_server: MailServer) -> None:
    """The sender's address is a setting: no notice is failed for good for it."""
    outcome = _channel(mail_server, sender="khuyến@so.example").send(LETTER)

    assert isinstance(outcome, Unreachable)


def test_an_address_that_cannot_be_said_fails_for_good(mail_server: MailServer) -> None:
    """Trying again would not change the address."""
    outcome = _channel(mail_server).send(Letter(id="<a@b>", recipient="ông@sct.example", content=b"x"))

    assert isinstance(outcome, PermanentFailure)
    assert mail_server.accepted == []


def test_a_folder_keeps_the_letter_whole_and_once(tmp_path: Path) -> None:
    """The file has the exact bytes and is named by the Message-ID, so the same letter again is the same file."""
    folder = EmlFolder(folder=tmp_path / "mail")

    outcomes = [folder.send(LETTER), folder.send(LETTER)]

    files = list((tmp_path / "mail").iterdir())
    assert [path.name for path in files] == ["ab12@so.example.eml"]
    assert files[0].read_bytes() == LETTER.content
    assert not stat.S_IMODE(files[0].stat().st_mode) & 0o077
    assert outcomes == [Accepted(files[0].name)] * 2


def test_a_folder_that_cannot_be_written_is_unreachable(tmp_path: Path) -> None:
    """A full or missing disk is about the folder, not about the letter; nothing half written stays."""
    (tmp_path / "mail").write_text("a file where the folder should be")

    outcome = EmlFolder(folder=tmp_path / "mail").send(LETTER)

    assert isinstance(outcome, Unreachable)
    assert [path.name for path in tmp_path.iterdir()] == ["mail"]


@pytest.mark.parametrize(
    ("allowed", "leaves"),
    [((TO,), True), (("@sct-lai-chau.example",), True), (("@lai-chau.example",), False), ((), False)],
)
def test_only_allowed_recipients_are_written_to(tmp_path: Path, allowed: tuple[str, ...], leaves: bool) -> None:
    """Outside production a letter to anybody else is refused with the reason and never leaves."""
    channel = AllowList(channel=EmlFolder(folder=tmp_path), allowed=allowed)

    outcome: Outcome = channel.send(LETTER)

    assert isinstance(outcome, Accepted) == leaves
    assert leaves or outcome == PermanentFailure(f"{TO} is not on the list of allowed recipients", about="house")
    assert len(list(tmp_path.iterdir())) == leaves
