"""The twelve proposals that explain the system: two historical, the others invented on the pattern of real ones.

LC-01 and LC-02 are told from public reports of 2020 on Lai Châu ("lịch sử"); year and fund of both are assumed. All
other beneficiaries are invented ("giả định").
"""

from collections.abc import Mapping
from datetime import date

from khuyencong.demo.acts import TRIEU, Act, Story, at
from khuyencong.demo.course import (
    Plan,
    allocate,
    appraise,
    approve,
    course,
    evaluate,
    file_settlement,
    forward,
    fund,
    inspect,
    monitor,
    pay,
    report,
    settle,
    submit,
)
from workflow.changing import changed
from workflow.proposal import FactValue


def data(plan: Plan, *, name: str, activity: str, eligible: int, **more: FactValue) -> dict[str, FactValue]:
    """The data of a proposal whose costs are its support and own capital."""
    return {
        "name": name,
        "activity": activity,
        "trade": "agro_processing",
        "plan_year": plan.year,
        "scope": "one_province",
        "is_task": False,
        "is_group": plan.is_group,
        "eligible_cost": eligible,
        "total_cost": plan.support + plan.own,
        "requested_amount": plan.support,
        "own_capital": plan.own,
        "other_capital": 0,
        **more,
    }


def story(
    code: str,
    programme: str,
    plan: Plan,
    implementer: str,
    values: Mapping[str, FactValue],
    *,
    province: str | None = None,
) -> Story:
    """A proposal drafted on 05/03 of the year before its plan year, going the ordinary course."""
    drafted = at(date(plan.year - 1, 3, 5), 8, 15)
    return Story(
        code=code,
        programme=programme,
        process=plan.process,
        implementer=implementer,
        drafted=drafted,
        data=values,
        acts=course(plan),
        province=province,
    )


def tan_uyen_bricks() -> Story:
    """LC-01 (lịch sử): the unburnt-brick demonstration model of Trường Thịnh Tân Uyên, 600 triệu of national money."""
    plan = Plan(process="kcqg", year=2019, support=600 * TRIEU, own=1_800 * TRIEU, target="demo_model", number=1)
    values = data(
        plan,
        name="Mô hình trình diễn kỹ thuật sản xuất gạch không nung, công suất 14 triệu viên/năm (lịch sử)",
        activity="demo_model_new",
        eligible=2_400 * TRIEU,
        beneficiary="Công ty TNHH MTV Trường Thịnh Tân Uyên",
        commune="tan-uyen",
        trade="building_materials",
        is_priority=True,
    )
    return story("LC-01", "lai-chau-2015-2020", plan, "ttkc-lai-chau", values)


def phong_tho_line() -> Story:
    """LC-02 (lịch sử): the brick production line of Phú Minh, 300 triệu of local money, no local ceiling on record."""
    plan = Plan(
        process="kcdp",
        year=2018,
        support=300 * TRIEU,
        own=1_200 * TRIEU,
        number=2,
        ceiling_basis="Quyết định số 30/2015/QĐ-UBND ngày 27/11/2015 của UBND tỉnh (mức chi chưa có trong hệ thống)",
    )
    values = data(
        plan,
        name="Dây chuyền sản xuất gạch không nung, công suất 9 triệu viên/năm (lịch sử)",
        activity="machinery_line",
        eligible=1_500 * TRIEU,
        beneficiary="Công ty TNHH Đầu tư và Xây dựng Phú Minh",
        commune="phong-tho",
        trade="building_materials",
        is_line=True,
    )
    return story("LC-02", "lai-chau-2015-2020", plan, "ttkc-lai-chau", values)


NO_LOCAL_CEILING = "Quy chế khuyến công của tỉnh (mức chi chưa có trong hệ thống)"


def tea_roaster() -> Story:
    """LC-03: local money 2022, evaluated."""
    plan = Plan(
        process="kcdp", year=2022, support=200 * TRIEU, own=280 * TRIEU, number=3, ceiling_basis=NO_LOCAL_CEILING
    )
    values = data(
        plan,
        name="Ứng dụng máy sao chè, đóng gói trong chế biến chè",
        activity="machinery",
        eligible=480 * TRIEU,
        beneficiary="Hợp tác xã Chè Pắc Ta (giả định)",
        beneficiary_email="htx-che-pac-ta@co-so.example",
        commune="pac-ta",
    )
    return story("LC-03", "lai-chau-2021-2025", plan, "ttkc-lai-chau", values)


