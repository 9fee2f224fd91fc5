"""The schedulers of a storm, forked in milliseconds from a process that has all imports, statements and texts in mind.

That process ends them when whoever makes the weather is gone, in whatever way: its standard input is closed then.
"""

import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Literal, NoReturn

from tests.chaos import worker
from tests.chaos.worker import Post
from tests.ending import end_in_order
from workflow.changing import changed

ROOT = Path(__file__).parents[2]
Order = Literal["man", "kill", "mend", "leave"]


@dataclass(slots=True)
class Crew:
    """The schedulers that run; each place is taken again when its process is gone."""

    orders: IO[bytes]
    answers: IO[bytes]

    def man(self, post: Post) -> None:
        """Starts one at every place."""
        self._tell("man", post)

    def kill(self, place: int) -> None:
        """Ends one where it stands, and starts another."""
        self._tell("kill", place)

    def mend(self) -> None:
        """Starts again whichever ended by itself, as the service manager does."""
        self._tell("mend")

    def leave(self) -> None:
        """Ends all at once."""
        self._tell("leave")

    def _tell(self, order: Order, about: Any = None) -> None:
        self.orders.write(pickle.dumps((order, about)))
        self.orders.flush()
        if not self.answers.readline():
            raise RuntimeError("the process that forks schedulers is gone; what it said is above")


@contextmanager
def standing() -> Iterator[Crew]:
    """A crew for as long as the block lasts; nobody is at work yet. Storms may use it one after another."""
    words = [sys.executable, "-m", "tests.chaos.crew"]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Crew(process.stdin, process.stdout)
        finally:
            process.stdin.close()


@dataclass(slots=True)
class _Yard:
    """The other end."""

    #: What is to be done at each place, and the process that does it.
    places: list[tuple[Post, int]] = field(default_factory=list)

    def obey(self, order: Order, about: Any) -> None:
        if order == "man":
            self.places = [_started(changed(about, place=number)) for number in range(about.places)]
        elif order == "kill":
            self._end(self.places[about : about + 1])
            self.places[about] = _started(self.places[about][0])
        elif order == "mend":
            self.places = [one if _lives(one[1]) else _started(one[0]) for one in self.places]
        else:
            self.leave()

    def leave(self) -> None:
        gone, self.places = self.places, []
        self._end(gone)

    def _end(self, places: list[tuple[Post, int]]) -> None:
        """They are children that nobody has asked after yet, so their numbers are no others', even if they are gone."""
        for _, process in places:
            os.kill(process, signal.SIGKILL)
        for _, process in places:
            os.waitpid(process, 0)


def _started(post: Post) -> tuple[Post, int]:
    child = os.fork()
    if not child:
        _work(post)
    return post, child


def _work(post: Post) -> NoReturn:
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        worker.run(post)
    except BaseException:  # Nothing may get out of a child: it would go on as a second yard.
        traceback.print_exc()
    finally:
        os._exit(1)


def _lives(process: int) -> bool:
    return os.waitpid(process, os.WNOHANG) == (0, 0)


def serve() -> None:
    """Obeys orders from standard input until there are no more; then nobody is at work any more."""
    orders, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever makes the weather is told, and closes the input.
    end_in_order()
    yard = _Yard()
    with TemporaryDirectory(prefix="kc-warm-") as folder:
        worker.warm(Path(folder))
    try:
        while True:
            yard.obey(*pickle.load(orders))  # noqa: S301 - from the process that started this one.
            answers.write(b"done\n")
            answers.flush()
    except EOFError:
        return
    finally:
        yard.leave()


if __name__ == "__main__":
    # Pickled posts are of their module under its own name, not of __main__.
    from tests.chaos.crew import serve as serve_orders

    serve_orders()
