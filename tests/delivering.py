"""A process that delivers what is due and prints how many mails were accepted; imports as little as it can.

Arguments: the database, the mail server's host and port, the instant.
"""

import sys
from datetime import datetime
from functools import cache

from notifications.channels import SmtpChannel
from notifications.composing import Desk
from notifications.message import Mailbox
from notifications.outbox import Posting, deliver
from notifications.rendering import TemplateSet
from store.database import open_database
from store.outbox import SqlOutbox

DESK = Desk(
    sender=Mailbox(name="Hệ thống khuyến công", address="khuyencong@so.example"),
    domain="so.example",
    inbox_url="http://127.0.0.1/de-an",
)


def main(url: str, host: str, port: str, at: str) -> None:
    """Delivers in small batches, so that two processes meet."""
    database = open_database(url)

    @cache
    def templates(sha256: str) -> TemplateSet:
        with database.look() as queries:
            return TemplateSet.from_text(queries.text(sha256))

    channel = SmtpChannel(host=host, port=int(port), sender="kc@so.example")
    posting = Posting(desk=DESK, limit=5)
    done = deliver(SqlOutbox(database), channel, templates, at=datetime.fromisoformat(at), posting=posting)
    database.close()
    sys.stdout.write(f"{done.accepted}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
