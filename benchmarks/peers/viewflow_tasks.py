"""django-viewflow: human tasks, each assigned to its owner when it begins; its tasks are its history."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone
from viewflow import this
from viewflow.workflow import STATUS, flow, lock
from viewflow.workflow.models import Task

from benchmarks.peers.django_rows import announce, create_tables
from benchmarks.peers.work import OWNERS

_PEOPLE: dict[str, User] = {}


def _owned_by(role: str) -> Callable[[Any], User]:
    return lambda _activation: _PEOPLE[role]


def _page(_request: Any) -> None:
    """The page of a task; nobody looks at it here."""


def _step(number: int) -> Any:
    after = getattr(this, f"step_{number + 1}") if number + 1 < len(OWNERS) else this.end
    return flow.View(_page).Assign(_owned_by(OWNERS[number])).Next(after)


class CaseFlow(flow.Flow):
    """The ten steps."""

    #: As its documents advise for each database: SQLite has one writer anyway.
    lock_impl = lock.no_lock if connection.vendor == "sqlite" else lock.select_for_update_lock
    start = flow.StartHandle().Next(this.step_0)
    step_0, step_1, step_2, step_3, step_4 = map(_step, range(5))
    step_5, step_6, step_7, step_8, step_9 = map(_step, range(5, 10))
    end = flow.End()


def prepare(_url: str, cases: int) -> Callable[[int, int], object]:
    """Makes tables, people and cases."""
    call_command("migrate", verbosity=0)
    create_tables()
    _PEOPLE.update({role: User.objects.create_user(role) for role in dict.fromkeys(OWNERS)})
    keys = [CaseFlow.start.run(_process_data={"code": f"B-{number:05d}"}).pk for number in range(cases)]
    requests = [_request(_PEOPLE[role]) for role in OWNERS]
    return lambda case, step: act(keys[case], step, requests[step])


def _request(user: User) -> Any:
    request = RequestFactory().post("/")
    request.user = user
    return request


def act(key: int, step: int, request: Any) -> None:
    """One durable move. Raises PermissionDenied, or Task.DoesNotExist where the case stands elsewhere."""
    wanted = getattr(CaseFlow, f"step_{step}")
    task = Task.objects.select_related("process").get(process_id=key, flow_task=wanted, status=STATUS.ASSIGNED)
    with task.activation() as activation:
        if not activation.start.has_perm(request.user):
            raise PermissionDenied
        activation.start(request)
        announce(key, step, wanted.name, timezone.now())
        activation.execute()
