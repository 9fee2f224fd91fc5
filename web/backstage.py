"""What the pages for auditors and administrators ask of the installation beyond its lists and use cases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from definitions.errors import Fault
from store.log import Verified
from workflow.proposal import Actor


class Backstage(Protocol):
    """Behind the pages: keys that never come to a browser, and work that goes over everything."""

    def verify(self) -> Verified:
        """Everything kept, held against its history."""

    def bundle(self, path: Path, *, code: str, by: Actor, at: datetime) -> int:
        """Writes everything that proves a case into a file; how many entries it has. Raises UnknownProposal."""

    def prove(self, code: str) -> Mapping[str, Any]:
        """Every sealed entry of a case with its proof. Raises UnknownProposal, CheckFailed."""

    def keys(self) -> Sequence[str]:
        """The keys that the log was signed with, as text, oldest first."""

    def faults(self) -> Sequence[Fault]:
        """What is wrong with the definitions in force."""

    def webhook_secret(self, webhook: str) -> str:
        """What signs the posts of a webhook."""

    @property
    def by_hand(self) -> str:
        """The name under which a pass of the scheduler is noted that somebody made by hand."""
