"""Every name that definition files may use, gathered from the rooms that give names a meaning."""

from definitions.soundness import Vocabulary
from notifications.rendering import TemplateSet
from workflow.bounds import BOUNDS
from workflow.conditions import CONDITIONS
from workflow.guards import GUARDS
from workflow.telling import COMMON, RECIPIENTS, REMINDER


def vocabulary(templates: TemplateSet | None = None) -> Vocabulary:
    """The names known to this software with these notice templates (the shipped ones, if none are given)."""
    spoken = templates or TemplateSet.shipped()
    return Vocabulary(
        guards=frozenset(GUARDS),
        conditions=frozenset(CONDITIONS),
        bounds=frozenset(BOUNDS),
        notices={key: spoken.variables(key) for key in spoken.keys},
        common=COMMON,
        reminder=REMINDER,
        recipients=RECIPIENTS,
    )
