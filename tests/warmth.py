"""What a process does once, so that those which it forks need not: here the text of every statement."""

import gc

from store.statements import DIALECTS, Statement


def compile_statements() -> None:
    """Writes every statement that is declared so far, for both databases."""
    for found in gc.get_objects():
        if isinstance(found, Statement):
            for dialect in DIALECTS:
                found.prepared(dialect)
