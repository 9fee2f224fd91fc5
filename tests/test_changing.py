"""A changed value is what ``dataclasses.replace`` makes of it."""

from dataclasses import dataclass, field, replace

import pytest

from workflow.changing import changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """A value with a part that it works out itself."""

    one: int
    two: str = "b"
    both: str = field(init=False)

    def __post_init__(self) -> None:
        """Works it out."""
        object.__setattr__(self, "both", f"{self.one}{self.two}")


@dataclass(frozen=True, slots=True)
class Single:
    """A value of one part, which is not taken for its elements."""

    parts: tuple[int, ...]


def test_it_is_what_replace_makes() -> None:
    """Parts that are not named stay, what a value works out itself is worked out again."""
    before = Two(one=1)

    after = changed(before, two="c")

    assert after == replace(before, two="c") == Two(one=1, two="c")
    assert after.both == "1c"
    assert before == Two(one=1)


def test_a_value_of_one_part() -> None:
    """One part that is a sequence stays one part."""
    before = Single((1, 2))

    assert changed(before) == before
    assert changed(before, parts=(3,)) == Single((3,))


def test_a_part_that_is_not_there() -> None:
    """A mistyped part is refused, as by ``replace``."""
    with pytest.raises(TypeError, match="tow"):
        changed(Two(one=1), tow="c")
