"""A frozen value with some of its parts changed."""

from dataclasses import replace
from typing import Any, TypeVar

from msgspec import Struct, structs

Value = TypeVar("Value")


def changed(value: Value, /, **changes: Any) -> Value:
    """The same value with these parts: of a ``Struct``, as the values that travel are, or of a dataclass.

    Raises TypeError for a part that the value does not have.
    """
    again: Any = structs.replace if isinstance(value, Struct) else replace
    made: Value = again(value, **changes)
    return made
