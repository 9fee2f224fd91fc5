"""The smallest set of definitions in which nothing is wrong: what tests of definitions start from and break."""

from definitions.bundle import Bundle, assemble
from definitions.loading import DefinitionText, Kind
from definitions.soundness import Vocabulary

PROCESS = """
key = "tiny"
version = "2021.1"
label = "Quy trình thử"
money = "local"
initial = "drafted"
milestone = [
  { key = "drafted", label = "Lập đề án" },
  { key = "appraised", label = "Thẩm định" },
  { key = "approved", label = "Phê duyệt" },
  { key = "funded", label = "Cấp kinh phí" },
  { key = "monitored", label = "Giám sát" },
  { key = "evaluated", label = "Đánh giá" },
]
role = [
  { key = "implementer", label = "Đơn vị thực hiện", per_proposal = true },
  { key = "beneficiary", label = "Đơn vị thụ hưởng" },
  { key = "appraiser", label = "Cơ quan thẩm định" },
  { key = "approver", label = "Người phê duyệt" },
]
data = [
  { key = "name", label = "Tên đề án", type = "text", required = true },
  { key = "activity", label = "Hoạt động", type = "choice", choices = [{ key = "machinery", label = "Máy" }] },
  { key = "requested_amount", label = "Đề nghị hỗ trợ", type = "money", min = [1] },
]

[[state]]
key = "drafted"
label = "Đang lập đề án"
milestone = "drafted"
holder = [{ role = "implementer" }]
if_nobody_acts = "vẫn là bản thảo"

[[state]]
key = "submitted"
label = "Chờ thẩm định"
milestone = "drafted"
holder = [{ role = "appraiser" }]
if_nobody_acts = "đôn đốc"

[[state]]
key = "returned"
label = "Chờ bổ sung hồ sơ"
milestone = "drafted"
holder = [{ role = "implementer" }]
if_nobody_acts = "có thể bị từ chối"

[[state]]
key = "appraised"
label = "Chờ phê duyệt"
milestone = "appraised"
holder = [{ role = "approver", when = "is_group" }, { role = "appraiser" }]
if_nobody_acts = "đôn đốc"
without_deadline = "chờ kỳ họp"

[[state]]
key = "approved"
label = "Chờ ký hợp đồng"
milestone = "approved"
holder = [{ role = "appraiser" }]
if_nobody_acts = "đôn đốc"
without_deadline = "chờ giao dự toán"

[[state]]
key = "funded"
label = "Đang triển khai"
milestone = "funded"
holder = [{ role = "appraiser" }]
if_nobody_acts = "đôn đốc"

[[state]]
key = "monitored"
label = "Chờ đánh giá"
milestone = "monitored"
holder = [{ role = "appraiser" }]
if_nobody_acts = "đôn đốc"
without_deadline = "đánh giá sau"

[[state]]
key = "evaluated"
label = "Đã đánh giá"
milestone = "evaluated"
end = true

[[state]]
key = "withdrawn"
label = "Đã rút hồ sơ"
milestone = "inherit"
end = true

[[transition]]
row = "1"
action = "submit"
label = "Nộp hồ sơ"
from = ["drafted"]
to = "submitted"
owner = [{ role = "implementer" }]
main = true
effective = "letter_date"
guards = ["before_last_day:plan_window", "within_ceiling:requested_amount"]
facts = [{ key = "letter_date", label = "Ngày công văn", type = "date", required = true, max = ["today"] }]
documents = [{ key = "letter", label = "Công văn", required_when = "is_group" }]
notices = [{ notice = "received", to = ["implementer", "beneficiary"] }]

[[transition]]
row = "2"
action = "withdraw"
label = "Rút hồ sơ"
from = ["drafted", "submitted"]
to = "withdrawn"
owner = [{ role = "implementer" }]

[[transition]]
row = "3"
action = "return"
label = "Trả lại"
from = ["submitted"]
to = "returned"
owner = [{ role = "appraiser" }]

[[transition]]
row = "4"
action = "resubmit"
label = "Nộp lại"
from = ["returned"]
to = "submitted"
owner = [{ role = "implementer" }]

[[transition]]
row = "5"
action = "appraise"
label = "Thẩm định"
from = ["submitted"]
to = "appraised"
owner = [{ role = "appraiser" }]
main = true
guards = ["not_same_person:submit"]

[[transition.facts]]
key = "appraised_amount"
label = "Số tiền thẩm định"
type = "money"
required = true
min = [0]
max = ["requested_amount", "ceiling"]
default = "requested_amount"

[[transition]]
row = "6"
action = "approve"
label = "Phê duyệt"
from = ["appraised"]
to = "approved"
owner = [{ role = "approver", when = "is_group" }, { role = "appraiser" }]
main = true
guards = ["not_same_person:appraise"]
notices = [{ notice = "approved", to = ["holder"] }]

[[transition.facts]]
key = "approved_amount"
label = "Số tiền phê duyệt"
type = "money"
required = true
max = ["appraised_amount"]

[[transition.facts]]
key = "decision_number"
label = "Số quyết định"
type = "text"
official = true
pattern = "[0-9]+/QĐ"
example = "12/QĐ"

[[transition]]
row = "7"
action = "fund"
label = "Ký hợp đồng"
from = ["approved"]
to = "funded"
owner = [{ role = "appraiser" }]
main = true
facts = [{ key = "contract_end", label = "Ngày kết thúc", type = "date", required = true }]

[[transition]]
row = "8"
action = "report"
label = "Báo cáo tiến độ"
from = ["funded"]
owner = [{ role = "implementer" }]

[[transition]]
row = "9"
action = "monitor"
label = "Nghiệm thu"
from = ["funded"]
to = "monitored"
owner = [{ role = "appraiser" }]
main = true

[[transition]]
row = "10"
action = "evaluate"
label = "Đánh giá"
from = ["monitored"]
to = "evaluated"
owner = [{ role = "appraiser" }]
main = true

[[deadline]]
key = "plan_window"
label = "Nộp hồ sơ"
runs_in = ["drafted"]
fixed = { month = 5, day = 19, year_offset = -1 }
guided_by = "appraiser"
ladder = "short"
basis = { text = "Thông tư 36/2013/TT-BCT, Điều 10", confidence = "FOUND", source = [1] }

[[deadline]]
key = "appraisal"
label = "Thẩm định"
runs_in = ["submitted"]
pauses_in = ["returned"]
days = 10
started_by = ["submit"]
counts_from = "letter_date"
ladder = "short"
basis = { text = "thời hạn nội bộ", confidence = "OWN" }

[[deadline]]
key = "supplement"
label = "Bổ sung hồ sơ"
runs_in = ["returned"]
days = 10
duty = "implementer"
ladder = "short"
basis = { text = "thời hạn nội bộ", confidence = "OWN" }

[[deadline]]
key = "contract_end"
label = "Kết thúc hợp đồng"
runs_in = ["funded"]
fact = "contract_end"
ended_by = []
ladder = "short"
basis = { text = "theo hợp đồng", confidence = "OWN" }

[[ladder]]
key = "short"
label = "Nhắc gần hạn"
rung = [
  { offset = -2, to = ["holder"], notice = "due-soon", missed = "collapse" },
  { day = [10, 1], to = ["approver"], notice = "due-soon", missed = "late" },
]
"""
PROGRAMME = """
key = "tinh-thu-2021-2022"
label = "Chương trình thử"
version = "2021.1"
code_prefix = "TT"
first_year = 2021
last_year = 2022
province = "tinh-thu"
basis = { text = "Quyết định 1/QĐ-UBND", confidence = "FOUND", source = [1] }

[[track]]
process = "tiny@2021.1"
source = "local"
ceilings = "tinh-thu"

[[activity]]
key = "machinery"
label = "Ứng dụng máy móc"
unit = "cơ sở"
group = 3
targets = ["machines"]
basis = { text = "Nghị định 45/2012/NĐ-CP, Điều 4", confidence = "FOUND", source = [1] }

[[target]]
key = "machines"
label = "Cơ sở được hỗ trợ máy móc"
unit = "cơ sở"
min = 5
basis = { text = "Quyết định 1/QĐ-UBND", confidence = "FOUND", source = [1] }
"""
AGENCIES = """
kind = "agencies"
key = "agencies"

[[agency]]
key = "so-cu"
superior = "ubnd"
province = "tinh-thu"
successor = "so-moi"
succeeded_on = 2022-01-01
name = [{ name = "Sở cũ", short = "Sở cũ", basis = { text = "nhớ lại", confidence = "RECALLED" } }]

[[agency]]
key = "so-moi"
superior = "ubnd"
name = [{ name = "Sở mới", short = "Sở mới", basis = { text = "nhớ lại", confidence = "RECALLED" } }]

[[agency]]
key = "ubnd"
name = [{ name = "Ủy ban", short = "UBND", basis = { text = "nhớ lại", confidence = "RECALLED" } }]
"""
APPOINTMENTS = """
kind = "appointments"
key = "appointments"

[[appointment]]
agency = "so-cu"
role = "appraiser"
until = 2021-12-31
basis = { text = "nhớ lại", confidence = "RECALLED" }

[[appointment]]
agency = "so-moi"
role = "appraiser"
since = 2022-01-01
basis = { text = "nhớ lại", confidence = "RECALLED" }

[[appointment]]
agency = "ubnd"
role = "approver"
programme = "tinh-thu-2021-2022"
process = "tiny"
province = "tinh-thu"
basis = { text = "nhớ lại", confidence = "RECALLED" }
"""
CEILINGS = """
kind = "ceilings"
key = "tinh-thu"
label = "Mức hỗ trợ của tỉnh"

[[ceiling]]
activity = "machinery"
unit = "cơ sở"
rate_bp = 5000
cap = 300_000_000
until = 2021-12-31
basis = { text = "Nghị quyết 1", confidence = "FOUND", source = [1] }

[[ceiling]]
activity = "machinery"
unit = "cơ sở"
rate_bp = 5000
cap = 400_000_000
since = 2022-01-01
basis = { text = "Nghị quyết 2", confidence = "FOUND", source = [1] }
"""
PLACES = """
kind = "places"
key = "places"

[[province]]
key = "tinh-thu"
label = "Tỉnh Thử"
kind = "province"
basis = { text = "nhớ lại", confidence = "RECALLED" }

[[commune]]
key = "xa-thu"
label = "xã Thử"
kind = "commune"
province = "tinh-thu"
basis = { text = "nhớ lại", confidence = "RECALLED" }
"""
SOURCES = """
kind = "sources"
key = "sources"
source = [{ number = 1, text = "Văn bản đã đọc" }]
"""


