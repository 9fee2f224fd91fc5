"""The work that all peers do alike: ten steps of one case, whose turn each is, and what a letter says."""

#: Who owns each step in turn, and at the end nobody.
OWNERS = ("implementer", *("inspector", "approver", "evaluator") * 3)
STATES = tuple(f"state_{number}" for number in range(len(OWNERS) + 1))
#: How long the next one may take, in days.
LIMIT = 10
#: What the outbox keeps to write the letter from.
VARIABLES = {
    "ma": "B-00001",
    "ten": "Ứng dụng máy sao chè, đóng gói trong chế biến chè",
    "don_vi_thuc_hien": "Trung tâm Khuyến công và Tư vấn phát triển công nghiệp Lai Châu",
    "trang_thai": "Chờ Sở Công Thương thẩm định",
    "han": "2022-03-15",
    "sandbox": True,
}


def owner(step: int) -> str:
    """Whose turn it is after so many steps; empty: nobody's."""
    return OWNERS[step] if step < len(OWNERS) else ""


class Stale(Exception):
    """The case is not of the version that was looked at."""
