"""Where a composed mail goes: a mail server, or a folder of ``.eml`` files. Each answers what became of it."""

import os
import re
import smtplib
import ssl
import tempfile
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from notifications.refusals import means_nobody, status_of

_DONE, _FORWARDED = 250, 251
_FINAL = 500  # From here on a reply of the server is meant for good (RFC 5321, 4.2.1).
_SECONDS = 20.0
#: How the name of a mail's file begins and ends until it is whole.
UNFINISHED = (".", ".part")


class Letter(Struct, frozen=True, kw_only=True):
    """A mail as it leaves: its Message-ID, the one address of its envelope, and its bytes."""

    id: str
    recipient: str
    content: bytes
    #: Which webhook it goes to; empty: it is mail.
    about: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Whoever carries it on took responsibility for it; more nobody knows yet."""

    said: str


@dataclass(frozen=True, slots=True)
class TemporaryFailure:
    """It was not taken this time. ``wait``: seconds for which the other side asked to be left alone."""

    why: str
    wait: float = 0


@dataclass(frozen=True, slots=True)
class PermanentFailure:
    """It will never be taken."""

    why: str
    #: Nobody is at the address; or only this letter is not liked; or the house itself does not let it out.
    about: Literal["address", "letter", "house"] = "letter"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The channel itself does not work now: no mail would fare better."""

    why: str


Outcome = Accepted | TemporaryFailure | PermanentFailure | Unreachable


class Channel(Protocol):
    """Carries one letter at a time; never raises for what the other side does."""

    def send(self, letter: Letter) -> Outcome:
        """Tries to hand the letter over once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpChannel:
    """A mail server. Without ``starttls`` the letter and the login travel as they are."""

    host: str
    port: int
    #: The address that bounces come back to.
    sender: str
    user: str = ""
    password: str = ""
    starttls: bool = False
    #: Seconds that each answer may take.
    timeout: float = _SECONDS

    def send(self, letter: Letter) -> Outcome:
        """Hands the letter over in a conversation of its own.

        Whatever fails before its recipient is named (no connection, no encryption, no login, the sender) is
        Unreachable; then 4xx, silence and a dropped line are temporary, 5xx is permanent (RFC 5321, 4.2.1).
        """
        try:
            line = self._open()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return Unreachable(_words(error))
        with closing(line):
            outcome = _hand_over(line, letter)
            if isinstance(outcome, Accepted):
                _part(line)
            return outcome

    def _open(self) -> smtplib.SMTP:
        """A conversation that waits for its recipient."""
        line = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.starttls:
                line.starttls(context=ssl.create_default_context())
            if self.user:
                line.login(self.user, self.password)
            line.ehlo_or_helo_if_needed()
            code, said = line.mail(self.sender)
            if code != _DONE:
                raise smtplib.SMTPSenderRefused(code, said, self.sender)  # noqa: TRY301 - ends like every other failure.
        except BaseException:
            line.close()
            raise
        return line


def _hand_over(line: smtplib.SMTP, letter: Letter) -> Outcome:
    said: bytes | str
    named = False
    try:
        code, said = line.rcpt(letter.recipient)
        if code in (_DONE, _FORWARDED):
            named = True
            code, said = line.data(letter.content)
    except smtplib.SMTPResponseException as error:
        code, said = error.smtp_code, error.smtp_error
    except (OSError, smtplib.SMTPException) as error:
        return TemporaryFailure(_words(error))
    except ValueError as error:
        return PermanentFailure(_words(error), about="address")
    return Accepted(_reply(code, said)) if code == _DONE else _refused(code, said, named=named)


def _refused(code: int, said: bytes | str, *, named: bool) -> Outcome:
    """``named``: the recipient was taken, and only then the letter refused."""
    words = _reply(code, said)
    if code < _FINAL:
        return TemporaryFailure(words)
    nobody = not named and means_nobody(status_of(words), code)
    return PermanentFailure(words, about="address" if nobody else "letter")


def _reply(code: int, said: bytes | str) -> str:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(words.split())}"


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _reply(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"


def _part(line: smtplib.SMTP) -> None:
    """Takes leave; the letter is accepted whether or not that is heard."""
    try:
        line.quit()
    except (OSError, smtplib.SMTPException):
        line.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class EmlFolder:
    """A folder that keeps every mail as a file named by its Message-ID; the same mail twice is one file."""

    folder: Path

    def send(self, letter: Letter) -> Outcome:
        """Writes the file as a whole or not at all, and onto the disk before it counts as accepted."""
        path = self.folder / f"{re.sub(r'[^0-9A-Za-z.@_-]', '', letter.id)}.eml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(path, letter.content)
        except OSError as error:
            return Unreachable(_words(error))
        return Accepted(path.name)


def _write(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=UNFINISHED[0], suffix=UNFINISHED[1], dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Makes the name of a new file as lasting as its content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowList:
    """Outside production: only addresses and domains (``@example.vn``) on the list are ever written to."""

    channel: Channel
    allowed: Collection[str]

    def send(self, letter: Letter) -> Outcome:
        """Passes the letter on, or refuses it for good without anything leaving the house."""
        address = letter.recipient.lower()
        if address in self.allowed or f"@{address.rpartition('@')[2]}" in self.allowed:
            return self.channel.send(letter)
        return PermanentFailure(f"{letter.recipient} is not on the list of allowed recipients", about="house")
