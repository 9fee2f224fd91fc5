"""The ground every definition type stands on: frozen, unknown keys refused, law told apart from habit."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

#: Lower-case words joined by "-" or "_": how programmes, states, roles and fields are named in files.
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=64)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
#: An address that mail can be sent to, or nothing; ASCII, because servers that take more are few.
Mailbox = Annotated[str, StringConstraints(pattern=r"^([!-?A-~]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,})?$", max_length=254)]
#: Whole đồng. Booleans, floats and digits in quotes are refused.
Dong = Annotated[StrictInt, Field(ge=0, le=2**53 - 1)]
#: Hundredths of a percent: 30 % is 3000.
BasisPoints = Annotated[StrictInt, Field(ge=0, le=100_000)]

#: FOUND: read in the source named. RECALLED: remembered, not checked. DERIVED: computed from found facts.
#: OWN: the agency's own choice, shown to people as such and never as law.
Confidence = Literal["FOUND", "RECALLED", "DERIVED", "OWN"]


class Definition(BaseModel):
    """A frozen value read from a definition file; a key that no field names is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Basis(Definition):
    """What a rule rests on: the article or paper, and how sure its reader was."""

    text: Text
    confidence: Confidence
    #: Where it was read: a number of the source register (``registers/sources.toml``), or several.
    source: tuple[StrictInt, ...] = ()

    @property
    def is_law(self) -> bool:
        """True when the text itself was read; only then may a screen call the rule law."""
        return self.confidence == "FOUND"
