"""Lists as provinces keep them, made for tests: workbooks, text tables, and the rows that they hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from openpyxl import Workbook

from definitions.bundle import shipped
from exchange.opening import open_list
from exchange.reading import Reading
from exchange.rows import read_rows
from exchange.safe_files import hash_of
from khuyencong.demo.stage import Stage
from workflow.changing import changed
from workflow.incoming import Imported, Incoming, Outcome, Paper
from workflow.proposal import Actor, Document, FactValue, legal_day
from workflow.service.importing import import_rows
from workflow.service.row_deciding import Into

NOON = datetime(2021, 3, 10, 5, tzinfo=UTC)
PROGRAMME = "lai-chau-2021-2025"
#: The shortest heading with everything that a draft should have.
HEADING = (
    *("Tên đề án", "Đơn vị thụ hưởng", "Địa điểm", "Nội dung hoạt động", "Ngành nghề", "Phạm vi", "Năm kế hoạch"),
    *("Tổng kinh phí", "Chi phí được tính hỗ trợ", "Kinh phí hỗ trợ", "Vốn đối ứng"),
)
#: A row that nothing is wrong with.
GOOD: tuple[object, ...] = (
    *("Ứng dụng máy sấy chè", "HTX Chè Pắc Ta", "xã Pắc Ta", "Ứng dụng máy móc, thiết bị tiên tiến"),
    *("Chế biến nông, lâm, thủy sản và chế biến thực phẩm", "Trong một tỉnh, thành phố", 2022),
    *(600_000_000, 600_000_000, 200_000_000, 400_000_000),
)
#: What a list of running proposals says besides.
RUNNING = (
    *("Trạng thái", "Kinh phí được duyệt", "Số QĐ", "Ngày QĐ", "Kinh phí đã giao"),
    *("Giá trị HĐ", "Ngày hợp đồng", "Ngày kết thúc", "Đã cấp"),
)
FUNDED: tuple[object, ...] = (
    *("Đã ký hợp đồng, đang triển khai", 180_000_000, "12/QĐ-UBND", datetime(2021, 1, 5), 180_000_000),  # noqa: DTZ001 - a cell.
    *(170_000_000, "01/02/2021", "30/11/2021", 50_000_000),
)


def workbook(file: Path, rows: Iterable[Sequence[object]], *, sheet: str = "Đề án", merged: Iterable[str] = ()) -> Path:
    """A workbook of one sheet with these rows."""
    book = Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(list(row))
    for area in merged:
        page.merge_cells(area)
    book.save(file)
    return file


def row(**changed: object) -> tuple[object, ...]:
    """The good row with other cells, by the words of the heading with ``_`` for blanks."""
    cells = dict(zip(HEADING, GOOD, strict=True))
    for word, value in changed.items():
        cells[word.replace("_", " ")] = value
    return tuple(cells.values())


def many(number: int) -> Iterable[Sequence[object]]:
    """A heading and so many good rows."""
    yield HEADING
    for count in range(number):
        yield row(Tên_đề_án=f"Đề án số {count}")


@dataclass
class Brought:
    """What an import did."""

    imported: Imported
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def statuses(self) -> list[str]:
        """The status of every row."""
        return [outcome.status for outcome in self.outcomes]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows went which way, those that no row went left out."""
        return {str(status): number for status, number in self.imported.counts.items() if number}


def reading(file: Path, *, at: datetime = NOON, state: str = "", **given: FactValue) -> Reading:
    """How the file is read for the programme of Lai Châu."""
    law = shipped()
    process = law.process("kcdp")
    source, heading = open_list(file, process)
    return Reading(
        process=process,
        programme=law.programme(PROGRAMME),
        law=law,
        on=legal_day(at),
        heading=heading,
        source=source,
        papers=file.parent,
        given=given,
        state=state,
    )


def rows_of(file: Path) -> list[Incoming]:
    """The rows of a file."""
    return list(read_rows(reading(file)))


def bring(
    stage: Stage,
    file: Path,
    *,
    who: str = "can-bo.ttkc-lai-chau",
    mode: Literal["try", "all", "each"] = "all",
    at: datetime = NOON,
    state: str = "",
) -> Brought:
    """Imports a file as somebody of the demonstration."""
    brought = Brought(imported=Imported(counts={}, written=False))
    brought.imported = import_rows(
        stage.store,
        stage.house,
        read_rows(reading(file, at=at, state=state)),
        into=Into(
            programme=PROGRAMME,
            process="kcdp",
            implementer="ttkc-lai-chau",
            province=None,
            file_sha256=hash_of(file),
        ),
        by=actor(stage, who),
        at=at,
        mode=mode,
        keep=kept,
        told=brought.outcomes.append,
    )
    return brought


def actor(stage: Stage, username: str) -> Actor:
    """Somebody of the demonstration."""
    with stage.store.read() as uow:
        found = uow.actor(username, channel="cli")
    assert found is not None
    return changed(found)


def kept(paper: Paper) -> Document:
    """A paper known by its content and kept nowhere."""
    content = Path(paper.path)
    return Document(key=paper.key, name=content.name, size=content.stat().st_size, sha256=hash_of(content))
