"""Files that are handed out: always to be saved, never shown as a page of ours."""

from typing import Final
from urllib.parse import quote

from starlette.responses import Response

_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "zip": "application/zip",
    "txt": "text/plain; charset=utf-8",
    "eml": "message/rfc822",
}


def download(content: bytes, name: str) -> Response:
    """An answer that a browser saves under that name."""
    kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    plain = name.encode("ascii", "replace").decode().replace('"', "_").replace("?", "_")
    said = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=kind, headers={"content-disposition": said, "cache-control": "no-store"})
