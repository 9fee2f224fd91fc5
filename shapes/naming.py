"""What roles and agencies are called."""

from datetime import date

from definitions.bundle import Bundle


def names_of(law: Bundle, on: date, role: str, agency: str) -> tuple[str, str]:
    """The words for a role and for an agency on a day; keys where the law does not know them."""
    labels = (process.role_label(role) for process in law.processes.values())
    known = law.agencies.get(agency)
    return next((label for label in labels if label != role), role), known.named(on).name if known else agency
