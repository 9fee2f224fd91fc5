"""How each figure of the scheduler stands: healthy, late or stuck; what tells no trouble has no rank."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from store.counters import PAPER_LONG, Counters

Rank = Literal["healthy", "late", "stuck"]
#: The worst first.
RANKS: Final[tuple[Rank, ...]] = ("stuck", "late", "healthy")
#: What should have gone out at once may wait so many seconds.
LATE, STOPPED = 10 * 60, 60 * 60


def rank_of_age(seconds: int) -> Rank:
    """How that stands of which the oldest has waited so long."""
    return "stuck" if seconds > STOPPED else "late" if seconds > LATE else "healthy"


def _if_any(number: int, rank: Rank) -> Rank:
    return rank if number else "healthy"


#: Late: it will go on, or somebody should look. Stuck: it goes on only when somebody does something.
RANKED: Final[Mapping[str, Callable[[Counters], Rank]]] = MappingProxyType(
    {
        "reminders_due": lambda of: rank_of_age(of.oldest_reminder_due_seconds),
        "oldest_reminder_due_seconds": lambda of: rank_of_age(of.oldest_reminder_due_seconds),
        "notices_unsent": lambda of: rank_of_age(of.oldest_notice_unsent_seconds),
        "oldest_notice_unsent_seconds": lambda of: rank_of_age(of.oldest_notice_unsent_seconds),
        "notices_stuck": lambda of: _if_any(of.notices_stuck, "late"),
        "notices_failed": lambda of: _if_any(of.notices_failed, "stuck"),
        "notices_to_print": lambda of: _if_any(of.notices_to_print, "late"),
        "letters_undelivered": lambda of: _if_any(of.letters_undelivered, "stuck"),
        "addresses_bad": lambda of: _if_any(of.addresses_bad, "stuck"),
        "deadlines_uncovered": lambda of: _if_any(of.deadlines_uncovered, "stuck"),
        "papers_stuck": lambda of: _if_any(of.papers_stuck, "late"),
        "oldest_paper_seconds": lambda of: _if_any(of.oldest_paper_seconds > PAPER_LONG.total_seconds(), "late"),
    }
)


def ranks_of(found: Counters) -> dict[str, Rank]:
    """The rank of each figure that has one."""
    return {name: rank(found) for name, rank in RANKED.items()}


def worst(ranks: Iterable[Rank]) -> Rank:
    """The worst of them."""
    return min(ranks, key=RANKS.index, default="healthy")
