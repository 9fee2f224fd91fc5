"""The icons that pages use, drawn into the page itself: they take the colour of the words beside them."""

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

#: Of the package bootstrap-icons; ``tools/fetch_assets.py`` fetches these and no others.
NAMES = (
    *("arrow-left", "arrow-repeat", "arrow-right", "box-arrow-in-right", "box-arrow-right", "building"),
    *("calendar-check", "calendar3", "cash-coin", "check-circle", "check-circle-fill", "check-lg", "check2"),
    *("chevron-down", "chevron-left", "chevron-right", "circle", "circle-fill", "circle-half"),
    *("clipboard-check", "clock", "clock-history", "dash-circle", "dash-lg", "diagram-3", "download"),
    *("envelope", "envelope-check", "envelope-x", "exclamation-circle", "exclamation-diamond-fill"),
    *("exclamation-triangle", "exclamation-triangle-fill", "eye", "file-earmark", "file-earmark-text"),
    *("filter", "flag", "folder2-open", "gear", "geo-alt", "globe2", "heart-pulse", "hourglass-split", "house"),
    *("inbox", "info-circle", "journal-text", "key", "link-45deg", "list-ul", "lock", "moon-stars"),
    *("paperclip", "pause-circle-fill", "pencil", "people", "person", "person-badge", "plus-lg", "printer"),
    *("question-circle", "search", "send", "shield-check", "shield-exclamation", "shield-lock"),
    *("signpost-split", "slash-circle", "sun", "table", "x-circle", "x-lg"),
)


class Icons:
    """The drawings of a folder, read once."""

    def __init__(self, folder: Path) -> None:
        self._drawn: Mapping[str, str] = {name: _drawing(folder / f"{name}.svg") for name in NAMES}

    def __call__(self, name: str) -> Markup:
        """The icon as SVG, hidden from whoever has the words read aloud. KeyError for one that is not fetched."""
        return Markup(self._drawn[name])  # noqa: S704 - drawings of a locked package, nothing that people typed.


def _drawing(file: Path) -> str:
    text = " ".join(file.read_text(encoding="utf-8").split())
    return text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
