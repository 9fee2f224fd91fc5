"""A real SMTP server on 127.0.0.1 that keeps what it accepts and misbehaves per recipient when told to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from typing_extensions import override

#: What the server says for the codes that a sender has to tell apart.
REPLIES = {
    421: "421 4.3.2 Service not available, closing the channel",
    450: "450 4.2.0 Mailbox busy, try again later",
    451: "451 4.3.0 Local error in processing",
    550: "550 5.1.1 No such mailbox",
    554: "554 5.7.1 Message refused",
}
Moment = Literal["recipient", "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message the server took: the envelope and the bytes as they came."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The parsed bytes."""
        return message_from_bytes(self.content, policy=policy.default)


@dataclass(slots=True, kw_only=True)
class MailServer:
    """A running server. Its orders hold from the next command on; the last order for a recipient and moment counts.

    `moment` is when the server misbehaves: at `recipient` (RCPT TO), or at `message`, after the whole message came. One
    answered with a code then is not accepted; one whose answer hangs or is dropped *was*, and the sender cannot know.
    """

    host: str
    port: int
    accepted: list[Accepted] = field(default_factory=list)
    orders: dict[tuple[str, Moment], str] = field(default_factory=dict)

    def answer(self, recipient: str, code: int, *, moment: Moment = "recipient") -> None:
        """Refuse that recipient's mail with 421, 450, 451, 550 or 554; 421 also closes the connection."""
        self.orders[recipient, moment] = REPLIES[code]

    def hang(self, recipient: str, *, moment: Moment = "recipient") -> None:
        """Never answer: the sender has to give up by itself."""
        self.orders[recipient, moment] = "hang"

    def drop(self, recipient: str, *, moment: Moment = "recipient") -> None:
        """Close the connection without an answer."""
        self.orders[recipient, moment] = "drop"

    def behave(self) -> None:
        """Forget every order."""
        self.orders.clear()

    def to(self, recipient: str) -> list[Accepted]:
        """The accepted messages for that recipient, in the order they came."""
        return [accepted for accepted in self.accepted if recipient in accepted.recipients]


@dataclass  # without slots: aiosmtpd inspects its members, and Python 3.11.2 stumbles over __weakref__
class _Handler:
    """What aiosmtpd asks at each command; the names are its own."""

    server: MailServer

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, smtp: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self._obey(smtp, self.server.orders.get((address, "recipient")))
        if reply is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return reply or "250 2.1.5 OK"

    async def handle_DATA(self, smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        recipients = tuple(envelope.rcpt_tos)
        order = next(
            (self.server.orders[to, "message"] for to in recipients if (to, "message") in self.server.orders), None
        )
        if order in (None, "hang", "drop"):
            content = cast("bytes", envelope.original_content)
            self.server.accepted.append(
                Accepted(sender=envelope.mail_from or "", recipients=recipients, content=content)
            )
        return await self._obey(smtp, order) or "250 2.0.0 OK"

    async def _obey(self, smtp: SMTP, order: str | None) -> str | None:
        """The refusal to send, or None to go on."""
        if order == "hang":
            await asyncio.Event().wait()
        if order == "drop":
            cut(smtp)
            await asyncio.Event().wait()
        if order is not None and order.startswith("421"):
            asyncio.get_running_loop().call_later(0.05, cut, smtp)
        return order


def cut(smtp: SMTP) -> None:
    """Breaks a conversation off."""
    if isinstance(smtp.transport, asyncio.WriteTransport):
        smtp.transport.abort()


class _Controller(Controller):
    """aiosmtpd's controller on a socket that is already bound, so that no port has to be guessed."""

    def __init__(self, handler: Any, listening: socket.socket) -> None:
        host, port = listening.getsockname()
        super().__init__(handler, hostname=host, port=port)
        self._listening = listening
        self._conversations: list[SMTP] = []

    @override
    def factory(self) -> SMTP:
        conversation = SMTP(self.handler, **self.SMTP_kwargs)
        self._conversations.append(conversation)
        return conversation

    @override
    def stop(self, no_assert: bool = False) -> None:
        """Cuts the open connections first: since Python 3.12 a server waits for them when it closes."""
        for conversation in self._conversations:
            self.loop.call_soon_threadsafe(cut, conversation)
        super().stop(no_assert)

    @override
    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)


@contextmanager
def listening(handler: Any) -> Iterator[tuple[str, int]]:
    """The host and port at which a handler of aiosmtpd answers for as long as the block lasts."""
    bound = socket.create_server(("127.0.0.1", 0), backlog=256)
    controller = _Controller(handler, bound)
    controller.start()
    try:
        yield bound.getsockname()
    finally:
        controller.stop()
        bound.close()


@contextmanager
def running() -> Iterator[MailServer]:
    """A server on a free port of 127.0.0.1 for as long as the block lasts."""
    server = MailServer(host="", port=0)
    with listening(_Handler(server)) as (server.host, server.port):
        yield server
