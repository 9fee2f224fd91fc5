"""What the pages ask of an installation that only its composition root knows: keys, vocabulary, whole checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from definitions.errors import Fault
from definitions.soundness import check
from khuyencong.bundling import write_bundle
from khuyencong.identity_key import webhook_secret
from khuyencong.proving import prove
from khuyencong.ticking import BY_HAND
from khuyencong.vocabulary import vocabulary
from khuyencong.wiring import Installation, key_file
from store.log import Verified
from workflow.proposal import Actor


@dataclass(frozen=True, slots=True)
class Behind:
    """An installation behind its pages; satisfies ``web.backstage.Backstage``."""

    home: Installation

    def verify(self) -> Verified:
        """Everything kept, held against its history."""
        return self.home.verify()

    def bundle(self, path: Path, *, code: str, by: Actor, at: datetime) -> int:
        """Writes everything that proves a case into a file."""
        return write_bundle(self.home, path, code=code, file=f"{code}.zip", by=by, at=at).entries

    def prove(self, code: str) -> Mapping[str, Any]:
        """Every sealed entry of a case with its proof."""
        return prove(self.home, code)

    def keys(self) -> Sequence[str]:
        """The keys that the log was signed with."""
        return [key.text() for key in self.home.log_keys()]

    def faults(self) -> Sequence[Fault]:
        """What is wrong with the definitions in force."""
        with self.home.store.read() as uow:
            law = uow.law()
        return check(law, vocabulary())

    def webhook_secret(self, webhook: str) -> str:
        """What signs the posts of a webhook."""
        return webhook_secret(key_file(self.home.settings), webhook)

    @property
    def by_hand(self) -> str:
        """The name of passes made by hand."""
        return BY_HAND
