"""The jobs of the scheduler: deadlines counted anew, reminders, the delivery of notices, nightly housekeeping."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from khuyencong.bounces import collect_bounces
from khuyencong.housekeeping import keep_house
from khuyencong.identity_key import webhook_secret
from khuyencong.logs import Log
from khuyencong.recounting import recount_all
from khuyencong.sealing import hand_out, record_mails, record_readings, seal_all
from khuyencong.settings import Settings
from khuyencong.wiring import Installation, key_file, mail_folder
from notifications.at_once import AtOnce
from notifications.channels import AllowList, Channel, EmlFolder, SmtpChannel
from notifications.composing import Desk
from notifications.message import Mailbox
from notifications.outbox import Posting, deliver, deliver_hooks, passing
from notifications.reminders import sweep
from notifications.scheduler import Job, Scheduler
from notifications.webhooks import WebhookChannel
from shapes.errors import LogKeyUnusable
from store.heartbeats import SqlHeartbeats
from store.outbox import SqlOutbox
from store.reminders import SqlReminders

RECOUNT, REMINDERS, OUTBOX, WEBHOOKS = "recount", "reminders", "outbox", "webhooks"
BOUNCES, SEALING, HOUSEKEEPING = "bounces", "sealing", "housekeeping"
#: Passes by hand (or from a timetable of the machine) stand under one name, however many there are.
BY_HAND = "tick"
#: What a sweep tells of the mails that it sent itself.
_MAILED = ("accepted", "retried", "released", "failed", "rerouted", "unreachable")
#: Short enough for one encoded word, which every mail program joins alike.
_SENDER = "Hệ thống khuyến công"


def make_channel(settings: Settings) -> Channel:
    """Where mail goes: the server that is named, else a folder of files; only to allowed addresses if any are named."""
    channel: Channel
    if settings.smtp_host:
        channel = SmtpChannel(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.mail_from,
            user=settings.smtp_user,
            password=settings.smtp_password,
            starttls=settings.smtp_starttls,
        )
    else:
        channel = EmlFolder(folder=mail_folder(settings))
    allowed = settings.allowed_recipients
    return AllowList(channel=channel, allowed=allowed) if allowed else channel


def make_hook_channel(installation: Installation) -> Channel:
    """Where webhooks go: the public internet, or only the hosts that are named; on a sandbox also this machine."""
    settings = installation.settings
    return WebhookChannel(
        secret=partial(webhook_secret, key_file(settings)),
        hosts=settings.webhook_hosts,
        loopback=installation.sandbox is not None,
    )


def make_scheduler(
    installation: Installation,
    clock: Callable[[], datetime] | None = None,
    log: Log | None = None,
    *,
    process: str = "",
) -> Scheduler:
    """The scheduler of this process; ``clock`` stands in for the installation's own (``--at`` of a sandbox).

    ``process`` is the name that its heartbeats stand under; empty: this machine's with the number of the process.
    """
    log, now = log or Log(), clock or installation.now
    settings, house = installation.settings, installation.house
    domain = settings.mail_from.rpartition("@")[2]
    reminders, outbox = SqlReminders(installation.store), SqlOutbox(installation.store)
    desk = Desk(
        sender=Mailbox(name=_SENDER, address=settings.mail_from), domain=domain, inbox_url=f"{settings.base_url}/de-an"
    )
    channel, hooks = make_channel(settings), make_hook_channel(installation)

    def recount(at: datetime) -> Mapping[str, object]:
        return asdict(recount_all(installation.store, house, at=at))

    def mail() -> Posting:
        return Posting(desk=desk, office=installation.office_hours(), seconds=passing(now))

    def remind(at: datetime) -> Mapping[str, object]:
        leaving = AtOnce(outbox=outbox, channel=channel, templates_of=installation.templates, posting=mail())
        swept = sweep(reminders, house, at=at, domain=domain, at_once=leaving)
        return {**asdict(swept), **{name: getattr(leaving.done, name) for name in _MAILED}}

    def post(at: datetime) -> Mapping[str, object]:
        return asdict(deliver(outbox, channel, installation.templates, at=at, posting=mail()))

    def call(at: datetime) -> Mapping[str, object]:
        return asdict(
            deliver_hooks(outbox, hooks, at=at, posting=Posting(desk=desk, own_lines=True, seconds=passing(now)))
        )

    def collect(at: datetime) -> Mapping[str, object]:
        return collect_bounces(settings.bounces_dir, outbox, at, opens=installation.opens)

    def seal(at: datetime) -> Mapping[str, object]:
        try:
            mails, opened = record_mails(installation, at=at), record_readings(installation, at=at)
            done = {"mails": mails, "opened": opened, **asdict(seal_all(installation, at=at))}
        except LogKeyUnusable as error:
            return {"unreachable": str(error)}
        return {**done, **hand_out(installation, channel, desk, at=at)}

    looking = [Job(name=BOUNCES, run=log.told(BOUNCES, collect), every=timedelta(minutes=1))]
    return Scheduler(
        jobs=(
            # Before the reminders, so that none goes out for a day that has moved.
            Job(name=RECOUNT, run=log.told(RECOUNT, recount)),
            Job(name=REMINDERS, run=log.told(REMINDERS, remind)),
            Job(name=OUTBOX, run=log.told(OUTBOX, post), every=timedelta(seconds=10)),
            Job(name=WEBHOOKS, run=log.told(WEBHOOKS, call), every=timedelta(seconds=10)),
            Job(name=SEALING, run=log.told(SEALING, seal), every=timedelta(minutes=1)),
            *(looking if settings.bounces_dir else ()),
            Job(
                name=HOUSEKEEPING,
                run=log.told(HOUSEKEEPING, partial(keep_house, installation)),
                every=timedelta(minutes=30),
                daily=True,
            ),
        ),
        heartbeats=SqlHeartbeats(installation.store),
        process=process or f"{socket.gethostname()}:{os.getpid()}",
        clock=now,
    )
