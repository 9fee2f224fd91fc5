"""What an auditor asks and takes away, in the least that a process needs: one answer, or one file, and its memory.

``python -m benchmarks.looking_back URL WHAT`` prints the rows and the largest resident memory in MiB; WHAT is the
name of a question, ``as-of``, or a format of an export.
"""

import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from audit.questions import QUESTIONS
from exchange.exports import About
from exchange.row_spool import kept_aside
from exchange.spool import Spool
from khuyencong.cli.printing import write_json_rows
from khuyencong.cli.taking_history import FORMATS, fill
from shapes.as_of import line_as_of
from store.as_of import AsOf
from store.audit_answers import Answers
from store.audit_rows import Asked
from store.database import Database, open_database
from store.statements import Transaction

#: After every step.
LATE = datetime(2030, 1, 1, tzinfo=UTC)
WHATS = ("as-of", *QUESTIONS, *FORMATS)


def told(database: Database, what: str) -> int:
    """Answers a question, or writes an export; how many rows or events that were."""
    with database.read() as uow:
        law = uow.law()
    with database.transaction(writes=False) as transaction:
        if what in FORMATS:
            with TemporaryDirectory() as folder:
                spool = Spool(Path(folder) / "spool")
                with spool:
                    fill(transaction, law, spool, Asked())
                count = spool.counts.events
                about = About(asked_by="", asked_at=LATE, words="", filters={}, count=count)
                FORMATS[what][1](Path(folder) / "file", about, spool)
                return count
        answers = Answers(transaction, law, now=LATE)
        rows = _known(transaction) if what == "as-of" else answers.rows(what, Asked())
        with kept_aside(rows) as spool_of_rows:
            write_json_rows({"rows": []}, "rows", spool_of_rows)
            return spool_of_rows.count


def _known(transaction: Transaction) -> Iterator[dict[str, Any]]:
    then = AsOf(transaction, LATE)
    return (line_as_of(then, case) for case in then.cases())


if __name__ == "__main__":
    url, what = sys.argv[1:]
    found = told(open_database(url), what)
    print(found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
