"""Pictures of a process, made from its definition so that they are never out of date."""

from definitions.diagram.mermaid_text import mermaid
from definitions.diagram.picture import svg

__all__ = ["mermaid", "svg"]
