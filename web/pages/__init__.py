"""Every screen, by module; the order is that in which paths are tried."""

from web.pages import (
    acting,
    auditing,
    drafting,
    entering,
    listing,
    looking_back,
    overview,
    own_account,
    showing,
    single_sign_on,
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
)
SCREENS: tuple[Screen, ...] = tuple(screen for module in MODULES for screen in module.screens.all)
