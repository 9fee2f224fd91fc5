"""Read models."""

from store.statements import Transaction


class Queries:
    """Lists."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
