"""The use cases that are killed, as people type them; what only reads; and what is tried otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.crash.calls import PASSPHRASE, SECOND, TOKEN

Words = tuple[str, ...]
BOTH: Final = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A call, and what is promised of calling it again after it came to nothing, halfway, or all the way."""

    name: str
    words: Words = ()
    #: A function of ``tests.crash.calls`` instead of words.
    call: str = ""
    typed: str = ""
    #: Calls that come before it and are not killed: words, or the name of a function.
    before: tuple[Words | str, ...] = ()
    #: A call on the base, and the file that it makes: they are there too.
    brought: tuple[Words, str] | None = None
    #: What is there at first: ``base`` (people and proposals) or ``nothing``.
    start: str = "base"
    status: int = 0
    #: What the call answers when it was done already. Empty: the same, and nothing changes; the name of a problem: it
    #: is refused, and nothing changes but the record of that; ``more``: it is done once more, for the reason given.
    again: str = ""
    #: Why doing it once more is right.
    reason: str = ""
    #: A file whose being there says that the call was done, where no row does.
    proof: str = ""
    #: A call of a later day that takes away what this one left lying about, where the nightly housekeeping does not.
    later: Words = ()
    #: The next run, where it is another call than the one that died.
    then: Words = ()
    #: Tables and columns that tell of the machine's clock or of fresh randomness, by which a next run may differ.
    fresh: tuple[str, ...] = ()
    #: The kind of entries that a second run may write once more.
    repeats: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = BOTH
    #: Whether one run takes seconds, because it proves all definitions.
    heavy: bool = False
    #: Whether mail goes to a server.
    mail: bool = False
    #: The use cases of ``workflow.service`` that it carries out.
    uses: tuple[str, ...] = ()


OFFICER, HEAD = ("--as", "tham-dinh.sct-lai-chau"), ("--as", "giam-doc.sct-lai-chau")
AUDITOR = ("--as", "thanh-tra")
CENTRE, ADMIN = ("--as", "can-bo.ttkc-lai-chau"), ("--as", "quan-tri.ubnd-lai-chau")
ROOT = ("--as", "quan-tri.bct")
SPRING = ("--at", "2021-04-13T09:00")
NOON = ("--at", "2021-04-13T12:00")
LATE = ("--at", "2022-03-01T09:00")
PROGRAMME = ("--programme", "lai-chau-2021-2025", "--process", "kcdp")
IMPORTED = ("proposal", "import")
RETURNED: Words = ("proposal", "act", "LC-S1", "return", "--fact", "missing=Thiếu dự toán", *OFFICER, *SPRING)
SUBMIT: Words = (
    *("proposal", "act", "LC-D1", "submit", "--key", "nộp-1", *CENTRE, "--at", "2021-04-12T09:00"),
    *("--fact", "own_capital_committed=true", "--fact", "no_double_support=true"),
    *("--fact", "letter_number=12/TTKC", "--fact", "letter_date=2021-04-12"),
    *("--attach", "cong_van=desk/cong_van.txt", "--attach", "de_an=desk/de_an.txt"),
    *("--attach", "du_toan=desk/du_toan.txt", "--attach", "van_ban_thu_huong=desk/van_ban_thu_huong.txt"),
)
NUMBER: Words = (
    *("paper", "number", "--agency", "sct-lai-chau", "--kind", "thong_bao", "--symbol", "TB-SCT"),
    *("--title", "Kết quả", *HEAD, *SPRING),
)
CANCEL: Words = ("paper", "cancel", "1", *NUMBER[2:6], "--reason", "sai thể thức", *HEAD, *SPRING)
HAND_OVER: Words = (
    *("user", "handover", "tham-dinh.sct-lai-chau", SECOND, "--on", "2022-03-02"),
    *(*ADMIN, *LATE),
)
SET_PASSWORD: Words = ("user", "password", SECOND, *ADMIN, *LATE)
NEW: Words = (
    *("proposal", "new", *PROGRAMME, *CENTRE, "--at", "2021-03-05T09:00"),
    *("--fact", "name=Máy sao chè", "--fact", "activity=machinery", "--fact", "trade=agro_processing"),
    *("--fact", "plan_year=2022", "--fact", "requested_amount=200000000"),
)
PLAN_LINE: Words = (
    *("proposal", "act", "LC-G1", "plan_line", "--key", "dòng-3", *CENTRE, "--at", "2026-07-20T11:00"),
    *("--fact", "line=Cơ sở 3", "--fact", "line_beneficiary=Cơ sở 3", "--fact", "line_commune=than-uyen"),
    *("--fact", "line_eligible_cost=240000000", "--fact", "line_amount=120000000"),
    *("--attach", "ho_so_co_so=desk/de_an.txt"),
)
#: Whatever the sandbox's beginning was by the machine's clock.
BEGUN = ("sandbox.since",)
#: A person or a token that a second process makes has numbers of its own.
PERSON = ("person.id", "account.person_id", "seat.person_id", "token.sha256", "token.prefix")
#: A run that makes the key of identity hashes after another one died draws another one.
KEYED = ("person.identity_hash", "opening.value")
#: A second pass of the scheduler happens later, and says so.
PASSED = (
    # What is sealed, in how many batches, depends on how often it ran; that it is whole is proved instead.
    *("leaf", "node", "checkpoint", "unsealed"),
    *("message.bytes", "message.sha256", "message.composed_at", "message.accepted_at", "reminder.fired_at"),
    *("notice.attempts", "notice.next_attempt_at", "notice.send_after", "notice.variables", "notice.lease_until"),
    *("message.id", "notice.message_id", "notice.last_error"),
)

