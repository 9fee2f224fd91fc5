"""Every screen, by module; the order is that in which paths are tried."""

from web.pages import entering, listing, overview, own_account, showing
from web.routing import Screen

MODULES = (entering, own_account, listing, showing, overview)
SCREENS: tuple[Screen, ...] = tuple(screen for module in MODULES for screen in module.screens.all)
