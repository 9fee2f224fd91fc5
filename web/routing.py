"""Routes as a table: path, method, who may come in, and the function that answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from starlette.responses import Response

from web.rights import Right

if TYPE_CHECKING:
    from web.visit import Visit

Answer = Callable[["Visit"], Response]
#: Who does the work: those that read wait for nobody; a password is slow on purpose, so it has hands of its own; and
#: so has what waits for a machine elsewhere, so that passwords open while a provider of sign-in does not answer.
Desk = Literal["read", "write", "door", "away"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One route. A GET changes nothing but sessions and the record of who opened a case."""

    path: str
    method: Literal["GET", "POST"]
    right: Right
    desk: Desk
    answer: Answer


class Screens:
    """The routes of a module, in the order in which they are tried."""

    def __init__(self) -> None:
        self.all: list[Screen] = []

    def get(self, path: str, right: Right, desk: Desk = "read") -> Callable[[Answer], Answer]:
        """A page."""
        return self._add(path, "GET", right, desk)

    def post(self, path: str, right: Right, desk: Desk = "write") -> Callable[[Answer], Answer]:
        """What a form is sent to: its token and where it came from are looked at first."""
        return self._add(path, "POST", right, desk)

    def _add(self, path: str, method: Literal["GET", "POST"], right: Right, desk: Desk) -> Callable[[Answer], Answer]:
        def added(answer: Answer) -> Answer:
            self.all.append(Screen(path=path, method=method, right=right, desk=desk, answer=answer))
            return answer

        return added
