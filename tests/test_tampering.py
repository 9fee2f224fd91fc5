"""Whatever is changed in a sealed database is found and named, up to its newest checkpoint; a clean log is silent."""

import random
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.tampering import TAMPERINGS, Ground, fill, tried

TIMES = 200
SEED = 20261123


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A sealed database with papers and mails."""
    home = fill(tmp_path_factory.mktemp("sealed"), rotated=True)
    made = Ground(home)
    yield made
    made.connection.close()
    home.store.close()


def test_a_clean_log_never_alarms(ground: Ground) -> None:
    """Before and after anything was tried; and it says how much it has looked at."""
    found = ground.verified()

    assert found.findings == ()
    assert (found.sealed, found.unsealed, found.covered) == (found.entries, 0, found.entries)
    assert min(found.mails, found.documents, found.nodes, found.checkpoints - 1) > 0
    assert [one.holds for one in found.compared] == [True]


def test_every_tampering_is_caught_and_named(ground: Ground) -> None:
    """Two hundred: an edit, a drop, a swap, an insertion, a cut, a rebuilt chain, a paper, a mail, a signature."""
    rng = random.Random(SEED)  # noqa: S311 - what it draws can be drawn again, on purpose.

    missed = [said for tamper in islice(cycle(TAMPERINGS), TIMES) if (said := tried(ground, tamper, rng))]

    assert missed == []
    assert ground.verified().findings == ()


def test_every_tampering_is_caught_on_postgresql_too(postgres_url: str, tmp_path: Path) -> None:
    """Each of them, on a real server, by whoever administers it."""
    home, rng = fill(tmp_path, rotated=True, url=postgres_url), random.Random(SEED)  # noqa: S311 - drawn on purpose.
    ground = Ground(home)
    try:
        missed = [said for tamper in TAMPERINGS if (said := tried(ground, tamper, rng))]
        clean = ground.verified().findings
    finally:
        ground.connection.close()
        home.store.close()

    assert missed == []
    assert clean == ()


def test_what_is_found_says_what_and_where(ground: Ground) -> None:
    """Of a proposal that was deleted whole, the leaf still names each entry that is gone."""
    with ground.unguarded() as hand:
        hand.run("DELETE FROM opening WHERE entry_id IN (SELECT id FROM entry WHERE subject = 'LC-S1')")
        hand.run("DELETE FROM entry WHERE subject = 'LC-S1'")
        found = ground.findings()

    gone = [(one.subject, one.seq) for one in found if one.code == "finding.sealed_gone"]
    assert gone[:2] == [("LC-S1", 1), ("LC-S1", 2)]


def test_an_older_copy_of_the_database_is_seen(ground: Ground) -> None:
    """The newest checkpoint lies beside the key: a database that does not reach it is an old one put back."""
    with ground.unguarded() as hand:
        size = hand.rows("SELECT size FROM checkpoint ORDER BY size")[0]["size"]
        hand.run("DELETE FROM checkpoint WHERE size > ?", size)
        hand.run("INSERT INTO unsealed SELECT entry_id FROM leaf WHERE position >= ?", size)
        hand.run("DELETE FROM leaf WHERE position >= ?", size)
        hand.reseal(None)
        found = ground.findings()

    assert [(one.subject, one.code, one.params["size"], one.params["left"]) for one in found] == [
        ("log", "finding.cut", ground.newest, size)
    ]
