"""The product on equivalent work: a process of ten plain steps, each with one notice and one deadline, no reminders.

The text takes the place of the local process, so that programme, appointments and people stay the sandbox's own.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from definitions.loading import DefinitionText, find_texts
from khuyencong.demo.acts import Act, Story
from khuyencong.demo.samples import tea_roaster
from workflow.changing import changed
from workflow.proposal import FactValue

#: Who owns each step in turn.
ROLES = ("implementer", *("inspector", "approver", "evaluator") * 3)
_BEGUN = datetime(2022, 3, 1, 2, tzinfo=UTC)
_BASIS = '{ text = "phép thử tốc độ", confidence = "OWN" }'
_HEAD = """
key = "kcdp"
version = "2021.1"
label = "Quy trình thử tốc độ"
money = "local"
initial = "state_0"
milestone = [{ key = "drafted", label = "Lập đề án" }, { key = "evaluated", label = "Đánh giá" }]
role = [
  { key = "implementer", label = "Đơn vị thực hiện", per_proposal = true },
  { key = "beneficiary", label = "Đơn vị thụ hưởng", per_proposal = true },
  { key = "inspector", label = "Cơ quan kiểm tra" },
  { key = "approver", label = "Người phê duyệt" },
  { key = "evaluator", label = "Cơ quan đánh giá" },
  { key = "estimate_appraiser", label = "Cơ quan thẩm định dự toán" },
]
data = [
  { key = "name", label = "Tên đề án", type = "text", required = true },
  { key = "plan_year", label = "Năm kế hoạch", type = "number" },
]
"""
_STATE = """
[[state]]
key = "state_{number}"
label = "Bước {number}"
milestone = "drafted"
holder = [{{ role = "{role}" }}]
if_nobody_acts = "đôn đốc"
"""
_END = """
[[state]]
key = "state_{number}"
label = "Xong"
milestone = "evaluated"
end = true
"""
_STEP = """
[[transition]]
row = "{number}"
action = "step_{number}"
label = "Bước {number}"
from = ["state_{before}"]
to = "state_{number}"
owner = [{{ role = "{role}" }}]
main = true
notices = [{{ notice = "arrived", to = ["{told}"] }}]
"""
_DEADLINE = """
[[deadline]]
key = "limit_{number}"
label = "Bước {number}"
runs_in = ["state_{number}"]
days = 10
ladder = "none"
basis = {basis}
"""
#: Its only rung is for limits far longer than these.
_LADDER = """
[[ladder]]
key = "none"
label = "Không nhắc"
rung = [{ offset = -5, allowance_at_least = 400, to = ["holder"], notice = "due-soon", missed = "skip" }]
"""


def texts() -> tuple[DefinitionText, ...]:
    """The shipped definitions with the lean process in the local one's place."""
    lean = "".join((_HEAD, *_parts(), _LADDER))
    return tuple(
        changed(text, text=lean) if text.kind == "process" and 'key = "kcdp"' in text.text else text
        for text in find_texts()
    )


def _parts() -> Iterator[str]:
    for number, role in enumerate(ROLES):
        yield _STATE.format(number=number, role=role)
        if number:
            yield _DEADLINE.format(number=number, basis=_BASIS)
        told = "holder" if number + 1 < len(ROLES) else "approver"
        yield _STEP.format(number=number + 1, before=number, role=role, told=told)
    yield _END.format(number=len(ROLES))


def courses(number: int) -> Iterator[Story]:
    """So many stories that go this way, a step every week."""
    acts = tuple(
        Act(when=_BEGUN + timedelta(weeks=number), action=f"step_{number}") for number in range(1, len(ROLES) + 1)
    )
    for count in range(number):
        data: dict[str, FactValue] = {"name": f"Đề án {count}", "plan_year": 2022}
        yield changed(tea_roaster(), code=f"B-{count:05d}", data=data, acts=acts)
