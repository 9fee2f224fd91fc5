"""Values as offices write them."""

from language.formats import day, money, number


def shown(value: object, type_: str) -> str:
    """A field's value as offices write it: ``300.000.000 đ``, ``23/11/2026``, có or không."""
    match type_, value:
        case _, None:
            return ""
        case "money", int():
            return money(value)
        case "number", int():
            return str(value) if value < 10_000 else number(value)  # noqa: PLR2004 - years are not grouped.
        case "date", _:
            return day(str(value))
        case "bool", bool():
            return "có" if value else "không"
        case _:
            return str(value)
