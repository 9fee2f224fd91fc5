"""Every screen, by module; the order is that in which paths are tried."""

from web.pages import (
    acting,
    agencies,
    auditing,
    drafting,
    entering,
    health,
    law,
    listing,
    looking_back,
    outgoing,
    overview,
    own_account,
    people,
    showing,
    single_sign_on,
    working_days,
)
from web.routing import Screen

MODULES = (
    entering,
    single_sign_on,
    own_account,
    listing,
    drafting,
    acting,
    overview,
    showing,
    auditing,
    looking_back,
    people,
    agencies,
    working_days,
    law,
    outgoing,
    health,
)
SCREENS: tuple[Screen, ...] = tuple(screen for module in MODULES for screen in module.screens.all)
