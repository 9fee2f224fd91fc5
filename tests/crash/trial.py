"""Kills one use case at one of its points, and judges what is left and how the next run goes on."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from time import monotonic
from typing import Any

import orjson

from tests.crash.cases import Case
from tests.crash.forker import Forker, Job, Ran
from tests.crash.grounds import Ground, age, environment_of, files_of, rows_of
from tests.crash.leavings import leavings
from tests.crash.model import FRESH, MACHINE, REPLACED, Model, is_leftover, unsound
from tests.crash.rows import Rows, differences, without_entries
from tests.smtp import MailServer

#: So often a database that was left as it was is used again: what came to nothing fills it all the same.
_RESETS = 50


class Unrecovered(AssertionError):
    """A kill left something that it must not, or the next run did not go on."""


@dataclass(slots=True, kw_only=True)
class Trial:
    """A case on a ground."""

    ground: Ground
    forker: Forker
    case: Case
    mail: MailServer | None = None
    model: Model = field(init=False)
    _before: Mapping[str, str] = field(init=False)
    _words: tuple[str, ...] = field(init=False)
    _proved: set[int] = field(default_factory=set)
    #: What deaths left that a next run went on from, and what there is before the case is run.
    _judged: set[Hashable] = field(default_factory=set)
    _start: Hashable = None
    _is_start: bool = False
    _resets_in: int = 0

    def prepare(self) -> Model:
        """Sets the case up and lets it run unharmed, twice; holds it to what it promises of that."""
        self._set_up()
        ran = self._run(watch=True)
        self._expect(ran, self.case.status, "")
        states, after = ran.states, rows_of(self.ground)
        self._same(states[-1][1], after, "the last state that was seen is the one at the end")
        files = files_of(self.ground)
        since = monotonic()
        again = self._run(seed=2, then=True)
        seconds = monotonic() - since
        self._expect(again, *self._of_again())
        twice = rows_of(self.ground)
        self._hold_promise(after, twice)
        used = ran.used | again.used
        self.model = Model(
            points=ran.points,
            states=states,
            files=files,
            twice=twice,
            twice_files=files_of(self.ground),
            used=used,
            seconds=seconds,
        )
        self._prove(twice)
        return self.model

    def kill(self, point: int) -> None:
        """Kills at a point (from 1 on), judges, and runs again. Raises Unrecovered."""
        try:
            self._kill(point)
        except AssertionError as wrong:
            name = self.model.points[point - 1]
            where = f"{self.ground.kind}, {self.case.name!r} killed at point {point} ({name})"
            raise Unrecovered(f"{where}: {wrong}") from wrong

    def kill_after(self, seconds: float) -> bool:
        """Kills at an instant, wherever it is just then, and judges; False where it had ended. Raises Unrecovered."""
        try:
            died = self._begin(after=seconds)
            assert died.killed or died.status == self.case.status, f"it ended with {died.status}: {died.err}"
            self._judge(None)
        except AssertionError as wrong:
            where = f"{self.ground.kind}, {self.case.name!r} killed after {seconds:.6f} s"
            raise Unrecovered(f"{where}: {wrong}") from wrong
        return died.killed

    def _kill(self, point: int) -> None:
        died = self._begin(kill=point)
        assert died.killed, f"it was to die there, and ended with {died.status}: {died.err}"
        self._judge(self.model.state_at(point))

    def _begin(self, *, kill: int | None = None, after: float = 0.0) -> Ran:
        if not self._is_start:
            self.ground.reset("start")
            self._resets_in = _RESETS
        if self.mail is not None:
            self.mail.accepted.clear()
        return self._run(kill=kill, after=after)

    def _state(self, left: Rows) -> int:
        """The number of the state that was left. Raises AssertionError where it is none."""
        loose = (*MACHINE, *self.case.fresh)
        found = [n for n, (_, rows) in enumerate(self.model.states) if not differences(rows, left, loose)]
        assert found, "; ".join(differences(self.model.states[0][1], left, loose))
        return found[-1]

    def _judge(self, expected: int | None) -> None:
        """Holds what was left against the state of that number (None: against any), and runs again.

        Not once more from exactly the leavings that a next run went on from already: it would do the same.
        """
        model, case = self.model, self.case
        left = rows_of(self.ground)
        number = self._state(left) if expected is None else expected
        self._same(model.states[number][1], left, f"the state is number {number} of {model.last}")
        self._hold_files(left)
        found = (number, leavings(self.ground, left))
        self._resets_in -= 1
        self._is_start = found[1] == self._start and self._resets_in > 0
        if found in self._judged:
            return
        self._is_start = False
        halfway = 0 < number < model.last
        if halfway:
            self._prove(left)
        done = (self.ground.work / case.proof).exists() if case.proof else number == model.last
        ran = self._run(seed=2 if number else 1, then=True)
        self._expect(ran, *(self._of_again() if done else (case.status, "")))
        end = model.twice if case.then or done else model.states[-1][1]
        after = rows_of(self.ground)
        self._same(end, after, "the next run ends as if nothing had been", fresh=halfway or case.then)
        self._prove(after)
        self._hold_mail()
        self._sweep(model.twice_files if case.then or done else model.files)
        self._judged.add(found)

    @property
    def different(self) -> int:
        """How many different leavings a next run went on from."""
        return len(self._judged)

    def _set_up(self) -> None:
        case, said, brought = self.case, "", b""
        if case.brought is not None:
            self.ground.reset("base")
            self._expect(self._call(case.brought[0]), 0, "")
            brought = (self.ground.work / case.brought[1]).read_bytes()
        self.ground.reset(case.start)
        if case.brought is not None:
            (self.ground.work / case.brought[1]).write_bytes(brought)
        for step in case.before:
            ran = self._call(step)
            said = ran.out.strip().rpartition("\n")[2]
            assert ran.status in ((0,) if isinstance(step, tuple) else (0, 1)), f"{step}: {ran.err}"
        self._words = tuple(said if word == "{said}" else word for word in case.words)
        self._before = files_of(self.ground)
        self.ground.save("start")
        self.ground.reset("start")
        self._start = leavings(self.ground, rows_of(self.ground))

    def _call(self, step: tuple[str, ...] | str) -> Ran:
        words, call = (step, "") if isinstance(step, tuple) else ((), step)
        return self.forker.run(
            Job(folder=self.ground.work, words=words, call=call, environment=environment_of(self.ground))
        )

    def _run(
        self, *, seed: int = 1, kill: int | None = None, after: float = 0.0, watch: bool = False, then: bool = False
    ) -> Ran:
        words = self.case.then if then and self.case.then else self._words
        return self.forker.run(
            Job(
                folder=self.ground.work,
                words=(*words, "--json") if words else (),
                call=self.case.call,
                typed=self.case.typed,
                environment=self._environment(),
                seed=seed,
                kill=kill,
                after=after,
                watch=self.ground.url if watch else "",
            )
        )

    def _environment(self) -> dict[str, str]:
        mail = self.mail if self.case.mail else None
        server = {"KHUYENCONG_SMTP_HOST": mail.host, "KHUYENCONG_SMTP_PORT": str(mail.port)} if mail else {}
        return {**environment_of(self.ground), **server, **self.case.environment}

    def _of_again(self) -> tuple[int, str]:
        """How a call ends that was done already: status, and the name of the problem."""
        if self.case.again in ("", "more"):
            return self.case.status, ""
        return (3 if self.case.again == "archive-unwritable" else 1), self.case.again

    def _expect(self, ran: Ran, status: int, problem: str) -> None:
        assert ran.status == status, f"exit status {ran.status} instead of {status}: {ran.out[-600:]} {ran.err[-2000:]}"
        if problem:
            found = orjson.loads(ran.out)["type"].rpartition("/")[2]
            assert found == problem, f"refused as {found} instead of {problem}: {ran.err}"
            assert ran.err.strip(), "a refusal without a sentence"

    def _same(self, wanted: Rows, found: Rows, what: str, *, fresh: Any = False) -> None:
        loose = (*MACHINE, *self.case.fresh, *(FRESH if fresh else ()))
        kind = self.case.repeats
        told = differences(without_entries(wanted, kind), without_entries(found, kind), loose)
        assert not told, f"not so: {what}; " + "; ".join(told)

    def _hold_promise(self, after: Rows, twice: Rows) -> None:
        """A second run changes nothing, or only records that it was refused, or does it once more for a reason."""
        if self.case.again == "more":
            assert self.case.reason, "a case that may be done twice says why"
        elif not self.case.then:
            records = ("entry", "opening", "unsealed") if self.case.again else ()
            told = differences(after, twice, (*MACHINE, *self.case.fresh, *records))
            assert not told, "a second run changes something: " + "; ".join(told)

    def _prove(self, rows: Rows) -> None:
        """Replay gives what is stored, no reminder is an orphan, every paper is there. Once for each state."""
        mark = rows.mark
        if mark not in self._proved and rows.lines.get("entry"):
            told = unsound(rows)
            assert not told, "; ".join(told)
            ran = self._call(("audit", "verify", "--json"))
            self._expect(ran, *((1, "log-unproven") if ran.status == 1 else (0, "")))  # Not everything is sealed yet.
            self._proved.add(mark)

    def _hold_files(self, rows: Rows) -> None:
        """Every paper that a row speaks of is there; every file is an old one, a new one whole, or a leftover."""
        files = files_of(self.ground)
        for sha in (str(row["sha256"]) for row in rows.each("document")):
            path = f"documents/{sha[:2]}/{sha[2:4]}/{sha}"
            assert files.get(path) == sha, f"the paper {sha[:12]} is lost"
        for path, found in files.items():
            if path in REPLACED:
                assert (self.ground.work / path).read_bytes().endswith(b"\n"), f"{path} is not whole"
            elif path in self._before:
                assert found == self._before[path], f"{path} was changed"
            elif path in self.model.files:
                whole = found == self.model.files[path] or PurePath(path).suffix in (".zip", ".xlsx", ".json", ".eml")
                assert whole, f"{path} is not whole"
            else:
                assert is_leftover(path, found), f"{path} is neither old nor new nor something that is swept"
        gone = [path for path in self._before if path not in files and path in self.model.files]
        assert not gone, f"{gone} are gone"

    def _hold_mail(self) -> None:
        """One letter may arrive twice, with the same Message-ID and the same bytes; never two letters of one ID."""
        if self.mail is None or not self.case.mail:
            return
        seen: dict[str, set[bytes]] = {}
        for letter in self.mail.accepted:
            seen.setdefault(str(letter.message["Message-ID"]), set()).add(letter.content)
        assert all(len(contents) == 1 for contents in seen.values()), "a letter was sent again with other bytes"
        wanted = len(self.model.twice.lines["message"]) - self._mails_before
        assert len(seen) == wanted, f"{len(seen)} letters arrived instead of {wanted}"

    @property
    def _mails_before(self) -> int:
        return len(self.model.states[0][1].lines["message"])

    def _sweep(self, wanted: Mapping[str, str]) -> None:
        """What is left lying about goes with the housekeeping of a later night, and nothing else does."""
        left = set(files_of(self.ground)) - set(wanted)
        if left:
            age(self.ground)
            self._expect(self._call("tidy"), 0, "")
            if self.case.later:
                self._expect(self._call(self.case.later), 0, "")
            left = set(files_of(self.ground)) - {*wanted, *self.case.later}
        assert not left, f"{sorted(left)} stay for good"
        gone = set(wanted) - set(files_of(self.ground))
        assert not gone, f"{sorted(gone)} are gone"


def spread(points: int, most: int, *, offset: int = 0) -> list[int]:
    """So many points of all, evenly apart, the last one among them; another ``offset`` gives other ones."""
    if points <= most:
        return list(range(1, points + 1))
    step = points / most
    shift = offset % max(1, int(step))
    return sorted({points, *(max(1, round(points - number * step) - shift) for number in range(1, most))})
