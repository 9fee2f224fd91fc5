"""Style sheets, scripts and icons: read once, served from memory under names that change with their content."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from shapes.errors import Unreachable
from web.icons import Icons

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOREVER = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
_SHORTEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file as it is served."""

    media_type: str
    content: bytes
    packed: bytes
    version: str


class Assets:
    """Everything in ``web/static``. Raises Unreachable where what a package manager fetches is not there."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(str(files("web").joinpath("static")))
        vendor = self.folder / "vendor"
        if not (vendor / "bootstrap.min.css").is_file():
            raise Unreachable("web.assets_missing", folder=str(vendor))
        self.icons = Icons(vendor / "icons")
        self._files: Mapping[str, Asset] = {
            str(path.relative_to(self.folder)): _asset(path)
            for path in sorted(self.folder.rglob("*"))
            if path.suffix in _TYPES and path.parent.name != "icons"
        }

    def url(self, name: str) -> str:
        """Where a file is served, with its version. KeyError for one that is not there."""
        return f"/static/{name}?v={self._files[name].version}"

    async def serve(self, request: Request) -> Response:
        """A file, or 404."""
        found = self._files.get(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers = {**_FOREVER, "content-encoding": "gzip"}
            return Response(found.packed, media_type=found.media_type, headers=headers)
        return Response(found.content, media_type=found.media_type, headers=_FOREVER)


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(
        media_type=_TYPES[path.suffix],
        content=content,
        packed=gzip.compress(content, mtime=0),
        version=sha256(content).hexdigest()[:12],
    )
