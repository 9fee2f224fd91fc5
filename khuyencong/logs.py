"""Lines about what was done, for whoever keeps the machine: one for each command and each job that did something.

They never hold personal data: no names, addresses, facts, notes or words of errors, only codes, numbers and times.
"""

import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from types import MappingProxyType
from typing import Literal

import orjson

from khuyencong.wiring import real_now
from workflow.changing import changed

Mode = Literal["json", "text", "off"]
Work = Callable[[datetime], Mapping[str, object]]
_BYTES = 6


def new_request() -> str:
    """The id by which the lines of one command or one tick are found together."""
    return secrets.token_hex(_BYTES)


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Writes lines in one form; ``off`` writes none."""

    mode: Mode = "off"
    #: None: each line, and each run of a job, has one of its own.
    request: str | None = None
    write: Callable[[str], None] = _to_stderr

    def line(
        self,
        action: str,
        *,
        outcome: str,
        code: str = "",
        seconds: float | None = None,
        figures: Mapping[str, int | str] = MappingProxyType({}),
    ) -> None:
        """One line: the action, the proposal's code if it is about one, how it ended, how long it took, and figures."""
        if self.mode == "off":
            return
        told: dict[str, object] = {"at": real_now().isoformat(timespec="milliseconds")}
        told |= {"action": action, "outcome": outcome}
        told |= {"code": code} if code else {}
        told |= {} if seconds is None else {"ms": round(seconds * 1000)}
        told |= {**figures, "request": self.request or new_request()}
        self.write(orjson.dumps(told).decode() if self.mode == "json" else _as_text(told))

    def told(self, job: str, work: Work) -> Work:
        """``work`` with a line for each time it did something or failed."""

        def run(at: datetime) -> Mapping[str, object]:
            log = changed(self, request=self.request or new_request())
            began = monotonic()
            try:
                done = work(at)
            except Exception as error:
                why = {"error": type(error).__name__}
                log.line(f"job {job}", outcome="failed", seconds=monotonic() - began, figures=why)
                raise
            numbers = {name: n for name, n in done.items() if isinstance(n, int) and n}
            outcome = "unreachable" if done.get("unreachable") else "done"
            if numbers or outcome != "done":
                log.line(f"job {job}", outcome=outcome, seconds=monotonic() - began, figures=numbers)
            return done

        return run


def _as_text(told: Mapping[str, object]) -> str:
    at, *rest = (
        str(value) if name in ("at", "action", "outcome") else f"{name}={value}" for name, value in told.items()
    )
    return " ".join((at, *rest))
