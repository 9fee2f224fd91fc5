"""A process that runs one call of the command after another, each in a fork of its own that may be killed.

Everything is imported once, so a call that dies costs milliseconds. This process has one thread and no connection.
"""

import gc
import io
import os
import pickle
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from tests.crash.rows import Rows
from tests.warmth import compile_statements

ROOT = Path(__file__).parents[2]
_PATIENCE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One call: words of the command, or the name of a function of ``tests.crash.calls``."""

    folder: Path
    words: tuple[str, ...] = ()
    call: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    typed: str = ""
    seed: int = 1
    #: The number of the point at which it dies; None: it lives.
    kill: int | None = None
    #: The database whose states between transactions are told; empty: none is.
    watch: str = ""
    #: After so many seconds it dies, wherever it is, in the middle of a statement too; 0: it does not.
    after: float = 0.0
    #: A program that is run at that point instead of dying there.
    instead: tuple[str, ...] = ()
    #: Whether the call runs without the rights of root, which no mode of a file stops.
    as_nobody: bool = False
    #: The most bytes that a file may have: how a full disk looks. 0: no such limit.
    room: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of a call."""

    #: What the system says of its end: an exit status, or the number of a signal below zero.
    status: int
    out: str = ""
    err: str = ""
    #: The names of the points that it passed.
    points: tuple[str, ...] = ()
    #: The states of the database, and after which point (0: at the beginning) each could be seen first.
    states: tuple[tuple[int, Rows], ...] = ()
    #: The use cases of ``workflow.service`` that were called; only of a call that is watched.
    used: frozenset[str] = frozenset()

    @property
    def killed(self) -> bool:
        """Whether it died as it was meant to."""
        return self.status in (-signal.SIGKILL, -signal.SIGALRM)


class Forker:
    """The other end of a forking process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.forker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if not name.startswith("KHUYENCONG_")},
        )

    def run(self, job: Job) -> Ran:
        """Runs a job to its end, whatever end that is."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump(job, self._process.stdin)
        self._process.stdin.flush()
        return cast("Ran", pickle.load(self._process.stdout))  # noqa: S301 - our own process.

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate(timeout=30)


@contextmanager
def forking() -> Iterator[Forker]:
    """A forking process for as long as the block lasts."""
    forker = Forker()
    try:
        yield forker
    finally:
        forker.close()


def serve() -> None:
    """Answers jobs from standard input until there are no more."""
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever gives the jobs is told, and closes the input.
    _warm()
    gc.freeze()
    while True:
        try:
            job: Job = pickle.load(jobs)  # noqa: S301 - from the process that started this one.
        except EOFError:
            return
        pickle.dump(_forked(job), answers)
        answers.flush()


def _warm() -> None:
    """What every call needs, done once: imports, the tree of commands, migrations, the law, every statement's text."""
    from typer import main  # noqa: PLC0415 - only this process needs it.

    from khuyencong.cli.running import run  # noqa: PLC0415
    from store import migrations  # noqa: PLC0415
    from tests.crash import calls, living  # noqa: F401, PLC0415 - living is for the children.

    main.get_command = cache(main.get_command)
    migrations.scripts = cache(migrations.scripts)
    list(migrations.scripts().walk_revisions())
    with TemporaryDirectory() as folder, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        environment = {"KHUYENCONG_DATABASE_URL": f"sqlite:///{folder}/khuyencong.db"}
        with chdir(folder):
            calls.furnish(environment)
        run(("proposal", "actions", "LC-S1", "--as", calls.SECOND), environment)
        run(("definitions", "check"), environment)
    compile_statements()


def _forked(job: Job) -> Ran:
    result = job.folder.parent / "result"
    result.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        try:
            _live(job, result)
        except BaseException:  # Nothing may get out of a child: it would go on as a second forker.
            traceback.print_exc()
        finally:
            os._exit(70)  # Only if ``_live`` could not end by itself.
    _, code = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(code)
    if status == 0:
        return cast("Ran", pickle.loads(result.read_bytes()))  # noqa: S301 - the child's own.
    return Ran(status=status, err="" if status < 0 else "the child itself failed; its traceback is above")


def _live(job: Job, result: Path) -> None:
    """What the child does: it runs the call, writes down how it went, and is gone."""
    from tests.crash.living import live  # noqa: PLC0415 - it knows the jobs of this module.

    signal.alarm(_PATIENCE)
    os.chdir(job.folder)
    sys.stdin = io.StringIO(job.typed)
    out, err = io.StringIO(), io.StringIO()
    leave, sink = os._exit, result.open("wb")
    if job.room:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with redirect_stdout(out), redirect_stderr(err):
        found: dict[str, Any] = live(job)
    if job.room:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    sink.write(pickle.dumps(Ran(out=out.getvalue(), err=err.getvalue(), **found)))
    sink.close()
    leave(0)


if __name__ == "__main__":
    # Pickled jobs are of the module under its own name, not of __main__.
    from tests.crash.forker import serve as serve_jobs

    serve_jobs()
