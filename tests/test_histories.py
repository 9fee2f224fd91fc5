"""Whatever happened to a deadline, its printed lines counted by hand end on the stored day (more: ``make chaos``)."""

from pathlib import Path

from tests.histories import lives


def test_random_histories_explain_themselves(tmp_path: Path) -> None:
    """Pauses, extensions, corrections, shared contracts, late papers, and calendars that change while deadlines run."""
    figures = lives(tmp_path, 120, seed=7)

    assert figures.wrong == []
    assert figures.did["counted by hand (running)"] > 100
    assert figures.did["counted by hand (closed)"] > 50
    assert figures.did["of them closed before a recount"] < figures.did["counted by hand (closed)"] / 4
    assert {"extended", "explained", "taken back", "accepted", "stopped", "calendars"} <= set(figures.did)
    assert figures.did["recounted"] > 0
