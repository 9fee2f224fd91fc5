"""What kind of file this is, by its content and not by its name, and whether it is safe to open."""

import zipfile
from pathlib import Path
from typing import Literal

from exchange.errors import UnreadableFile

_MIB = 2**20
MOST_BYTES = 100 * _MIB
#: All parts of a workbook together, and its one table of texts, which is read whole.
MOST_UNPACKED = 400 * _MIB
MOST_TEXTS = 64 * _MIB
_RATIO = 300
_OLE, _ZIP, _PDF = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"%PDF"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_HEAD = 64 * 1024


def kind_of(file: Path) -> Literal["workbook", "text"]:
    """Whether the file is an .xlsx workbook or a text table. Raises UnreadableFile for everything else."""
    if file.is_dir():
        raise UnreadableFile("file.folder", {"file": file.name})
    size = file.stat().st_size
    if size == 0:
        raise UnreadableFile("file.empty", {"file": file.name})
    if size > MOST_BYTES:
        raise UnreadableFile("file.too_large", {"file": file.name, "mib": MOST_BYTES // _MIB})
    with file.open("rb") as opened:
        head = opened.read(_HEAD)
    if head.startswith(_ZIP):
        _check_parts(file)
        return "workbook"
    _refuse_others(file, head)
    return "text"


def _refuse_others(file: Path, head: bytes) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if head.startswith(_OLE):
        encrypted = _ENCRYPTED in file.read_bytes()
        raise UnreadableFile("file.encrypted" if encrypted else "file.old_workbook", {"file": file.name})
    if head.startswith(_PDF):
        raise UnreadableFile("file.pdf", {"file": file.name})
    if start.startswith((b"<!doctype html", b"<html", b"<table")):
        raise UnreadableFile("file.web_page", {"file": file.name})
    if start.startswith(b"<?xml"):
        raise UnreadableFile("file.xml", {"file": file.name})
    if file.suffix.lower() in (".xlsx", ".xlsm"):
        raise UnreadableFile("file.no_workbook", {"file": file.name})
    if head.count(b"\0") and not _is_wide(head):
        raise UnreadableFile("file.binary", {"file": file.name})


def _is_wide(head: bytes) -> bool:
    """Whether it looks like UTF-16: a mark at the start, or a zero in every second place of Latin letters."""
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or max(head[::2].count(0), head[1::2].count(0)) > len(head) // 8


def _check_parts(file: Path) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableFile("file.damaged", {"file": file.name}) from error
    names = {part.filename for part in parts}
    unpacked = sum(part.file_size for part in parts)
    bombs = (part.file_size > _RATIO * max(1, part.compress_size) and part.file_size > 16 * _MIB for part in parts)
    texts = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    if unpacked > MOST_UNPACKED or texts > MOST_TEXTS or any(bombs):
        raise UnreadableFile("file.bomb", {"file": file.name, "mib": MOST_UNPACKED // _MIB})
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableFile("file.encrypted", {"file": file.name})
    if "xl/workbook.bin" in names:
        raise UnreadableFile("file.binary_workbook", {"file": file.name})
    if not any(name.endswith("workbook.xml") for name in names):
        raise UnreadableFile("file.other_archive", {"file": file.name, "what": _what(names)})


def _what(names: set[str]) -> str:
    kinds = (("word/", "Word (.docx)"), ("ppt/", "PowerPoint (.pptx)"), ("content.xml", "OpenDocument (.ods)"))
    return next((what for start, what in kinds if any(name.startswith(start) for name in names)), ".zip")
