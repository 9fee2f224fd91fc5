"""SpiffWorkflow: a BPMN process of ten manual tasks in lanes, its workflow serialised into one row after each step.

It brings no storage, so rows are written on the bare driver.
"""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import psycopg
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

from benchmarks.peers.work import LIMIT, OWNERS, VARIABLES, Stale, owner

_UTC = timezone.utc  # noqa: UP017 - the environment of the peers may be of any Python.
_TABLES = (
    "CREATE TABLE cases (id INTEGER PRIMARY KEY, code TEXT UNIQUE, version INTEGER NOT NULL, workflow TEXT NOT NULL)",
    'CREATE TABLE history (id {serial}, "case" INTEGER NOT NULL, action TEXT, source TEXT, person TEXT, at TEXT)',
    'CREATE TABLE outbox (id {serial}, "case" INTEGER NOT NULL, key TEXT UNIQUE, address TEXT, variables TEXT, '
    "state TEXT, send_after TEXT)",
    'CREATE TABLE deadline (id {serial}, "case" INTEGER NOT NULL, rule TEXT, holder TEXT, due TEXT, state TEXT)',
    "CREATE INDEX outbox_due ON outbox (send_after)",
    "CREATE INDEX deadline_due ON deadline (due)",
)
_SERIAL = {True: "INTEGER PRIMARY KEY", False: "BIGSERIAL PRIMARY KEY"}
_MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"


class WrongOwner(Exception):
    """It is somebody else's turn."""


class Cases:
    """Cases on one lasting connection."""

    def __init__(self, url: str) -> None:
        self._sqlite = url.startswith("sqlite")
        self._connection = _connect(url)
        for statement in _TABLES:
            self._run(statement.format(serial=_SERIAL[self._sqlite]))
        self._serializer = BpmnWorkflowSerializer()
        parser = BpmnParser()
        parser.add_bpmn_str(_process().encode())
        self._spec = parser.get_spec("ten_steps")

    def _run(self, sql: str, *values: Any) -> Any:
        return self._connection.execute(sql if self._sqlite else sql.replace("?", "%s"), values)

    def add(self, number: int) -> None:
        """A case at its first step."""
        workflow = BpmnWorkflow(self._spec)
        workflow.do_engine_steps()
        text = self._serializer.serialize_json(workflow)
        self._run("INSERT INTO cases VALUES (?, ?, 0, ?)", number, f"B-{number:05d}", text)

    def act(self, number: int, step: int) -> None:
        """One durable move. Raises Stale, WrongOwner."""
        self._run("BEGIN IMMEDIATE" if self._sqlite else "BEGIN")
        version, text = self._run("SELECT version, workflow FROM cases WHERE id = ?", number).fetchone()
        if version != step:
            raise Stale
        workflow = self._serializer.deserialize_json(text)
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        if task.task_spec.lane != OWNERS[step]:
            raise WrongOwner
        task.run()
        workflow.do_engine_steps()
        text, source = self._serializer.serialize_json(workflow), task.task_spec.name
        changed = "UPDATE cases SET version = ?, workflow = ? WHERE id = ? AND version = ?"
        if self._run(changed, step + 1, text, number, step).rowcount != 1:
            raise Stale
        self._announce(number, step, source)
        self._run("COMMIT")

    def _announce(self, number: int, step: int, source: str) -> None:
        now, holder = datetime.now(tz=_UTC), owner(step + 1)
        self._run(
            'INSERT INTO history ("case", action, source, person, at) VALUES (?, ?, ?, ?, ?)',
            *(number, f"step_{step}", source, OWNERS[step], now.isoformat()),
        )
        self._run(
            'INSERT INTO outbox ("case", key, address, variables, state, send_after) VALUES (?, ?, ?, ?, ?, ?)',
            *(number, f"{number}/{step}", f"{holder}@example", json.dumps(VARIABLES), "scheduled", now.isoformat()),
        )
        self._run(
            'INSERT INTO deadline ("case", rule, holder, due, state) VALUES (?, ?, ?, ?, ?)',
            *(number, source, holder, (now + timedelta(days=LIMIT)).isoformat(), "running"),
        )


def _connect(url: str) -> Any:
    if not url.startswith("sqlite"):
        return psycopg.connect(url, autocommit=True)
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _process() -> str:
    """The BPMN text."""
    nodes = ["begin", *(f"step_{number}" for number in range(len(OWNERS))), "done"]
    lanes = "".join(
        f'<lane id="{role}" name="{role}">'
        + "".join(f"<flowNodeRef>step_{number}</flowNodeRef>" for number, one in enumerate(OWNERS) if one == role)
        + "</lane>"
        for role in dict.fromkeys(OWNERS)
    )
    flows = "".join(
        f'<sequenceFlow id="to_{after}" sourceRef="{before}" targetRef="{after}"/>' for before, after in pairwise(nodes)
    )
    tasks = "".join(
        f'<manualTask id="{name}" name="{name}"><incoming>to_{name}</incoming>'
        f"<outgoing>to_{after}</outgoing></manualTask>"
        for name, after in pairwise(nodes[1:])
    )
    ends = (
        f'<startEvent id="begin"><outgoing>to_{nodes[1]}</outgoing></startEvent>'
        '<endEvent id="done"><incoming>to_done</incoming></endEvent>'
    )
    inside = f'<laneSet id="lanes">{lanes}</laneSet>{ends}{tasks}{flows}'
    return f'<definitions xmlns="{_MODEL}"><process id="ten_steps" isExecutable="true">{inside}</process></definitions>'


def prepare(url: str, cases: int) -> Callable[[int, int], object]:
    """Makes tables and cases."""
    made = Cases(url)
    for number in range(cases):
        made.add(number)
    return made.act
