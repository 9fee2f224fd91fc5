"""The rows that both peers on Django write beside their own."""

from datetime import datetime, timedelta

from django.db import connection, models

from benchmarks.peers.work import LIMIT, VARIABLES, owner


class Outbox(models.Model):
    """A letter to write."""

    case = models.BigIntegerField(db_index=True)
    key = models.CharField(max_length=100, unique=True)
    address = models.CharField(max_length=200)
    variables = models.JSONField()
    state = models.CharField(max_length=20)
    send_after = models.DateTimeField(db_index=True)


class Deadline(models.Model):
    """Until when the next one must act."""

    case = models.BigIntegerField(db_index=True)
    rule = models.CharField(max_length=50)
    holder = models.CharField(max_length=50)
    due = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=20)


def create_tables(*models_: type[models.Model]) -> None:
    """Makes the tables of these models and of those above."""
    with connection.schema_editor() as editor:
        for model in (*models_, Outbox, Deadline):
            editor.create_model(model)


def announce(case: int, step: int, state: str, now: datetime) -> None:
    """One row of the outbox and one deadline for whoever is next."""
    holder = owner(step + 1)
    Outbox.objects.create(
        case=case,
        key=f"{case}/{step}",
        address=f"{holder}@example",
        variables=VARIABLES,
        state="scheduled",
        send_after=now,
    )
    due = now + timedelta(days=LIMIT)
    Deadline.objects.create(case=case, rule=state, holder=holder, due=due, state="running")
