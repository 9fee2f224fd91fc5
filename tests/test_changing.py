"""A changed value is a value of its own with other parts."""

from dataclasses import dataclass
from dataclasses import replace as stdlib_replace

import pytest
from msgspec import Struct
from msgspec.structs import force_setattr

from workflow.changing import changed


class Two(Struct, frozen=True, kw_only=True):
    """A value with a part that it works out itself."""

    one: int
    two: str = "b"
    both: str = ""

    def __post_init__(self) -> None:
        """Works it out."""
        force_setattr(self, "both", f"{self.one}{self.two}")


@dataclass(frozen=True, slots=True)
class Plain:
    """A dataclass of one part, which is not taken for its elements."""

    parts: tuple[int, ...]


def test_what_a_value_works_out_is_worked_out_again() -> None:
    """Parts that are not named stay, and one that follows from another follows from the new one."""
    before = Two(one=1)

    after = changed(before, two="c")

    assert after == Two(one=1, two="c")
    assert after.both == "1c"
    assert before == Two(one=1)


def test_a_value_cannot_be_changed_in_place() -> None:
    """What a decision rests on stays as it was read."""
    value = Two(one=1)

    with pytest.raises(AttributeError, match="immutable"):
        value.one = 2  # type: ignore[misc]


def test_a_dataclass_is_changed_as_the_standard_library_changes_it() -> None:
    """Both kinds of values are there, and nobody has to know which is which."""
    before = Plain((1, 2))

    after = changed(before, parts=(3,))

    assert after == stdlib_replace(before, parts=(3,)) == Plain((3,))


@pytest.mark.parametrize("value", [Two(one=1), Plain((1,))], ids=["struct", "dataclass"])
def test_a_part_that_is_not_there(value: object) -> None:
    """A mistyped part is refused."""
    with pytest.raises(TypeError, match="tow"):
        changed(value, tow="c")
