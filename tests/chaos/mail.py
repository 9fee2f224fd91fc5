"""A mail server in a process of its own: it writes down every mail that it accepts, and misbehaves by a seed.

``python -m tests.chaos.mail LOG SEED WILD``: prints its port and runs until standard input ends. Each accepted mail is
a line of LOG: Message-ID, hash of the bytes, and what became of the answer.
"""

import asyncio
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests import smtp

ROOT = Path(__file__).parents[2]
_ID = re.compile(rb"^Message-ID: (<[^>\r\n]+>)", re.MULTILINE)
#: What may happen at a recipient, and after the whole message came; the latter two accept it and never say so.
_EARLY, _LATE = (421, 450, "hang", "drop"), (421, 451, "hang", "drop")
#: From this attempt at a message on it is taken: a storm ends.
_TAKEN = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that the server accepted."""

    id: str
    sha256: str
    #: False: the sender never heard of it.
    told: bool


@dataclass  # without slots: aiosmtpd inspects its members
class _Stormy:
    log: IO[str]
    seed: str
    #: How many of a hundred commands go wrong.
    wild: int
    seen: Counter[str] = field(default_factory=Counter)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, smtp: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self._fault(address, _EARLY, often=50)
        if fault is not None:
            return await _misbehave(smtp, fault)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.original_content or b""
        found = _ID.search(bytes(content))
        name = found.group(1).decode() if found else "?"
        if refused(self.seed, name, self.wild):
            return smtp_reply(550)
        fault = self._fault(name, _LATE, often=_TAKEN)
        if fault in {None, "hang", "drop"}:
            self.log.write(f"{name} {sha256(bytes(content)).hexdigest()} {'heard' if fault is None else 'unheard'}\n")
            self.log.flush()
        return "250 2.0.0 OK" if fault is None else await _misbehave(smtp, fault)

    def _fault(self, name: str, faults: tuple[Any, ...], *, often: int) -> Any:
        """What goes wrong this time; the same seed and attempts give the same answer."""
        self.seen[name] += 1
        dice = random.Random(f"{self.seed}/{name}/{self.seen[name]}")  # noqa: S311 - weather, no secret.
        if self.seen[name] >= often and often == _TAKEN:
            return None
        return dice.choice(faults) if dice.randrange(100) < self.wild else None


def refused(seed: str, name: str, wild: int) -> bool:
    """Whether the server refuses this message for good, whenever it comes."""
    return random.Random(f"{seed}/{name}/550").randrange(400) < wild  # noqa: S311 - as above.


def smtp_reply(code: int) -> str:
    """The server's words."""
    return smtp.REPLIES[code]


async def _misbehave(conversation: SMTP, fault: Any) -> str:
    if isinstance(fault, int):
        if fault == 421:
            asyncio.get_running_loop().call_later(0.05, smtp.cut, conversation)
        return smtp_reply(fault)
    if fault == "drop":
        smtp.cut(conversation)
    await asyncio.Event().wait()
    return ""


def serve(log: str, seed: str, wild: str) -> None:
    """Serves until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Meant for whoever makes the weather, who closes the input.
    with Path(log).open("a", encoding="ascii") as opened, smtp.listening(_Stormy(opened, seed, int(wild))) as place:
        print(place[1], flush=True)
        sys.stdin.read()


@dataclass(frozen=True, slots=True)
class Mail:
    """The other end."""

    port: int
    log: Path

    def taken(self) -> list[Taken]:
        """What was accepted, in the order in which it came."""
        rows = (line.split() for line in self.log.read_text(encoding="ascii").splitlines())
        return [Taken(id=name, sha256=content, told=how == "heard") for name, content, how in rows]


@contextmanager
def stormy(folder: Path, seed: str, wild: int) -> Iterator[Mail]:
    """A server for as long as the block lasts."""
    log = folder / "mail.log"
    words = [sys.executable, "-m", "tests.chaos.mail", str(log), seed, str(wild)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Mail(port=int(process.stdout.readline() if process.stdout else 0), log=log)
        finally:
            process.kill()


if __name__ == "__main__":
    serve(*sys.argv[1:])