def noodle_line() -> Story:
    """LC-04: local money 2025 under the resolution of 2025, both limits exactly met; its evaluation is overdue."""
    plan = Plan(process="kcdp", year=2025, support=450 * TRIEU, own=450 * TRIEU, number=4)
    values = data(
        plan,
        name="Dây chuyền chế biến miến dong",
        activity="machinery_line",
        eligible=900 * TRIEU,
        beneficiary="Hợp tác xã Miến dong Bình Lư (giả định)",
        beneficiary_email="htx-mien-dong@co-so.example",
        commune="binh-lu",
        is_line=True,
    )
    begun = story("LC-04", "lai-chau-2021-2025", plan, "ttkc-lai-chau", values)
    # Its year was unusual: approved in May 2025, when the new resolution had come into force (05/05/2025).
    head = (submit(plan, date(2024, 4, 10)), forward(plan, date(2024, 4, 22)), appraise(plan, date(2025, 5, 8)))
    return changed(
        begun,
        acts=(
            *head,
            approve(plan, date(2025, 5, 16)),
            allocate(plan, date(2025, 5, 26)),
            fund(plan, date(2025, 6, 9), date(2025, 12, 20)),
            *(report(plan, date(2025, month, 20), 15 * (month - 5)) for month in range(6, 10)),
            inspect(plan, date(2025, 9, 10)),
            pay(plan, "advance", date(2025, 9, 16), 315 * TRIEU),
            report(plan, date(2025, 10, 20), 90),
            report(plan, date(2025, 11, 20), 100),
            Act(
                when=at(date(2025, 12, 1)),
                action="complete",
                facts={"completed_on": date(2025, 12, 1), "invested_total": 900 * TRIEU},
            ),
            monitor(plan, date(2025, 12, 12)),
            pay(plan, "pay_rest", date(2025, 12, 22), 135 * TRIEU),
            file_settlement(plan, date(2025, 12, 25)),
            settle(plan, date(2026, 1, 27)),
        ),
    )


def rice_label() -> Story:
    """LC-05: local money 2024, withdrawn while Sở Tài chính waited for an explanation."""
    plan = Plan(process="kcdp", year=2024, support=35 * TRIEU, own=35 * TRIEU, number=5, target="trademark")
    values = data(
        plan,
        name="Xây dựng, đăng ký nhãn hiệu gạo đặc sản",
        activity="trademark",
        eligible=70 * TRIEU,
        beneficiary="Hợp tác xã Nông nghiệp Mường Than (giả định)",
        commune="muong-than",
    )
    begun = story("LC-05", "lai-chau-2021-2025", plan, "ttkc-lai-chau", values)
    return begun.until("forward").then(
        Act(
            when=at(date(2023, 5, 4)),
            action="return",
            facts={"questions": "Đề nghị làm rõ báo giá của đơn vị tư vấn nhãn hiệu."},
        ),
        Act(
            when=at(date(2023, 5, 9)),
            action="withdraw",
            facts={"reason": "Hợp tác xã chuyển sang nguồn hỗ trợ của chương trình OCOP."},
        ),
    )


def wastewater() -> Story:
    """LC-06: national money 2026, accepted on 12/11/2026; its settlement dossier is due on 27/11/2026."""
    plan = Plan(
        process="kcqg", year=2026, support=300 * TRIEU, own=700 * TRIEU, number=6, target="pollution_establishment"
    )
    values = data(
        plan,
        name="Nâng cấp hệ thống xử lý nước thải chế biến dong riềng",
        activity="pollution_establishment",
        eligible=1_000 * TRIEU,
        beneficiary="Công ty TNHH Nậm Tăm (giả định)",
        beneficiary_email="cty-nam-tam@co-so.example",
        commune="nam-tam",
        trade="cleaner_production",
    )
    begun = story("LC-06", "quoc-gia-2026-2030", plan, "ttkc-lai-chau", values, province="lai-chau")
    end = date(2026, 11, 30)
    acts = [fund(plan, date(2026, 2, 5), end) if act.action == "fund" else act for act in begun.acts]
    return (
        changed(begun, acts=tuple(acts))
        .until("report", times=8)
        .then(
            report(plan, date(2026, 10, 20), 100),
            Act(
                when=at(date(2026, 11, 5)),
                action="complete",
                facts={"completed_on": date(2026, 11, 5), "invested_total": 1_000 * TRIEU},
            ),
            monitor(plan, date(2026, 11, 12)),
        )
    )


