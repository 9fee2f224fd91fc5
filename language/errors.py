"""What can be wrong with words going out or values coming in."""

from collections.abc import Mapping

from definitions.errors import KhuyencongError


class UnknownSentence(KhuyencongError):
    """A catalogue has no sentence for this code; nothing is shown in its place."""

    def __init__(self, code: str, lang: str) -> None:
        self.code, self.lang = code, lang
        super().__init__(f"no sentence {code!r} in catalogue {lang!r}")


class UnknownLanguage(KhuyencongError):
    """There is no catalogue in this language."""

    def __init__(self, lang: str, known: tuple[str, ...]) -> None:
        self.lang, self.known = lang, known
        super().__init__(f"no catalogue {lang!r}; there are {', '.join(known)}")


class MissingParameter(KhuyencongError):
    """The sentence names a value that was not given."""

    def __init__(self, code: str, name: str) -> None:
        self.code, self.name = code, name
        super().__init__(f"sentence {code!r} needs parameter {name!r}")


class Unreadable(KhuyencongError):
    """Typed text cannot be read as money or a date; ``code`` and ``params`` are for the catalogues."""

    def __init__(self, code: str, params: Mapping[str, object]) -> None:
        self.code, self.params = code, dict(params)
        super().__init__(f"{code}: {self.params}")
