"""Fixtures that every test may ask for, and the rule that in CI nothing is skipped."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests import postgres, smtp
from tests.private_postgres import NoPostgres
from tests.shell import Shell, seat

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A real PostgreSQL server: one for each test process, so that the processes of pytest-xdist share nothing."""
    try:
        with postgres.running() as server:
            yield server
    except NoPostgres as problem:
        pytest.skip(f"NO POSTGRESQL, SO WHAT THIS TEST CLAIMS IS UNPROVEN: {problem}")


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The `postgresql+psycopg://` URL of an empty database of this test's own.

    For a filled one: `postgres_server.database(template=postgres_server.template("migrated", migrate))`.
    """
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def mail_server() -> Iterator[smtp.MailServer]:
    """A real SMTP server of this test's own."""
    with smtp.running() as server:
        yield server


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A sandbox with the demonstration's people and no proposals; never changed, only copied."""
    shell = Shell(tmp_path_factory.mktemp("prepared"))
    assert shell("init", "--sandbox", "--at", "2021-01-04T08:00").status == 0
    seat(shell)
    return shell


@pytest.fixture
def office(prepared: Shell, tmp_path: Path) -> Shell:
    """A sandbox of this test's own, reached as a user reaches it."""
    return prepared.copy(tmp_path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says at how many points processes were killed and recovered from."""
    counted: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        counted.update({name: int(str(n)) for name, n in report.user_properties if name.startswith("kill points")})
    for name, number in sorted(counted.items()):
        terminalreporter.write_line(f"{number} {name} recovered")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test skipped in CI is a failed one: nobody reads the count of skips there."""
    return _unskipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """So is a module."""
    return _unskipped((yield))


def _unskipped(report: Report) -> Report:
    if os.environ.get("KHUYENCONG_CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI skips nothing: {report.longrepr}"
    return report
