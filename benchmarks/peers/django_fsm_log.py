"""django-fsm-2 with a log model: protected state, permission of each transition, optimistic lock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone
from django_fsm import ConcurrentTransitionMixin, FSMField, FSMModelMixin, has_transition_perm
from django_fsm import transition as fsm_transition

from benchmarks.peers.django_rows import announce, create_tables
from benchmarks.peers.work import OWNERS, STATES, Stale, owner


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts; the session knows already."""

    role: str


def _step(number: int) -> Any:
    def move(case: "Case") -> None:
        case.version += 1
        case.holder = owner(number + 1)

    move.__name__ = f"step_{number}"
    return fsm_transition(field="state", source=STATES[number], target=STATES[number + 1], permission=_holds)(move)


def _holds(case: "Case", person: Person) -> bool:
    return bool(case.holder == person.role)


class Case(ConcurrentTransitionMixin, FSMModelMixin, models.Model):
    """What is moved."""

    code = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    state = FSMField(default=STATES[0], protected=True)
    holder = models.CharField(max_length=50, default=OWNERS[0], db_index=True)
    version = models.IntegerField(default=0)
    data = models.JSONField(default=dict)
    step_0, step_1, step_2, step_3, step_4 = map(_step, range(5))
    step_5, step_6, step_7, step_8, step_9 = map(_step, range(5, 10))


class History(models.Model):
    """The log."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    action = models.CharField(max_length=50)
    source = models.CharField(max_length=50)
    target = models.CharField(max_length=50)
    person = models.CharField(max_length=50)
    at = models.DateTimeField()


def prepare(_url: str, cases: int) -> Callable[[int, int], object]:
    """Makes tables and cases."""
    create_tables(Case, History)
    keys = [Case.objects.create(code=f"B-{number:05d}", title=f"Đề án {number}").pk for number in range(cases)]
    people = [Person(role) for role in OWNERS]
    return lambda case, step: act(keys[case], step, people[step])


def act(key: int, step: int, person: Person) -> None:
    """One durable move. Raises PermissionDenied, Stale, or TransitionNotAllowed."""
    with transaction.atomic():
        case = Case.objects.get(pk=key)
        move, source, now = getattr(case, f"step_{step}"), case.state, timezone.now()
        if case.version != step:
            raise Stale
        if not has_transition_perm(move, person):
            raise PermissionDenied
        move()
        case.save()
        History.objects.create(
            case=case, action=move.__name__, source=source, target=case.state, person=person.role, at=now
        )
        announce(key, step, case.state, now)