def group_machines() -> Story:
    """LC-07: a national group proposal 2026 with three lines; batch 2 allocated, its detailed plan still waits."""
    plan = Plan(process="kcqg", year=2026, support=400 * TRIEU, own=400 * TRIEU, number=7, is_group=True)
    values = data(
        plan,
        name="Đề án nhóm: ứng dụng máy móc chế biến nông sản tại 3 cơ sở (giả định)",
        activity="machinery",
        eligible=800 * TRIEU,
        units=3,
    )
    begun = story("LC-07", "quoc-gia-2026-2030", plan, "ttkc-lai-chau", values, province="lai-chau").until("approve")
    lines = (
        ("Cơ sở 1", "sin-suoi-ho", 260, 130),
        ("Cơ sở 2", "muong-khoa", 300, 150),
        ("Cơ sở 3", "than-uyen", 240, 120),
    )
    return begun.then(
        allocate(plan, date(2026, 3, 16), amount=200 * TRIEU, batch=1),
        allocate(plan, date(2026, 7, 6), amount=200 * TRIEU, batch=2),
        *(
            Act(
                when=at(date(2026, 7, 20), 9 + number),
                action="plan_line",
                facts={
                    "line": line,
                    "line_beneficiary": f"{line} (giả định)",
                    "line_commune": commune,
                    "line_eligible_cost": eligible * TRIEU,
                    "line_amount": amount * TRIEU,
                },
            )
            for number, (line, commune, eligible, amount) in enumerate(lines)
        ),
    )


def cluster_plan() -> Story:
    """LC-08: national money 2026, 350 triệu advanced, the report of October is missing."""
    plan = Plan(process="kcqg", year=2026, support=500 * TRIEU, own=500 * TRIEU, number=8, target="ccn_detailed_plan")
    values = data(
        plan,
        name="Lập quy hoạch chi tiết cụm công nghiệp Bản Bo (giả định)",
        activity="ccn_detailed_plan",
        eligible=1_000 * TRIEU,
        commune="ban-bo",
        beneficiary="Ban Quản lý cụm công nghiệp Bản Bo (giả định)",
    )
    begun = story("LC-08", "quoc-gia-2026-2030", plan, "ttkc-lai-chau", values, province="lai-chau")
    acts = [fund(plan, date(2026, 2, 5), date(2026, 12, 20)) if act.action == "fund" else act for act in begun.acts]
    return changed(begun, acts=tuple(acts)).until("report", times=8)


def cnc_cutter() -> Story:
    """QN-09: national money 2022 in Quảng Nam, evaluated."""
    plan = Plan(process="kcqg", year=2022, support=300 * TRIEU, own=320 * TRIEU, number=9)
    values = data(
        plan,
        name="Ứng dụng máy cắt, chấn tôn CNC trong gia công cơ khí",
        activity="machinery",
        eligible=620 * TRIEU,
        beneficiary="Công ty TNHH Cơ khí Tam Anh (giả định)",
        commune="tam-anh-nam",
        trade="mechanics",
    )
    return story("QN-09", "quang-nam-2021-2025", plan, "ttkc-quang-nam", values)


