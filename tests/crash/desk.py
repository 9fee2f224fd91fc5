"""What lies on the desk of whoever types the calls: papers to attach, lists to bring in, definitions to publish."""

from pathlib import Path

from definitions.loading import SHIPPED
from tests.listing import FUNDED, GOOD, HEADING, RUNNING, row, workbook

PAPERS = (
    "cong_van",
    "de_an",
    "du_toan",
    "van_ban_thu_huong",
    "thong_bao",
    "y_kien",
    "phieu_tham_dinh",
    "bieu_tong_hop",
)


def lay(folder: Path) -> None:
    """Lays everything into a folder."""
    folder.mkdir()
    for key in PAPERS:
        (folder / f"{key}.txt").write_text(f"văn bản {key}\n", encoding="utf-8")
    drafts = [HEADING, GOOD, row(Tên_đề_án="Máy sao chè"), row(Tên_đề_án="Máy vò chè")]
    workbook(folder / "drafts.xlsx", drafts)
    workbook(folder / "mixed.xlsx", [*drafts[:2], row(Tên_đề_án="Sai", Tổng_kinh_phí=-1), drafts[3]])
    running = [(*row(Tên_đề_án=f"Đang chạy {number}", Năm_kế_hoạch=2022), *FUNDED, "qd.txt") for number in (1, 2)]
    end = (*HEADING, *RUNNING).index("Ngày kết thúc")
    told = [tuple("30/11/2022" if place == end else cell for place, cell in enumerate(line)) for line in running]
    workbook(folder / "running.xlsx", [(*HEADING, *RUNNING, "Tài liệu"), *told])
    (folder / "qd.txt").write_text("quyết định\n", encoding="utf-8")
    _edited("processes/kcdp-2021.1.toml", 'label = "Chờ Sở Công Thương thẩm định"', 'label = "Nhãn riêng"', folder)
    _edited("calendars/2027.toml", "version = 1", "version = 2", folder)


def _edited(name: str, old: str, new: str, folder: Path) -> None:
    text = (SHIPPED / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name.rpartition("/")[2]).write_text(text.replace(old, new), encoding="utf-8")