PROPOSALS: tuple[Case, ...] = (
    Case(
        name="new",
        words=NEW,
        again="more",
        reason="each call registers one; the list shows a draft that nobody meant, and it can be withdrawn",
        uses=("drafting.create",),
    ),
    Case(name="new with its code", words=(*NEW, "--code", "LC-N1"), again="code-taken"),
    Case(
        name="edit",
        words=("proposal", "edit", "LC-D1", "--fact", "name=Tên mới", "--revision", "0", *CENTRE, *SPRING),
        again="stale-proposal",
        uses=("drafting.edit",),
    ),
    Case(
        name="edit an address",
        words=(
            *("proposal", "edit", "LC-S1", "--fact", "beneficiary_email=moi@co-so.example"),
            *("--reason", "đổi hộp thư", "--revision", "1", *OFFICER, *SPRING),
        ),
        again="stale-proposal",
    ),
    Case(name="act with papers", words=SUBMIT, uses=("acting.act",)),
    Case(name="act and turn back", words=(*RETURNED, "--key", "trả-1", "--note", "gọi điện trước")),
    Case(name="act without a key", words=(*RETURNED, "--revision", "1"), again="stale-proposal"),
    Case(
        name="act withdraw",
        words=(
            *("proposal", "act", "LC-S2", "withdraw", "--fact", "reason=thôi", *CENTRE, *SPRING),
            *("--attach", "van_ban_xin_rut=desk/cong_van.txt"),
        ),
        again="no-such-action",
    ),
    Case(
        name="act refused",
        words=("proposal", "act", "LC-S1", "approve", *CENTRE, *SPRING),
        status=1,
        again="more",
        reason="each refusal is recorded, up to a number a minute",
    ),
    Case(name="act plan line", words=PLAN_LINE),
    Case(
        name="act report",
        words=(
            *("proposal", "act", "LC-F1", "report", "--fact", "period=2022-02", "--fact", "progress_percent=10"),
            *("--fact", "invested=1000000", *CENTRE, "--at", "2022-02-20T09:00", "--key", "bc-02"),
            *("--attach", "bao_cao_tien_do=desk/cong_van.txt"),
        ),
    ),
    Case(
        name="act for many",
        words=(
            *("proposal", "act-many", "return", "--code", "LC-S1", "--code", "LC-S2", "--code", "LC-S3"),
            *("--fact", "missing=Thiếu", "--batch", "b1", *OFFICER, *SPRING),
        ),
        uses=("batching.act_many",),
    ),
    Case(
        name="assign",
        words=("proposal", "assign", "LC-S1", "--to", SECOND, "--reason", "theo phân công", *HEAD, *SPRING),
        again="conditions-unmet",
        uses=("assigning.assign",),
    ),
    Case(
        name="attach",
        words=("proposal", "attach", "LC-S1", "thong_bao=desk/thong_bao.txt", *OFFICER, *SPRING),
        again="conditions-unmet",
        uses=("filing.attach",),
    ),
    Case(
        name="ask",
        words=("proposal", "ask", "LC-S1", "--agency", "stc-lai-chau", "--question", "Giá?", *OFFICER, *SPRING),
        again="conditions-unmet",
        uses=("asking.ask",),
    ),
    Case(
        name="answer",
        before=(("proposal", "ask", "LC-S1", "--agency", "stc-lai-chau", "--question", "Giá?", *OFFICER, *SPRING),),
        words=(
            *("proposal", "answer", "LC-S1", "--opinion", "Hợp lý", "--attach", "y_kien=desk/y_kien.txt"),
            *("--as", "tham-dinh.stc-lai-chau", *NOON),
        ),
        again="conditions-unmet",
        uses=("asking.answer",),
    ),
    Case(
        name="correct",
        before=(RETURNED,),
        words=("proposal", "correct", "LC-S1", "--reason", "nhầm đề án", *OFFICER, *NOON),
        again="conditions-unmet",
        uses=("correcting.correct",),
    ),
    Case(
        name="extend a deadline",
        words=(
            *("deadline", "extend", "LC-S1", "base_appraisal", "--days", "3", "--decision", "45/QĐ-SCT"),
            *("--reason", "xác minh thực địa", *HEAD, *SPRING),
        ),
        again="conditions-unmet",
        uses=("extending.extend_deadline",),
    ),
    Case(
        name="say why a deadline is late",
        words=(
            *("deadline", "reason-late", "LC-S1", "base_appraisal", "--reason", "thiếu cán bộ"),
            *("--promise", "2022-03-08", *OFFICER, *LATE),
        ),
        again="conditions-unmet",
        uses=("extending.explain_lateness",),
    ),
    Case(name="count deadlines anew", words=("deadline", "recount", *LATE)),
    Case(
        name="export",
        words=("proposal", "export", "out.json", *OFFICER, *SPRING),
        later=("proposal", "export", "later.json", *OFFICER, *SPRING),
        again="more",
        reason="whoever takes a list twice took it twice, and history says so",
        uses=("exporting.record_export",),
    ),
    Case(
        name="export history",
        words=("audit", "export", "out.jsonl", "--format", "jsonl", *AUDITOR, *SPRING),
        later=("audit", "export", "later.jsonl", "--format", "jsonl", *AUDITOR, *SPRING),
        again="more",
        reason="whoever takes history twice took it twice, and history says so",
        uses=("exporting.record_export",),
    ),
    Case(
        name="bundle a case",
        words=("audit", "bundle", "LC-S1", "b.zip", *AUDITOR, *SPRING),
        later=("audit", "bundle", "LC-S1", "later.zip", *AUDITOR, *SPRING),
        again="more",
        reason="whoever takes a case twice took it twice, and history says so",
        uses=("exporting.record_export",),
    ),
)
LISTS: tuple[Case, ...] = (
    Case(
        name="import drafts",
        words=(*IMPORTED, "desk/drafts.xlsx", *PROGRAMME, *CENTRE, *SPRING, "--apply", "--report", "bc.xlsx"),
        later=(*IMPORTED, "desk/drafts.xlsx", *PROGRAMME, *CENTRE, *SPRING, "--report", "later.xlsx"),
        uses=("importing.import_rows",),
    ),
    Case(
        name="import what can come in",
        words=(*IMPORTED, "desk/mixed.xlsx", *PROGRAMME, *CENTRE, *SPRING, "--apply", "--partial"),
        status=1,
    ),
    Case(
        name="import running proposals",
        words=(
            *(*IMPORTED, "desk/running.xlsx", *PROGRAMME, "--implementer", "ttkc-lai-chau"),
            *("--as", "tai-vu.sct-lai-chau", *SPRING, "--apply"),
        ),
    ),
)
PAPERS: tuple[Case, ...] = (
    Case(
        name="number a paper",
        words=NUMBER,
        again="more",
        reason="the number stands in the agency's list with its title, and one that was not used is cancelled",
        uses=("numbering.number_paper",),
    ),
    Case(
        name="number a proposal's paper",
        words=(*NUMBER, "--proposal", "LC-S1"),
        again="more",
        reason="as above; it also stands in the proposal's history",
    ),
    Case(
        name="cancel a paper",
        before=(NUMBER,),
        words=CANCEL,
        again="conditions-unmet",
        uses=("numbering.cancel_paper",),
    ),
    Case(
        name="cancel a proposal's paper",
        before=((*NUMBER, "--proposal", "LC-S1"),),
        words=CANCEL,
        again="conditions-unmet",
    ),
)
PRESENT: Words = (
    *("paper", "present", "LC-S1", "forward", "--kind", "cong_van", "--symbol", "SCT-QLCN", *OFFICER, *SPRING),
    *("--title", "Đề nghị thẩm định dự toán", "--note", "Kính trình", "--fact", "by=staff"),
    *("--fact", "recommended_amount=200 triệu", "--fact", "priority_rank=1"),
    *("--attach", "phieu_tham_dinh=desk/phieu_tham_dinh.txt", "--attach", "bieu_tong_hop=desk/bieu_tong_hop.txt"),
)
SIGN: Words = ("paper", "sign", "LC-S1", *HEAD, "--at", "2021-04-14T10:00")
SIGNED_NUMBER: Words = ("paper", "number", "LC-S1", "--as", SECOND, "--at", "2021-04-14T11:00")
ISSUE: Words = ("paper", "issue", "LC-S1", "--to", "Sở Tài chính", "--as", SECOND, "--at", "2021-04-14T14:00")
SIGNATURES: tuple[Case, ...] = (
    Case(name="present a paper", words=PRESENT, again="conditions-unmet", uses=("presenting.present",)),
    Case(name="sign a paper", before=(PRESENT,), words=SIGN, again="conditions-unmet", uses=("signing.sign",)),
    Case(
        name="send a paper back",
        before=(PRESENT,),
        words=("paper", "send-back", "LC-S1", "--reason", "thiếu căn cứ", *HEAD, "--at", "2021-04-14T09:00"),
        again="conditions-unmet",
        uses=("signing.send_back",),
    ),
    Case(
        name="number a signed paper",
        before=(PRESENT, SIGN),
        words=SIGNED_NUMBER,
        again="conditions-unmet",
        uses=("issuing.number_signed",),
    ),
    Case(
        name="issue a paper",
        before=(PRESENT, SIGN, SIGNED_NUMBER),
        words=ISSUE,
        again="conditions-unmet",
        uses=("issuing.issue",),
    ),
    Case(
        name="cancel a signed paper",
        before=(PRESENT, SIGN, SIGNED_NUMBER),
        words=(*CANCEL[:5], "--kind", "cong_van", *CANCEL[7:], "--at", "2021-04-14T16:00"),
        again="conditions-unmet",
    ),
    Case(
        name="act on an issued paper",
        before=(PRESENT, SIGN, SIGNED_NUMBER, ISSUE),
        words=("proposal", "act", "LC-S1", "forward", "--key", "chuyển-1", *OFFICER, "--at", "2021-04-15T09:00"),
    ),
)
REGISTERS: tuple[Case, ...] = (
    Case(
        name="appoint",
        words=("appointment", "add", "sct-lai-chau", "inspector", "--basis", "12/QĐ", *ROOT, *LATE),
        again="more",
        reason="a register keeps what it was told; the same appointment twice appoints once",
        uses=("registering.appoint",),
    ),
    Case(
        name="guide",
        words=(
            *("guidance", "add", "lai-chau-2021-2025", "plan_window", "2023", "2022-06-30", "--paper", "1/SCT"),
            *("--agency", "sct-lai-chau", *HEAD, *LATE),
        ),
        uses=("registering.guide",),
    ),
    Case(
        name="publish a process",
        words=("definitions", "publish", "desk/kcdp-2021.1.toml", *ROOT, *LATE),
        heavy=True,
        uses=("registering.publish",),
    ),
    Case(
        name="publish a calendar",
        words=("calendar", "publish", "desk/2027.toml", *ROOT, *LATE),
        uses=("recounting.recount_batch",),
    ),
)
PEOPLE: tuple[Case, ...] = (
    Case(
        name="add a user",
        words=(
            *("user", "add", "lan", "--name", "Lò Thị Lan", "--identity", "012190000001"),
            *("--seat", "inspector@sct-lai-chau", *ADMIN, *LATE),
        ),
        again="conditions-unmet",
        uses=("people.add_user",),
    ),
    Case(
        name="give a seat",
        words=("user", "seat", SECOND, "inspector@sct-lai-chau", *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("people.give_seat",),
    ),
    Case(
        name="end a seat",
        words=("user", "seat-end", SECOND, "base_appraiser@sct-lai-chau", *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("people.end_seat",),
    ),
    Case(
        name="hand over",
        words=HAND_OVER,
        again="more",
        reason="the same hand-over told twice names the same person",
        uses=("handing_over.hand_over",),
    ),
    Case(
        name="set a password",
        words=SET_PASSWORD,
        typed=f"{PASSPHRASE}\n",
        again="more",
        reason="a password may be set to what it is",
        uses=("accounts.set_password",),
    ),
    Case(
        name="sign in",
        call="sign_in_right",
        before=("set_a_password", "sign_in_wrong"),
        uses=("accounts.sign_in",),
    ),
    Case(
        name="sign in wrongly",
        call="sign_in_wrong",
        before=("set_a_password",),
        status=1,
        again="more",
        reason="each wrong password counts",
    ),
    Case(
        name="turn on the second factor",
        call="turn_on_second_factor",
        again="conditions-unmet",
        uses=("second_factors.set_second_factor",),
    ),
    Case(
        name="sign in with a spare code",
        call="sign_in_with_spare_code",
        before=("set_a_password", "turn_on_second_factor"),
        again="more",
        reason="each spare code is good once; whoever tries again takes the next",
    ),
    Case(
        name="end a second factor",
        before=("turn_on_second_factor",),
        words=("user", "second-factor-end", SECOND, *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("second_factors.end_second_factor",),
    ),
    Case(
        name="link with single sign-on",
        call="link_with_single_sign_on",
        again="conditions-unmet",
        uses=("single_sign_on.link_single_sign_on",),
    ),
    Case(
        name="come in by single sign-on, with a spare code",
        call="enter_by_single_sign_on",
        before=("turn_on_second_factor", "link_with_single_sign_on"),
        again="more",
        reason="each spare code is good once; whoever tries again takes the next",
        uses=("single_sign_on.enter_single_sign_on",),
    ),
    Case(
        name="end a link with single sign-on",
        before=("link_with_single_sign_on",),
        words=("user", "sso-end", SECOND, *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("single_sign_on.end_single_sign_on",),
    ),
    Case(
        name="unlock",
        before=("set_a_password", "guess"),
        words=("user", "unlock", SECOND, *ADMIN, "--at", "2022-03-01T09:01"),
        again="conditions-unmet",
        uses=("accounts.unlock",),
    ),
    Case(
        name="deactivate",
        words=("user", "deactivate", SECOND, *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("accounts.deactivate",),
    ),
    Case(
        name="reactivate",
        before=(("user", "deactivate", SECOND, *ADMIN, *LATE),),
        words=("user", "reactivate", SECOND, *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("accounts.reactivate",),
    ),
    Case(
        name="move an address",
        words=("user", "address", SECOND, "khac@sct-lai-chau.example", *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("reaching.set_address",),
    ),
    Case(
        name="wish for no reminders",
        words=("user", "notify", SECOND, "--mute", *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("reaching.wish_mail",),
    ),
    Case(
        name="make a token",
        words=("user", "token", SECOND, "--label", "máy bàn", *ADMIN, *LATE),
        again="more",
        reason="a token that nobody saw opens nothing; it is listed and can be revoked",
        uses=("tokens.make_token",),
    ),
    Case(
        name="make a feed",
        words=("user", "feed", SECOND, *ADMIN, *LATE),
        again="more",
        reason="an address that nobody saw opens nothing; it is listed and can be revoked",
        uses=("tokens.make_token",),
    ),
    Case(
        name="use a token",
        before=("hold_token",),
        words=("user", "tokens", SECOND, "--token", TOKEN, *LATE),
        uses=("tokens.open_by_token", "tokens.tokens_of"),
    ),
    Case(
        name="revoke a token",
        before=("hold_token",),
        words=("user", "token-revoke", SECOND, TOKEN[:8], *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("tokens.revoke_token",),
    ),
)
HOOK = "http://127.0.0.1:9/kc"
DRAINED: Words = ("scheduler", "tick", "--at", "2026-07-21T09:00")
TICK: Words = ("scheduler", "tick", "--at", "2026-07-23T09:00")
NEXT_TICK: Words = ("scheduler", "tick", "--at", "2026-07-23T10:00")
HOUSE: tuple[Case, ...] = (
    Case(
        name="tick into files",
        before=(DRAINED, (*PLAN_LINE, "--at", "2026-07-22T11:00")),
        words=TICK,
        then=NEXT_TICK,
        fresh=PASSED,
        repeats="coverage",
    ),
    Case(
        name="tick to a server",
        before=(DRAINED, (*PLAN_LINE, "--at", "2026-07-22T11:00")),
        words=TICK,
        then=NEXT_TICK,
        fresh=PASSED,
        repeats="coverage",
        mail=True,
    ),
    Case(
        name="resend",
        before=("fail_a_notice",),
        words=("notice", "resend", "{said}", *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("delivering.resend",),
    ),
    Case(
        name="print a letter",
        before=("find_a_letter",),
        words=("notice", "printed", "{said}", "--as", "van-phong.ubnd-lai-chau", *LATE),
        again="conditions-unmet",
        uses=("delivering.print_letter",),
    ),
    Case(
        name="tidy",
        call="tidy",
        before=("lose_a_paper",),
        again="more",
        reason="each run records how many deadlines nobody is reminded of",
    ),
    Case(
        name="hand over on its day",
        before=(HAND_OVER,),
        call="tidy_next_night",
        again="more",
        reason="each run records how many deadlines nobody is reminded of; the hand-over is carried out once",
        repeats="coverage",
        uses=("handing_over.hand_over_due",),
    ),
    Case(
        name="take in a bounce",
        before=("send_and_bounce",),
        words=("notice", "bounced", "bounce.eml", *ADMIN, *LATE),
    ),
    Case(
        name="clear an address",
        before=("take_bounce",),
        words=("notice", "address-clear", "{said}", *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("reaching.clear_address",),
    ),
    Case(
        name="add a webhook",
        words=("webhook", "add", "sct-lai-chau", HOOK, *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("reaching.add_webhook",),
    ),
    Case(
        name="remove a webhook",
        before=("add_a_webhook",),
        words=("webhook", "remove", "wh-1", *ADMIN, *LATE),
        again="conditions-unmet",
        uses=("reaching.remove_webhook",),
    ),
    Case(name="seal", words=("audit", "checkpoint", *LATE)),
    Case(
        name="put a new key",
        before=(("audit", "checkpoint", *LATE),),
        words=("audit", "rotate-key", *LATE),
        again="more",
        reason="each call puts another key in the place of the one before, which signs it",
        uses=("keys_of_log.record_key",),
    ),
    Case(
        name="back up",
        words=("backup", "backup.zip"),
        proof="backup.zip",
        later=("backup", "later.zip"),
        again="archive-unwritable",
    ),
    Case(
        name="restore",
        start="nothing",
        brought=(("backup", "backup.zip"), "backup.zip"),
        words=("restore", "backup.zip"),
        again="database-in-use",
    ),
    Case(
        name="init",
        start="nothing",
        words=(
            *("init", "--sandbox", "--at", "2017-01-02T08:00", "--admin", "quan-tri", "--agency", "ubnd-lai-chau"),
            *("--identity", "012345678901"),
        ),
        fresh=(*BEGUN, *PERSON, *KEYED),
        again="more",
        reason="an administrator who did not see the token gets another",
        uses=("installing.install_administrator", "registering.publish_templates"),
    ),
    Case(name="init and migrate", start="nothing", before=("older",), words=("init", "--sandbox", *LATE), fresh=BEGUN),
    Case(name="init again", words=("init", *LATE)),
    Case(
        name="erase a person",
        before=(("user", "deactivate", SECOND, *ADMIN, *LATE),),
        words=("audit", "erase", SECOND, "--reason", "theo đơn", "--decision", "7/QĐ-BCT", *ROOT, *LATE),
        again="conditions-unmet",
    ),
)
CASES: tuple[Case, ...] = (*PROPOSALS, *LISTS, *PAPERS, *SIGNATURES, *REGISTERS, *PEOPLE, *HOUSE)

#: What only reads: it may die anywhere, because it leaves everything as it is.
READS: tuple[Words, ...] = (
    ("doctor", *LATE),
    ("definitions", "list"),
    ("definitions", "show", "kcdp"),
    ("definitions", "check"),
    ("definitions", "diagram", "kcdp"),
    ("proposal", "list", *LATE),
    ("proposal", "lists", *OFFICER, *LATE),
    ("proposal", "show", "LC-S1", *LATE),
    ("proposal", "actions", "LC-S1", *OFFICER, *SPRING),
    ("proposal", "history", "LC-S1", *LATE),
    ("paper", "list", "--agency", "sct-lai-chau", *LATE),
    ("paper", "show", "LC-S1", *LATE),
    ("paper", "waiting", *LATE),
    ("deadline", "explain", "LC-S1", *SPRING),
    ("calendar", "show", "2022"),
    ("calendar", "count", "2022-03-01", "5"),
    ("scheduler", "status", *LATE),
    ("reminder", "list", *LATE),
    ("reminder", "coverage", *LATE),
    ("notice", "list", *LATE),
    ("notice", "show", "1", *LATE),
    ("notice", "addresses", *LATE),
    ("webhook", "list", *ADMIN, *LATE),
    ("audit", "verify", *LATE),
    ("audit", "prove", "LC-S1", *LATE),
    ("audit", "ask", "touched", "--code", "LC-S1", *LATE),
    ("audit", "sheet", "LC-S1", *LATE),
    ("audit", "as-of", "2022-02-01T09:00", "LC-S1", *LATE),
    ("user", "list", *ROOT, *LATE),
    ("user", "tokens", SECOND, *ADMIN, *LATE),
    ("agency", "list", *LATE),
    ("appointment", "list", *LATE),
    ("guidance", "list", "lai-chau-2021-2025", *LATE),
)
#: Commands that are killed otherwise, and why.
OTHERWISE: Mapping[str, str] = {
    "scheduler run": "it does what a tick does, again and again; tests/test_crash_faults.py kills real ones",
    "user second-factor": "the case `turn on the second factor`: its code comes from the secret that it shows",
    "serve": "its pages carry out the use cases above, each in a transaction of its own",
    "demo": "it builds a sandbox beside its place with the use cases above, and renames it when it is whole",
}
#: Functions of ``workflow.service`` that no call of their own leads to, or that write nothing.
WITHIN: Mapping[str, str] = {
    "acting.look": "it only reads",
    "delivering.check_taking_in": "it only reads",
    "foreseeing.foresee_publication": "it only reads",
    "keeping.may_attach": "it only reads",
    "keeping.may_keep": "it only reads",
    "once.once": "part of what can be asked for under a key: attaching, registering",
    "rehearsing.rehearse": "it only reads",
    "tokens.open_feed": "asked for by calendar programs; it writes what open_by_token writes, by the same function",
    "reaching.webhooks_of": "it only reads",
    "refusals.recording_refusals": "part of every act that can be refused",
    "refusals.record_refusal": "as above: the case of a refused act",
}
