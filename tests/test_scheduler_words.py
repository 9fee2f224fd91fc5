"""What an operator reads of the scheduler: words, spans of time, and only the processes that still run."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from khuyencong.cli.printing import Printer
from khuyencong.cli.scheduler_words import TOLD
from khuyencong.recounting import Recounted
from khuyencong.sealing import Sealed
from khuyencong.standing import RANKED, RANKS, rank_of_age
from language.catalogue import LANGUAGES
from notifications.posting import Delivered
from notifications.reminders import Swept
from shapes.living import duration
from store.counters import Counters
from store.database import Database, open_database
from store.heartbeats import SqlHeartbeats
from tests.shell import DRAFT, Shell

NOW = datetime(2021, 5, 14, 2, 0, tzinfo=UTC)
AT = ("--at", "2021-05-14T09:00")
WHO = ("--as", "can-bo.ttkc-lai-chau", "--at", "2021-03-05T09:00")
#: Figures that say nothing to a person: what was looked at, batches, and sums of the others.
_FOR_PROGRAMS = {"seen", "batches", "claimed", "size", "unreachable"}


@pytest.fixture
def beats(office: Shell) -> Iterator[SqlHeartbeats]:
    """The heartbeats of an office whose scheduler never ran."""
    store: Database = open_database(f"sqlite:///{office.file}")
    yield SqlHeartbeats(store)
    store.close()


def beat(beats: SqlHeartbeats, process: str, ago: timedelta, job: str = "outbox") -> None:
    """One run of a job so long before now, with none late."""
    beats.started(job, process, at=NOW - ago, late_before=None)
    beats.finished(job, process, at=NOW - ago, error="")


@pytest.mark.parametrize(
    ("job", "counted"), [("recount", Recounted), ("reminders", Swept), ("outbox", Delivered), ("sealing", Sealed)]
)
def test_every_figure_of_a_job_is_told_or_left_to_programs(job: str, counted: Any) -> None:
    """A figure that is added to a job is not forgotten here."""
    assert {field.name for field in fields(counted)} <= {*TOLD[job], *_FOR_PROGRAMS}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_job_and_figure_has_a_word(lang: str) -> None:
    """In both languages; a job that is added needs its name."""
    say = Printer(as_json=False, lang=lang)

    assert all(say.word(f"job.{job}") for job in TOLD)
    assert all(say.word(f"tick.{name}", n=1) for names in TOLD.values() for name in names)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 giây"),
        (59, "59 giây"),
        (60, "1 phút"),
        (343_043, "3 ngày 23 giờ"),
        (86_405, "1 ngày"),
        (3_725, "1 giờ 2 phút"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(seconds: int, words: str) -> None:
    """Nobody reckons with 343.043 seconds."""
    assert duration(Printer(as_json=False, lang="vi"), seconds) == words


def test_only_living_processes_are_listed_and_the_others_are_one_line(office: Shell, beats: SqlHeartbeats) -> None:
    """Twenty restarts are no twenty rows."""
    for number in range(20):
        beat(beats, f"may-cu:{number}", timedelta(hours=number + 1))
    beat(beats, "may-moi:7", timedelta(seconds=10))

    answer, document = office("scheduler", "status", *AT), office.json("scheduler", "status", *AT)

    assert "Đang chạy 1 tiến trình: may-moi:7." in answer.out
    assert "20 tiến trình trước đã dừng" in answer.out
    assert "may-cu" not in answer.out
    assert [one["process"] for one in document["jobs"] if one["living"]] == ["may-moi:7"]
    assert len(document["jobs"]) == 21


def test_a_scheduler_that_stopped_is_said_to_have_stopped(office: Shell, beats: SqlHeartbeats) -> None:
    """With the moment of its last pass and how long ago that was; its last run of each job still stands there."""
    beat(beats, "may-cu:1", timedelta(hours=2))

    answer = office("scheduler", "status", *AT)

    assert (
        "Không có tiến trình lập lịch nào đang chạy; lượt gần nhất lúc 14/05/2021 07:00, cách đây 2 giờ." in answer.out
    )
    assert "may-cu:1" in answer.out


def test_passes_by_hand_are_never_late_and_stand_under_one_name(office: Shell) -> None:
    """Whoever runs one now and then, or lets the clock of a sandbox jump, has promised nobody the next."""
    for day in (14, 17, 28):
        office.json("scheduler", "tick", "--at", f"2021-05-{day}T09:00")

    jobs = office.json("scheduler", "status", "--at", "2021-05-28T09:00")["jobs"]

    assert {(one["process"], one["ticks"], one["late_ticks"]) for one in jobs if one["job"] == "outbox"} == {
        ("tick", 3, 0)
    }
    assert {one["late_ticks"] for one in jobs} == {0}


def test_a_pass_says_in_words_what_it_did(office: Shell) -> None:
    """No name of a figure in English, no row of zeros."""
    answer = office("scheduler", "tick", *AT)

    assert "Đã chạy một lượt lúc 14/05/2021 09:00:" in answer.out
    assert "không có việc" in answer.out
    for word in ("sealed", "batches", "housekeeping", "outbox"):
        assert word not in answer.out


def test_figures_say_how_they_stand_and_the_worst_comes_first(office: Shell, beats: SqlHeartbeats) -> None:
    """Nobody has to know that 3.600 seconds are too many: what is stuck stands above what is late and what is well."""
    office.json("proposal", "new", "--programme", "lai-chau-2021-2025", "--process", "kcdp", *DRAFT, *WHO)
    beat(beats, "may-moi:7", timedelta(seconds=10))
    well = office.json("scheduler", "status", "--at", "2021-03-05T09:00")

    ill = office.json("scheduler", "status", *AT)
    page = office("scheduler", "status", *AT).out

    assert well["ranks"]["reminders_due"] == "healthy"
    assert ill["ranks"]["reminders_due"] == ill["standing"] == "stuck"
    assert page.index("ứ đọng") < page.index("bình thường")


def test_without_a_living_process_all_is_stuck(office: Shell) -> None:
    """However little waits, nobody sends it."""
    document = office.json("scheduler", "status", *AT)

    assert set(document["ranks"].values()) == {"healthy"}
    assert document["standing"] == "stuck"


@pytest.mark.parametrize(
    ("seconds", "rank"), [(0, "healthy"), (600, "healthy"), (601, "late"), (3600, "late"), (3601, "stuck")]
)
def test_an_age_has_a_rank(seconds: int, rank: str) -> None:
    """The same borders as the doctor's."""
    assert rank_of_age(seconds) == rank
    assert {name: RANKED[name](_counters(seconds)) for name in _OF_AGE} == dict.fromkeys(_OF_AGE, rank)


def test_every_rank_is_of_a_figure_and_has_a_word() -> None:
    """In both languages."""
    assert set(RANKED) <= {field.name for field in fields(Counters)}
    assert all(Printer(as_json=False, lang=lang).word(f"rank.{rank}") for lang in LANGUAGES for rank in RANKS)


_OF_AGE = ("reminders_due", "oldest_reminder_due_seconds", "notices_unsent", "oldest_notice_unsent_seconds")


def _counters(seconds: int) -> Counters:
    """Nothing out of order but that reminders and notices wait for so long."""
    ages: dict[str, Any] = {"oldest_reminder_due_seconds": seconds, "oldest_notice_unsent_seconds": seconds}
    return Counters(**{field.name: 0 for field in fields(Counters)} | {"last_recorded_at": None} | ages)
