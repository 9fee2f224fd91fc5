"""The names that definition files may use and that rooms above give a meaning to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

#: What the argument of a guard or condition names. ``fixed_rule``: a deadline rule with a fixed day. ``money``: a money
#: field. ``kinds``: keys of choices, separated by commas.
Argument = Literal["rule", "fixed_rule", "money", "action", "state", "kinds"]

_GUARD_ARGUMENTS: Mapping[str, Argument] = MappingProxyType(
    {
        "before_last_day": "fixed_rule",
        "deadline_passed": "rule",
        "within_ceiling": "money",
        "not_same_person": "action",
        "head_on_third": "action",
    }
)
_CONDITION_ARGUMENTS: Mapping[str, Argument] = MappingProxyType({"came_from": "state", "open_request": "kinds"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Every name known above ``definitions``: what files may say besides what they define themselves."""

    guards: frozenset[str]
    conditions: frozenset[str]
    bounds: frozenset[str]
    #: The variables that each notice's template uses, by the notice's key.
    notices: Mapping[str, frozenset[str]]
    #: Variables that every notice has, and those that reminders have besides.
    common: frozenset[str]
    reminder: frozenset[str]
    #: Whom a notice may tell besides the roles of a process (``holder``, ``past_holders``).
    recipients: frozenset[str]
    #: Bounds that are days; the others are whole numbers.
    date_bounds: frozenset[str] = frozenset({"today", "plan_year_end", "previous_day", "contract_last_day"})
    #: Guards and conditions that need an argument, and what it names; others may go without one.
    guard_arguments: Mapping[str, Argument] = field(default_factory=lambda: _GUARD_ARGUMENTS)
    condition_arguments: Mapping[str, Argument] = field(default_factory=lambda: _CONDITION_ARGUMENTS)
