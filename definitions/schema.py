"""The JSON Schema of each kind of definition file, made from the types, so that editors can check files as they grow.

``python -m definitions.schema`` writes them anew into ``definitions/schemas``; a test holds files and types equal.
Rules that compare values (sums, order of dates) are beyond a schema: ``definitions check`` tells those.
"""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from definitions.loading import TYPES, Kind

#: Where the schemas that come with this software lie.
SCHEMAS = Path(__file__).parent / "schemas"


def schema(kind: Kind) -> dict[str, Any]:
    """The schema of that kind of file, with the keys as files spell them. A date is a TOML date, here a string."""
    made = TYPES[kind].model_json_schema(by_alias=True, mode="validation")
    title = f"khuyencong: {kind} file"
    return {"$schema": GenerateJsonSchema.schema_dialect, **made, "title": title}


def spell(kind: Kind) -> str:
    """The schema as the text of its file."""
    return json.dumps(schema(kind), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write(folder: Path = SCHEMAS) -> tuple[Path, ...]:
    """Writes ``<kind>.schema.json`` for every kind into a folder that exists; returns what was written."""
    files = {folder / f"{kind}.schema.json": spell(kind) for kind in TYPES}
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")
    return tuple(files)


if __name__ == "__main__":
    for written in write():
        print(written)
