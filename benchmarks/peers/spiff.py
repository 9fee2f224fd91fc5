"""SpiffWorkflow: a BPMN process of ten manual tasks in lanes, its workflow serialised into one row after each step.

It brings no storage, so rows are written on the bare driver.
"""

from collections.abc import Callable
from itertools import pairwise

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

from benchmarks.peers.raw_rows import RawRows
from benchmarks.peers.work import OWNERS, Stale

_MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"


class WrongOwner(Exception):
    """It is somebody else's turn."""


class Cases:
    """Cases on one lasting connection."""

    def __init__(self, url: str) -> None:
        self._rows = RawRows(url)
        self._serializer = BpmnWorkflowSerializer()
        parser = BpmnParser()
        parser.add_bpmn_str(_process().encode())
        self._spec = parser.get_spec("ten_steps")

    def add(self, number: int) -> None:
        """A case at its first step."""
        workflow = BpmnWorkflow(self._spec)
        workflow.do_engine_steps()
        text = self._serializer.serialize_json(workflow)
        self._rows.add(number, text)

    def act(self, number: int, step: int) -> None:
        """One durable move. Raises Stale, WrongOwner."""
        run = self._rows.run
        run("BEGIN IMMEDIATE" if self._rows.sqlite else "BEGIN")
        version, text = run("SELECT version, workflow FROM cases WHERE id = ?", number).fetchone()
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
        if run(changed, step + 1, text, number, step).rowcount != 1:
            raise Stale
        self._rows.announce(number, step, source)
        run("COMMIT")


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
