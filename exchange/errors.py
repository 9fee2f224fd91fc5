"""What can be wrong with a file as a whole."""

from collections.abc import Mapping

from definitions.errors import KhuyencongError


class UnreadableFile(KhuyencongError):
    """A file that is no list; ``code`` and ``params`` are for the catalogues."""

    def __init__(self, code: str, params: Mapping[str, object] | None = None) -> None:
        self.code, self.params = code, dict(params or {})
        super().__init__(f"{code} {self.params}" if self.params else code)
