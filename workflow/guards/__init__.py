"""The named guards of process files, grouped by what they look at; importing this package makes all of them known."""

from workflow.guards import adjusting, course, money, people, rules, time
from workflow.guards.people import PERSONAL
from workflow.guards.registry import GUARDS, unmet_guards

__all__ = ["GUARDS", "PERSONAL", "adjusting", "course", "money", "people", "rules", "time", "unmet_guards"]
