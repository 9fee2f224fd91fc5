"""Keeps on record that a case was opened, by whom and on which day."""

from khuyencong.cli.call import Call
from store.readings import Reading, keep_reading


def opened(call: Call, code: str) -> None:
    """Notes, once a day, that whoever signed in opened a case. Whoever only sits at the machine has no name here."""
    if call.options.user is None and not call.options.token:
        return
    keep_reading(call.home.store, Reading(day=call.today, code=code, reader=call.actor.person))
