"""What the pages need of the installation they belong to; everything enters here as an argument."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Protocol

from notifications.rendering import TemplateSet
from store.database import Database
from store.documents import Papers
from store.queries import Queries
from store.sandbox import Sandbox
from web.single_sign_on import SingleSignOn
from workflow.house import House
from workflow.storage import UnitOfWork


class Home(Protocol):
    """An opened installation."""

    @property
    def store(self) -> Database:
        """Where everything is kept."""

    @property
    def papers(self) -> Papers:
        """Where papers are kept by their content."""

    @property
    def house(self) -> House:
        """The surroundings of the use cases."""

    @property
    def sandbox(self) -> Sandbox | None:
        """What makes it a sandbox, or None where its data counts."""

    def now(self) -> datetime:
        """The instant by its clock."""

    def look(self) -> AbstractContextManager[Queries]:
        """The lists, as of one consistent moment."""

    def survey(self) -> AbstractContextManager[tuple[Queries, UnitOfWork]]:
        """The lists and the proposals behind them, as of one consistent moment."""

    def templates(self, sha256: str) -> TemplateSet:
        """The set of notice templates of that hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What an installation chooses for its pages."""

    #: Where browsers reach them; cookies go over https only where this does.
    base_url: str
    #: Of whoever has not chosen one: ``vi`` or ``en``.
    language: str
    #: Fresh secrets: so many random bytes.
    random: Callable[[int], bytes]
    #: Seconds that only ever rise, for what is limited in a stretch of time.
    seconds: Callable[[], float]
    #: Hears of every request of a program, by names that are nobody's, and how many seconds it took.
    told: Callable[[Mapping[str, str | int], float], None] = lambda *_: None
    #: The networks whose machines may ask for the figures of operation.
    metrics_from: tuple[IPv4Network | IPv6Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    #: None: people sign in with passwords only.
    single_sign_on: SingleSignOn | None = None

    @property
    def secure(self) -> bool:
        """Whether browsers speak to it over https."""
        return self.base_url.startswith("https://")
