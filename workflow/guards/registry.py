"""Where guards are found by the names that process files use."""

from collections.abc import Callable, Iterator

from workflow.attempt import Attempt
from workflow.errors import Unmet

#: Says what is not met and who can lift it, or nothing. Asked before anything was typed (``attempt.facts`` is None), a
#: guard speaks only of what typing cannot change.
Guard = Callable[[Attempt, str], Iterator[Unmet]]
GUARDS: dict[str, Guard] = {}


def guard(function: Guard) -> Guard:
    """Makes a function known to process files under its own name."""
    GUARDS[function.__name__] = function
    return function


def unmet_guards(
    attempt: Attempt, *, only: frozenset[str] | None = None, without: frozenset[str] = frozenset()
) -> Iterator[Unmet]:
    """What the guards of the transition find unmet, in the order of the file."""
    for named in attempt.transition.guards:
        name, _, argument = named.partition(":")
        if name not in without and (only is None or name in only):
            yield from GUARDS[name](attempt, argument)