def ginseng_dryer() -> Story:
    """QN-10: local money 2025, contracted under Quảng Nam, finished and evaluated by the agencies of Đà Nẵng."""
    plan = Plan(
        process="kcdp", year=2025, support=200 * TRIEU, own=200 * TRIEU, number=10, ceiling_basis=NO_LOCAL_CEILING
    )
    values = data(
        plan,
        name="Ứng dụng máy sấy dược liệu sâm",
        activity="machinery",
        eligible=400 * TRIEU,
        beneficiary="Hợp tác xã Sâm Trà Linh (giả định)",
        commune="tra-linh",
    )
    begun = story("QN-10", "quang-nam-2021-2025", plan, "ttkc-quang-nam", values).until("allocate")
    return begun.then(
        fund(plan, date(2025, 5, 12), date(2025, 11, 30)),
        report(plan, date(2025, 5, 20), 10),
        report(plan, date(2025, 6, 20), 40),
        report(plan, date(2025, 7, 21), 75),
        inspect(plan, date(2025, 7, 28)),
        pay(plan, "advance", date(2025, 8, 4), 140 * TRIEU),
        report(plan, date(2025, 8, 20), 90),
        report(plan, date(2025, 9, 19), 100),
        Act(
            when=at(date(2025, 10, 6)),
            action="complete",
            facts={"completed_on": date(2025, 10, 6), "invested_total": 400 * TRIEU},
        ),
        monitor(plan, date(2025, 10, 16)),
        pay(plan, "pay_rest", date(2025, 10, 24), 60 * TRIEU),
        file_settlement(plan, date(2025, 10, 28)),
        settle(plan, date(2025, 11, 20)),
        evaluate(plan, date(2026, 4, 10)),
    )


def lantern_packaging() -> Story:
    """QN-11: local money 2023, stopped at the beneficiary's wish before anything was paid."""
    plan = Plan(
        process="kcdp", year=2023, support=30 * TRIEU, own=30 * TRIEU, number=11, ceiling_basis=NO_LOCAL_CEILING
    )
    values = data(
        plan,
        name="Thiết kế mẫu mã, bao bì đèn lồng",
        activity="packaging",
        eligible=60 * TRIEU,
        beneficiary="Cơ sở Đèn lồng Phố Hoài (giả định)",
        commune="cam-pho",
        trade="handicraft",
        place_basis="Phường thuộc thành phố loại 3 (quy định trước ngày 15/10/2025)",
    )
    begun = story("QN-11", "quang-nam-2021-2025", plan, "ttkc-quang-nam", values).until("fund")
    facts: dict[str, FactValue] = {
        "cause": "beneficiary_request",
        "decision_number": "118/QĐ-UBND",
        "decision_date": date(2023, 3, 15),
    }
    return begun.then(Act(when=at(date(2023, 3, 15), 15), action="stop", facts=facts))


def trade_fair() -> Story:
    """QN-12: a task of Đà Nẵng for 2027, sent back for supplement."""
    plan = Plan(process="kcdp", year=2027, support=72 * TRIEU, own=18 * TRIEU, number=12, target="fair")
    values = data(
        plan,
        name="Tham gia hội chợ hàng công nghiệp nông thôn tiêu biểu khu vực, 6 gian hàng",
        activity="fair_join",
        eligible=90 * TRIEU,
        is_task=True,
        units=6,
    )
    begun = story("QN-12", "da-nang-2026-2030", plan, "ttkc-da-nang", values)
    missing = "Bổ sung báo giá thuê gian hàng và danh sách 6 cơ sở tham gia."
    return changed(begun, drafted=at(date(2026, 4, 6)), acts=(submit(plan, date(2026, 5, 18)),)).then(
        Act(when=at(date(2026, 5, 25)), action="return", facts={"missing": missing})
    )


def samples() -> tuple[Story, ...]:
    """All twelve, in the order of their codes."""
    return (
        tan_uyen_bricks(),
        phong_tho_line(),
        tea_roaster(),
        noodle_line(),
        rice_label(),
        wastewater(),
        group_machines(),
        cluster_plan(),
        cnc_cutter(),
        ginseng_dryer(),
        lantern_packaging(),
        trade_fair(),
    )


#: The state in which each stands at the sandbox's clock.
EXPECTED = {
    "LC-01": "evaluated",
    "LC-02": "evaluated",
    "LC-03": "evaluated",
    "LC-04": "settled",
    "LC-05": "withdrawn",
    "LC-06": "monitored",
    "LC-07": "approved",
    "LC-08": "funded",
    "QN-09": "evaluated",
    "QN-10": "evaluated",
    "QN-11": "stopped",
    "QN-12": "returned",
}
