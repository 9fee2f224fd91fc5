"""Going on in a list where the page before ended."""

from typing import Annotated

import typer

After = Annotated[
    str | None, typer.Option("--after", metavar="PLACE", help="Go on after the page that ended with this place.")
]
