"""The invented people of the sandbox: for every agency, one person for each seat, so that four eyes are four."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from workflow.administration import ADMINISTRATOR
from workflow.proposal import Seat

#: Everyone sits from this day on.
SINCE = date(2017, 1, 1)
_FAMILY = ("Lò", "Nguyễn", "Trần", "Vàng", "Lê", "Phạm", "Giàng", "Hoàng", "Đỗ", "Tao", "Phan", "Bùi")
_MIDDLE = ("Văn", "Thị", "Đức", "Minh", "Thu", "Quốc", "Hồng")
_GIVEN = ("An", "Bình", "Chung", "Dung", "Giang", "Hà", "Hòa", "Khánh", "Lan", "Mai", "Nam", "Phương", "Sơn", "Thảo")

_SO_CONG_THUONG = (
    ("tham-dinh", (("base_appraiser", ""),)),
    ("kiem-tra", (("inspector", ""),)),
    ("tai-vu", (("funder", "TL"),)),
    ("danh-gia", (("evaluator", ""),)),
    ("giam-doc", (("head", "head"), ("base_appraiser", "head"), ("funder", "head"))),
)
_CUC = (
    ("tham-dinh", (("ministry_appraiser", ""),)),
    ("tai-vu", (("funder", "TL"),)),
    ("danh-gia", (("evaluator", ""),)),
    ("cuc-truong", (("head", "head"), ("ministry_appraiser", "head"), ("funder", "head"))),
)
_TRUNG_TAM = (
    ("can-bo", (("implementer", ""),)),
    ("can-bo-2", (("implementer", ""),)),
    ("giam-doc", (("head", "head"), ("implementer", "head"))),
)
_SO_TAI_CHINH = (
    ("tham-dinh", (("estimate_appraiser", ""),)),
    ("giam-doc", (("head", "head"), ("estimate_appraiser", "head"))),
)
_UBND = (("chu-tich", (("approver", "TM"),)), ("van-phong", (("head", "head"), ("observer", ""))))
_BO = (("thu-truong", (("approver", "KT"),)), ("van-phong", (("head", "head"),)))

_OFFICES = {
    "ttkc-lai-chau": _TRUNG_TAM,
    "sct-lai-chau": _SO_CONG_THUONG,
    "stc-lai-chau": _SO_TAI_CHINH,
    "ubnd-lai-chau": _UBND,
    "ttkc-quang-nam": _TRUNG_TAM,
    "sct-quang-nam": _SO_CONG_THUONG,
    "stc-quang-nam": _SO_TAI_CHINH,
    "ubnd-quang-nam": _UBND,
    "ttkc-da-nang": _TRUNG_TAM,
    "sct-da-nang": _SO_CONG_THUONG,
    "stc-da-nang": _SO_TAI_CHINH,
    "ubnd-da-nang": _UBND,
    "ttkcqg-vung": _TRUNG_TAM,
    "cuc-khuyen-cong": _CUC,
    "bct": _BO,
}
#: The first one's agency is the sandbox's own.
_ADMINISTRATORS = (
    ("bct", "Ngô Thanh Tùng"),
    ("ubnd-lai-chau", "Khoàng Thị Xuân"),
    ("ubnd-quang-nam", "Huỳnh Tấn Phát"),
    ("ubnd-da-nang", "Đặng Mỹ Linh"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """An invented person of the sandbox with account and seats."""

    username: str
    name: str
    address: str
    seats: tuple[Seat, ...]


def players() -> tuple[Player, ...]:
    """Everybody, in a fixed order; ``username`` is ``duty.agency``."""
    return (*_players(), auditor(), *administrators())


def auditor() -> Player:
    """The inspector of the State who reads everything and changes nothing."""
    seat = Seat(role="auditor", agency="ubnd-lai-chau", since=SINCE)
    return Player(username="thanh-tra", name="Đinh Thị Thanh", address="thanh-tra@kiem-toan.example", seats=(seat,))


def administrators() -> tuple[Player, ...]:
    """Who registers people, for the ministry, which runs the sandbox, and for each province; they do nothing else."""
    return tuple(
        Player(
            username=f"quan-tri.{agency}",
            name=name,
            address=f"quan-tri@{agency}.example",
            seats=(Seat(role=ADMINISTRATOR, agency=agency, since=SINCE),),
        )
        for agency, name in _ADMINISTRATORS
    )


def _players() -> Iterator[Player]:
    number = 0
    for agency, office in _OFFICES.items():
        for duty, seats in office:
            family, middle = _FAMILY[number % len(_FAMILY)], _MIDDLE[number % len(_MIDDLE)]
            yield Player(
                username=f"{duty}.{agency}",
                name=f"{family} {middle} {_GIVEN[number % len(_GIVEN)]}",
                address=f"{duty}@{agency}.example",
                seats=tuple(Seat(role=role, agency=agency, since=SINCE, capacity=c) for role, c in seats),
            )
            number += 1
