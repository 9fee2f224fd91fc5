"""The bytes of a mail: the same twice, readable by any reader, and closed to injected headers."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.errors import BadMailbox
from notifications.message import Mailbox, compose, message_id
from notifications.rendering import Rendered

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LETTER = Rendered(
    subject="Thông báo phê duyệt đề án khuyến công LC-06: kinh phí hỗ trợ 300.000.000 đồng, Quyết định số 12/QĐ-UBND",
    text="Kính gửi: Hợp tác xã Chè Pắc Ta\n\n.\nFrom đây " + "trở đi " * 200 + "\n",
    html="<p>Kính gửi: <strong>Hợp tác xã Chè Pắc Ta</strong></p>\n",
)
SENDER = Mailbox(name="Hệ thống khuyến công, tỉnh Lai Châu", address="khuyencong@laichau.test")
READER = Mailbox(name="Nguyễn Thị Ánh", address="anh@htx.test")
ID = message_id("LC-06/7/approved/implementer@ttkc-lai-chau/p1/mail", "laichau.test")


def _sent(rendered: Rendered = LETTER, recipient: Mailbox = READER, reply_to: Mailbox | None = None) -> bytes:
    return compose(rendered, sender=SENDER, recipient=recipient, message_id=ID, date=AT, reply_to=reply_to)


def _read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_the_same_notice_is_the_same_bytes() -> None:
    """A retry sends what was sent before, to the byte."""

    assert _sent() == _sent()
    assert message_id("a", "x.test") == message_id("a", "x.test") != message_id("b", "x.test")


def test_a_reader_finds_what_was_written() -> None:
    """Vietnamese survives in subject, names and both bodies."""
    mail = _read(_sent(reply_to=SENDER))

    assert mail.defects == []
    assert mail["Subject"] == LETTER.subject
    assert mail["To"].addresses[0].display_name == "Nguyễn Thị Ánh"
    assert mail["Reply-To"].addresses[0].addr_spec == "khuyencong@laichau.test"
    assert _part(mail, "plain") == LETTER.text
    assert _part(mail, "html") == LETTER.html


def test_a_mail_says_when_and_by_what_it_was_sent() -> None:
    """Date in Vietnam's time, the id of the notice, and that a machine wrote it, so that no robot answers."""
    mail = _read(_sent())

    assert mail["Date"] == "Mon, 23 Nov 2026 08:00:00 +0700"
    assert parsedate_to_datetime(mail["Date"]) == AT
    assert mail["Message-ID"] == ID
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_bytes_fit_the_wire() -> None:
    """ASCII only, lines that end in CRLF and are short enough for any server (RFC 5321: 998, headers 78)."""
    content = _sent(
        recipient=Mailbox(name="Trung tâm Khuyến công và Xúc tiến thương mại " * 6, address="tt@laichau.test")
    )
    head, _, _ = content.partition(b"\r\n\r\n")

    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert max(map(len, head.split(b"\r\n"))) <= 78


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs"))) | st.sampled_from(
    ["=?utf-8?q?x?=", '"q"', "<a@b.test>", "Hợp tác xã", "đồng,", "(hạn", "KCQG-2026-0012:"]
)
LINES = st.lists(WORDS.filter(bool), min_size=1, max_size=30).map(" ".join)


@given(subject=LINES, name=LINES)
def test_any_subject_and_name_come_back_as_they_were(subject: str, name: str) -> None:
    """Titles typed by people cannot break, hide or forge a header, whatever characters they hold."""
    rendered = Rendered(subject=subject, text="x\n", html="x\n")

    content = _sent(rendered, Mailbox(name=name, address="anh@htx.test"))

    plain = message_from_bytes(content)
    shown, address = parseaddr(plain["To"])
    assert str(make_header(decode_header(plain["Subject"]))) == subject
    assert str(make_header(decode_header(shown))) == name
    assert address == "anh@htx.test"
    assert plain.keys().count("Subject") == plain.keys().count("To") == 1
    assert "Bcc" not in plain


@pytest.mark.parametrize(
    "mailbox",
    [
        Mailbox(name="Ánh", address=""),
        Mailbox(name="Ánh", address="anh"),
        Mailbox(name="Ánh", address="anh@"),
        Mailbox(name="Ánh", address="ánh@htx.test"),
        Mailbox(name="Ánh", address="anh@htx.test\r\nBcc: ai@do.test"),
        Mailbox(name="Ánh\r\nBcc: ai@do.test", address="anh@htx.test"),
        Mailbox(name="Ánh", address="anh@htx.test, ai@do.test"),
    ],
)
def test_a_bad_mailbox_is_refused(mailbox: Mailbox) -> None:
    """What is not one address, or carries a line end, is an error before anything is written."""

    with pytest.raises(BadMailbox):
        _sent(recipient=mailbox)


def test_a_naive_date_and_a_bad_id_are_refused() -> None:
    """Both are mistakes of the program that calls."""

    with pytest.raises(ValueError, match="aware"):
        compose(LETTER, sender=SENDER, recipient=READER, message_id=ID, date=datetime(2026, 11, 23))  # noqa: DTZ001
    with pytest.raises(ValueError, match="message id"):
        compose(LETTER, sender=SENDER, recipient=READER, message_id="<a@b>\r\nBcc: x", date=AT)
