"""One call of the command: its options, the installation behind it, who acts and when."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import cast

import typer

from definitions.bundle import Bundle, shipped
from khuyencong.cli.options import Options
from khuyencong.cli.printing import Printer
from khuyencong.logs import Log
from khuyencong.os_user import os_user
from khuyencong.settings import Settings
from khuyencong.wiring import Installation
from shapes.errors import Denied, WrongUsage
from shapes.naming import names_of
from workflow.administration import operator
from workflow.changing import changed
from workflow.proposal import Actor, legal_day
from workflow.service.tokens import open_by_token


@dataclass
class Call:
    """What a command has to work with. Everything is opened when it is first asked for."""

    settings: Settings
    printer: Printer
    options: Options = field(default_factory=Options)
    #: Where it is written what this call did.
    log: Log = field(default_factory=Log)

    @cached_property
    def home(self) -> Installation:
        """The installation. Raises StorageFault where its database cannot be used.

        Outside a sandbox ``--at`` raises WrongUsage and ``--as`` Denied, for reading as for writing.
        """
        found = Installation.open(self.chosen)
        if self.options.at is not None and found.sandbox is None:
            raise WrongUsage("usage.at_outside_sandbox")
        if self.options.user is not None and found.sandbox is None:
            raise Denied("denied.as_outside_sandbox")
        return found

    @property
    def chosen(self) -> Settings:
        """The settings, with the database that ``--database`` names in place of theirs."""
        return changed(self.settings, database_url=self.options.database or self.settings.database_url)

    @cached_property
    def now(self) -> datetime:
        """The instant of this call: ``--at`` (on a sandbox only), else the installation's clock."""
        home = self.home  # Also refuses ``--at`` outside a sandbox.
        return self.options.at or home.now()

    @property
    def today(self) -> date:
        """The day in Vietnam of this call."""
        return legal_day(self.now)

    @cached_property
    def actor(self) -> Actor:
        """Who acts: the account of the token, or on a sandbox the one that ``--as`` names. Raises Denied."""
        if self.options.user is not None:
            return changed(self._named(self.options.user), os_user=os_user())
        if not self.options.token:
            raise Denied("denied.nobody")
        opened = open_by_token(self.home.store, secret=self.options.token, at=self.now, channel="cli")
        return changed(opened.actor, os_user=os_user())

    def _named(self, username: str) -> Actor:
        if self.home.sandbox is None:
            raise Denied("denied.as_outside_sandbox")
        with self.home.store.read() as uow:
            found = uow.actor(username, channel="cli")
        if found is None:
            raise Denied("denied.unknown_user", user=username)
        return found

    @property
    def registrar(self) -> Actor:
        """Who changes the registers: the person acting; on a sandbox also the machine's operator. Raises Denied."""
        if self.home.sandbox is not None and self.options.user is None and not self.options.token:
            return operator(os_user=os_user())
        return self.actor

    def close(self) -> None:
        """Lets go of the database, if it was opened."""
        if "home" in vars(self):
            self.home.store.close()

    def law(self) -> Bundle:
        """The definitions in force."""
        with self.home.store.read() as uow:
            return uow.law()


def call_of(context: typer.Context) -> Call:
    """The call that a command was started with."""
    return cast("Call", context.obj)


def warn_owner(call: Call) -> None:
    """Says on standard error that history's guards are only as good as whoever runs the software."""
    if call.home.owns_history():
        call.printer.aside("warning.owner")


def shipped_names(role: str, agency: str) -> tuple[str, str]:
    """The words for a role and an agency where no database says them."""
    return names_of(shipped(), date.max, role, agency)
