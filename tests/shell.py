"""Runs the command as a user types it, inside this process, on an installation of the test's own."""

import io
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from khuyencong.cli.running import run
from khuyencong.demo.cast import players
from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from workflow.administration import operator
from workflow.changing import changed
from workflow.service.people import add_user

#: What a draft must have before it is submitted, as words of the command.
DRAFT = (
    *("--fact", "name=Ứng dụng máy chế biến chè"),
    *("--fact", "activity=machinery"),
    *("--fact", "trade=agro_processing"),
    *("--fact", "scope=one_province"),
    *("--fact", "plan_year=2022"),
    *("--fact", "beneficiary=HTX Chè Pắc Ta"),
    *("--fact", "commune=pac-ta"),
    *("--fact", "total_cost=600 triệu"),
    *("--fact", "eligible_cost=600.000.000"),
    *("--fact", "requested_amount=200000000"),
    *("--fact", "own_capital=400000000"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command left behind: exit status, standard output and error."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return orjson.loads(self.out)


@dataclass(frozen=True, slots=True)
class Shell:
    """A working folder with a database, and the environment of a user."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / "khuyencong.db"

    def __call__(self, *words: str) -> Answer:
        """Runs ``khuyencong WORDS`` on the database of this folder."""
        return self.bare("--database", f"sqlite:///{self.file}", *words)

    def bare(self, *words: str) -> Answer:
        """Runs ``khuyencong WORDS`` and nothing else."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            key = str(self.folder / "khuyencong.log-key")  # Else, of a PostgreSQL, in the working folder.
            status = run(words, {"KHUYENCONG_LOG_KEY_FILE": key, **self.environment})
        return Answer(status, out.getvalue(), err.getvalue())

    def json(self, *words: str) -> Any:
        """The document of a call that must succeed."""
        answer = self("--json", *words)
        assert answer.status == 0, answer.err
        return answer.document

    def verified(self) -> Any:
        """What ``audit verify`` says once everything is sealed; it must find nothing."""
        self.json("audit", "checkpoint")
        return self.json("audit", "verify")

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that the database holds, but for the entries that record refusals."""
        with sqlite3.connect(self.file) as connection:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            left_out = ("entry", "unsealed", "opening", "sqlite_sequence")
            found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 - names of the schema.
            chained = connection.execute("SELECT * FROM entry WHERE seq IS NOT NULL").fetchall()
        connection.close()
        return {name: rows for name, rows in found.items() if name not in left_out} | {"entry": chained}

    def papers(self) -> list[Path]:
        """Every file among the kept papers."""
        return sorted(path for path in self.folder.glob("khuyencong.documents/**/*") if path.is_file())

    def copy(self, folder: Path, **environment: str) -> "Shell":
        """The same installation in another folder, with the key that signs its log."""
        for file in (self.file, *self.folder.glob("khuyencong.log-key*")):
            shutil.copy(file, folder / file.name)
        return Shell(folder, environment)


def seat(shell: Shell) -> None:
    """Seats the demonstration's people in the installation."""
    seat_in(Installation.open(Settings(database_url=f"sqlite:///{shell.file}")))


def seat_in(home: Installation) -> None:
    """Seats them in an open installation and closes it."""
    for player in players():
        add_user(
            home.store,
            changed(home.house, told=changed(home.house.told, sandbox=True)),
            username=player.username,
            name=player.name,
            address=player.address,
            seats=player.seats,
            by=operator(),
            at=home.now(),
        )
    home.store.close()
