"""What kind of file a paper seems to be, for display only: name and first bytes must agree, else it is just bytes."""

from collections.abc import Mapping
from pathlib import PurePath

UNKNOWN = "application/octet-stream"

_ZIP, _OLE = (b"PK\x03\x04",), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_OFFICE = "application/vnd.openxmlformats-officedocument"
#: By ending: the type, and how such a file begins (one of these).
_KINDS: Mapping[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".tif": ("image/tiff", (b"II*\x00", b"MM\x00*")),
    ".tiff": ("image/tiff", (b"II*\x00", b"MM\x00*")),
    ".docx": (f"{_OFFICE}.wordprocessingml.document", _ZIP),
    ".xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _ZIP),
    ".odt": ("application/vnd.oasis.opendocument.text", _ZIP),
    ".ods": ("application/vnd.oasis.opendocument.spreadsheet", _ZIP),
    ".zip": ("application/zip", _ZIP),
    ".doc": ("application/msword", _OLE),
    ".xls": ("application/vnd.ms-excel", _OLE),
}
_TEXTS: Mapping[str, str] = {".txt": "text/plain", ".csv": "text/csv"}


def guess(name: str, head: bytes) -> str:
    """The media type that both the name's ending and the first bytes speak for; never a type that a browser runs."""
    ending = PurePath(name).suffix.lower()
    if ending in _TEXTS:
        return _TEXTS[ending] if b"\x00" not in head else UNKNOWN
    kind, beginnings = _KINDS.get(ending, (UNKNOWN, ()))
    return kind if head.startswith(beginnings) else UNKNOWN
