"""Who is ready to be signed in to a sandbox, by agency; elsewhere nobody is."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from web.home import Home
from web.seats import Words


def logins(home: Home, words: Words, on: date) -> Sequence[dict[str, Any]]:
    """Everybody with an account, grouped by the agency they sit in."""
    with home.look() as lists:
        users = lists.users()
    found: dict[str, list[dict[str, Any]]] = {}
    for user in users:
        held = [seat for seat in user.seats if seat.holds(on)]
        if user.active and held:
            roles = list(dict.fromkeys(words(seat)[0] for seat in held))
            person = {"username": user.username, "name": user.name, "roles": roles}
            found.setdefault(words(held[0])[1], []).append(person)
    return [{"agency": agency, "people": people} for agency, people in found.items()]
