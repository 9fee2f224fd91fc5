"""What can go wrong between a planned notice and its bytes."""

from definitions.errors import KhuyencongError


class UnknownNotice(KhuyencongError):
    """The template set has no notice of this key."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"no template for notice {key!r}")


class TemplateFaulty(KhuyencongError):
    """A template cannot be used: malformed, a part missing, a name undefined, or nothing where a value belongs."""

    def __init__(self, place: str, problem: str) -> None:
        self.place, self.problem = place, problem
        super().__init__(f"template {place}: {problem}")


class BadMailbox(KhuyencongError):
    """A name or address cannot stand in the header of a mail."""

    def __init__(self, address: str, problem: str) -> None:
        self.address, self.problem = address, problem
        super().__init__(f"mailbox {address!r}: {problem}")
