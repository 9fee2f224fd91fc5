"""Any number of deliverers beside each other: every notice leaves, and leaves once."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from notifications.channels import Accepted, Letter, Outcome
from store.statements import put
from store.tables import NoticeRow, table
from tests.offices import APPRAISER, Office, morning_of
from tests.smtp import MailServer

pytest_plugins = ("tests.office_fixtures",)
_NOTICE = table(NoticeRow)
#: Five mails of the hand-in wait from 10/04/2017 on.
MONDAY = morning_of(4, 10) + timedelta(hours=2)


def _many(workplace: Office, count: int) -> None:
    """More single notices to one reader, each with a key of its own."""
    row = workplace.notices(to=APPRAISER)[0]._asdict()
    with workplace.store.transaction(writes=True) as transaction:
        more = [{**row, "key": f"{row['key']}#{number}"} for number in range(count)]
        transaction.run_many(put(_NOTICE), [{key: value for key, value in one.items() if key != "id"} for one in more])


class Counting:
    """A channel that accepts and remembers."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, letter: Letter) -> Outcome:
        """Accepts it."""
        self.sent.append(letter.id)
        return Accepted("taken")


def test_two_deliverers_in_threads_send_each_notice_once(workplace: Office) -> None:
    """They share the rows between them: every mail leaves, none twice."""
    _many(workplace, 60)
    channel = Counting()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: workplace.deliver(MONDAY, channel, limit=5), range(4)))

    assert sum(one.accepted for one in done) == 65
    assert set(Counter(channel.sent).values()) == {1}
    assert {row.state for row in workplace.notices() if row.channel == "mail"} == {"accepted"}


def test_two_processes_send_each_notice_once(workplace: Office, mail_server: MailServer) -> None:
    """Any number of schedulers may run beside each other: nothing is sent twice, nothing is left."""
    _many(workplace, 40)
    program = [sys.executable, "-m", "tests.delivering", workplace.url, mail_server.host, str(mail_server.port)]

    processes = [subprocess.Popen([*program, MONDAY.isoformat()], stdout=subprocess.PIPE) for _ in range(2)]
    accepted = [int(process.communicate(timeout=60)[0]) for process in processes]

    assert sum(accepted) == 45
    assert set(Counter(mail.message["Message-ID"] for mail in mail_server.accepted).values()) == {1}
    assert len(mail_server.accepted) == 45