def calendar(year: int) -> str:
    """A calendar year with one holiday."""
    return f"""
kind = "calendar"
year = {year}
version = 1
status = "published"
basis = {{ text = "Bộ luật Lao động 2019, Điều 112", confidence = "FOUND", source = [1] }}

[[off]]
day = {year}-01-01
name = "Tết Dương lịch"
basis = {{ text = "Bộ luật Lao động 2019, Điều 112", confidence = "FOUND", source = [1] }}
"""


#: File name, kind and text of each definition.
FILES: dict[str, tuple[Kind, str]] = {
    "tiny.toml": ("process", PROCESS),
    "programme.toml": ("programme", PROGRAMME),
    "agencies.toml": ("agencies", AGENCIES),
    "appointments.toml": ("appointments", APPOINTMENTS),
    "ceilings.toml": ("ceilings", CEILINGS),
    "places.toml": ("places", PLACES),
    "sources.toml": ("sources", SOURCES),
    "2021.toml": ("calendar", calendar(2021)),
    "2022.toml": ("calendar", calendar(2022)),
}
VOCABULARY = Vocabulary(
    guards=frozenset(
        {"before_last_day", "within_ceiling", "not_same_person", "head_on_third", "deadline_passed", "sums_match"}
    ),
    conditions=frozenset({"is_group", "came_from", "open_request"}),
    bounds=frozenset({"today", "ceiling"}),
    notices={
        "received": frozenset({"ma", "name", "letter_date"}),
        "approved": frozenset({"ma", "approved_amount"}),
        "due-soon": frozenset({"ma", "n"}),
    },
    common=frozenset({"ma", "ten"}),
    reminder=frozenset({"n"}),
    recipients=frozenset({"holder", "past_holders"}),
)


def tiny(file: str = "tiny.toml", old: str = "", new: str = "") -> Bundle:
    """The tiny definitions, with the first ``old`` in one file replaced by ``new``; no ``old``: added at its end."""
    texts = {name: text for name, (_, text) in FILES.items()}
    assert old in texts[file], f"{old!r} does not stand in {file}"
    texts[file] = texts[file].replace(old, new, 1) if old else texts[file] + new
    return assemble(DefinitionText(FILES[name][0], name, text) for name, text in texts.items())
