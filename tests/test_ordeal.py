"""``make chaos`` says what it counted, and ends with 1 where a part of it found something."""

import pytest

from tests import ordeal
from tests.crash.__main__ import main as kill


def test_what_fails_is_said_and_is_the_exit_status(capfd: pytest.CaptureFixture[str]) -> None:
    """A part that did not come to its end proves nothing."""
    told, status = ordeal.run("crash", ["tests.crash", "nobody does this"])

    assert status == 1
    assert told.startswith("crash ")
    assert "FAILED with 2" in told
    assert "no such case: nobody does this" in capfd.readouterr().err


def test_what_a_part_counted_is_said_once_more(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads the end of an hour's output finds the figures there."""
    told, status = ordeal.run("histories", ["tests.histories", "1"])

    said = capsys.readouterr().out
    assert status == 0
    assert "found nothing wrong" in told
    assert [" ".join(line.split()) for line in told.splitlines()[1:]] == ["histories 1", "wrong 0"]
    assert all(line.strip() in said for line in told.splitlines()[1:])


@pytest.mark.parametrize("words", [["storms"], ["crash", "--share", "4/3"], ["crash", "--kind", "mysql"]])
def test_what_cannot_be_meant_is_refused(words: list[str]) -> None:
    """It would try nothing and say that all is well."""
    with pytest.raises(SystemExit) as refused:
        ordeal.main(words)

    assert refused.value.code == 2


@pytest.mark.parametrize("words", [["no such case"], ["edit", "--most", "0"], ["edit", "--share", "0/3"]])
def test_kills_of_nothing_are_refused(words: list[str]) -> None:
    """As above."""
    with pytest.raises(SystemExit) as refused:
        kill([*words, "--kind", "sqlite"])

    assert refused.value.code == 2
