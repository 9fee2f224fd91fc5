"""What a person typed for a field, as the value that it stands for."""

from definitions.process import Field
from language.formats import read_date, read_money
from workflow.proposal import FactValue
from workflow.values import read_value

_BOOLS = {"có": "true", "yes": "true", "1": "true", "không": "false", "no": "false", "0": "false"}


def read_fact(field: Field, word: str) -> FactValue:
    """The typed fact. Money and dates may be written as offices do (``300 triệu``, ``23/11/2026``).

    Raises Unreadable or BadValue.
    """
    match field.type:
        case "money":
            return read_money(word)
        case "date":
            return read_date(word)
        case "bool":
            return read_value(field, _BOOLS.get(word.strip().lower(), word.strip()))
        case _:
            return read_value(field, word)
