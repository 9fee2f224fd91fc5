"""The servers that other tests stand on: real, separate, and gone when their session is."""

import os
import signal
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from tests import postgres, private_postgres, smtp

ROOT = Path(__file__).parent.parent
#: What is started in the background of a script inherits that SIGINT is ignored, and would sleep on.
SESSION = """
import signal, time
from tests import postgres
signal.signal(signal.SIGINT, signal.default_int_handler)
with postgres.running() as server:
    print(server.url("postgres"), flush=True)
    time.sleep(60)
"""


def answer(url: str | URL, statement: str) -> object:
    """What PostgreSQL says on a connection of its own."""
    with create_engine(url, poolclass=NullPool).begin() as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


def send(server: smtp.MailServer, *recipients: str) -> dict[str, tuple[int, bytes]]:
    """Sends one message as the product would; gives the refused recipients."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "sct@example.vn", ", ".join(recipients), "Đề án"
    mail.set_content("Kính gửi\n")
    with smtplib.SMTP(server.host, server.port, timeout=1) as client:
        return client.send_message(mail)


def test_a_test_gets_an_empty_postgresql_database_of_its_own(
    postgres_url: str, postgres_server: postgres.Server
) -> None:
    """What one test leaves behind is never seen by another."""
    answer(postgres_url, "CREATE TABLE left_behind (id int)")

    with postgres_server.database() as other:
        seen = answer(other, "SELECT to_regclass('left_behind')")

    assert postgres_url.startswith("postgresql+psycopg://")
    assert seen is None


def test_a_template_is_prepared_once_and_copied(postgres_server: postgres.Server) -> None:
    """Migrating takes seconds and copying takes tens of milliseconds, so a session migrates once."""
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        answer(url, "CREATE TABLE proposal AS SELECT 41 + 1 AS id")

    with (
        postgres_server.database(template=postgres_server.template("test_servers", prepare)) as first,
        postgres_server.database(template=postgres_server.template("test_servers", prepare)) as second,
    ):
        answer(first, "DELETE FROM proposal")
        kept = answer(second, "SELECT id FROM proposal")

    assert kept == 42
    assert len(prepared) == 1


def test_a_database_goes_even_when_a_connection_was_left_open(postgres_server: postgres.Server) -> None:
    """A failing test must not make the next one fail."""
    with postgres_server.database() as url:
        engine = create_engine(url)
        connection = engine.connect()
        name = make_url(url).database

    found = answer(postgres_server.address, f"SELECT count(*) FROM pg_database WHERE datname = '{name}'")  # noqa: S608

    connection.invalidate()
    engine.dispose()
    assert found == 0


@pytest.mark.parametrize("route", postgres.ROUTES)
def test_both_ways_to_a_server_of_our_own_work(route: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of the system, or those of the wheel where the system has none: both run, also for root."""
    monkeypatch.delenv("KHUYENCONG_TEST_POSTGRES", raising=False)
    monkeypatch.setenv("KHUYENCONG_TEST_POSTGRES_ROUTE", route)
    if route == "system":
        needs_system_programs()

    with postgres.running() as server, server.database() as url:
        version = int(str(answer(url, "SHOW server_version_num")))
        elsewhere = answer(url, "SHOW listen_addresses")

    assert version >= 140000
    assert elsewhere == "127.0.0.1"


def needs_system_programs() -> None:
    """Not every machine has them; the wheel's are there wherever the lock is installed."""
    try:
        private_postgres.system_programs()
    except private_postgres.NoPostgres as problem:
        pytest.xfail(str(problem))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_the_server_goes_with_its_session(end: signal.Signals) -> None:
    """Whoever interrupts or kills pytest finds neither a process nor a folder of it afterwards."""
    env = {**os.environ, "KHUYENCONG_TEST_POSTGRES": ""}
    session = subprocess.Popen(
        [sys.executable, "-c", SESSION], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with session:
        url = make_url(str(session.stdout and session.stdout.readline()).strip())
        folder = Path(str(answer(url, "SHOW data_directory"))).parent
        session.send_signal(end)

    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.1)

    assert not folder.exists()
    with pytest.raises(Exception, match="refused"):
        answer(url, "SELECT 1")


def test_a_message_is_kept_as_it_came(mail_server: smtp.MailServer) -> None:
    """The envelope and the bytes: a test can compare them with what was stored before sending."""
    refused = send(mail_server, "ttkc@example.vn", "stc@example.vn")

    (accepted,) = mail_server.to("ttkc@example.vn")
    assert refused == {}
    assert accepted.recipients == ("ttkc@example.vn", "stc@example.vn")
    assert accepted.message["Subject"] == "Đề án"
    assert b"Subject: =?utf-8?" in accepted.content


@pytest.mark.parametrize("code", [450, 550])
def test_one_recipient_is_refused_and_the_others_are_served(mail_server: smtp.MailServer, code: int) -> None:
    """A refusal concerns one address; the message still goes to the rest."""
    mail_server.answer("gone@example.vn", code)

    refused = send(mail_server, "gone@example.vn", "ttkc@example.vn")

    assert refused["gone@example.vn"][0] == code
    assert [accepted.recipients for accepted in mail_server.accepted] == [("ttkc@example.vn",)]


def test_421_closes_the_channel(mail_server: smtp.MailServer) -> None:
    """RFC 5321: a server that says 421 goes away; the sender tries again later."""
    mail_server.answer("ttkc@example.vn", 421)

    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(mail_server, "ttkc@example.vn")

    assert caught.value.recipients["ttkc@example.vn"][0] == 421
    assert mail_server.accepted == []


def test_a_hanging_server_is_given_up(mail_server: smtp.MailServer) -> None:
    """The sender's own time limit ends it; the server itself never would."""
    mail_server.hang("ttkc@example.vn")

    with pytest.raises((smtplib.SMTPServerDisconnected, OSError), match="timed out"):
        send(mail_server, "ttkc@example.vn")

    assert mail_server.accepted == []


def test_a_dropped_connection_is_seen_as_one(mail_server: smtp.MailServer) -> None:
    """Dropped before the message came: nothing was accepted."""
    mail_server.drop("ttkc@example.vn")

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(mail_server, "ttkc@example.vn")

    assert mail_server.accepted == []


@pytest.mark.parametrize("order", ["hang", "drop"])
def test_an_answer_lost_after_the_message_leaves_it_accepted(mail_server: smtp.MailServer, order: str) -> None:
    """The sender cannot know that it was accepted, which is why a retry must send the same bytes."""
    getattr(mail_server, order)("ttkc@example.vn", moment="message")

    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        send(mail_server, "ttkc@example.vn")

    assert len(mail_server.to("ttkc@example.vn")) == 1


def test_a_refused_message_is_not_accepted(mail_server: smtp.MailServer) -> None:
    """450 after the data: all of it has to be sent again."""
    mail_server.answer("ttkc@example.vn", 450, moment="message")

    with pytest.raises(smtplib.SMTPDataError):
        send(mail_server, "ttkc@example.vn")
    mail_server.behave()
    send(mail_server, "ttkc@example.vn")

    assert len(mail_server.accepted) == 1
