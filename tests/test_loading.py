"""Definition files are read into values, or every fault of every file is told at its place."""

from pathlib import Path

import pytest

from definitions.errors import Fault, FaultyDefinitions
from definitions.loading import SHIPPED, TYPES, DefinitionText, find_texts, read, read_all
from definitions.process import Process
from tests.tiny_bundle import CEILINGS, FILES, PROCESS, PROGRAMME, SOURCES


def faults_in(file: str, old: str, new: str) -> tuple[Fault, ...]:
    kind, text = FILES[file]
    assert old in text
    with pytest.raises(FaultyDefinitions) as caught:
        read(DefinitionText(kind, file, text.replace(old, new, 1)))
    return caught.value.faults


def test_a_sound_text_is_read_into_its_value() -> None:
    """A process knows the hash of the very text it was read from."""
    text = DefinitionText("process", "tiny.toml", PROCESS)

    value = read(text)

    assert isinstance(value, Process)
    assert value.ref == "tiny@2021.1"
    assert value.sha256 == text.sha256


def test_an_unknown_key_is_told_with_the_nearest_known_one() -> None:
    """A key that no field names is a slip of the pen, and the file says nothing by it."""
    faults = faults_in("tiny.toml", 'if_nobody_acts = "vẫn là bản thảo"', 'if_nobody_act = "vẫn là bản thảo"')

    told = {(fault.file, fault.place, fault.message) for fault in faults}

    message = "unknown key 'if_nobody_act'; did you mean 'if_nobody_acts'?"
    assert ("tiny.toml", "state[drafted].if_nobody_act", message) in told


def test_only_keys_of_the_same_table_are_offered() -> None:
    """``runs_in`` is a key of deadlines: offering it for a state would send the reader wrong."""
    faults = faults_in("tiny.toml", 'label = "Đang lập đề án"', 'label = "Đang lập đề án"\nrunsin = ["x"]')

    messages = [fault.message for fault in faults]

    assert messages == ["unknown key 'runsin'"]


def test_a_field_goes_by_its_name_in_files_only() -> None:
    """The code says ``source``, files say ``from``: two spellings of one thing would be two formats."""
    faults = faults_in("tiny.toml", 'from = ["returned"]', 'source = ["returned"]')

    places = [fault.place for fault in faults]

    assert places == ["transition[resubmit].from", "transition[resubmit].source"]


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "message"),
    [
        ("tiny.toml", 'type = "date"', 'type = "dat"', "transition[submit].facts[letter_date].type", "mean 'date'?"),
        ("tiny.toml", 'initial = "drafted"', 'initial = "Nháp"', "initial", "String should match pattern"),
        ("tiny.toml", 'version = "2021.1"', "version = 2021.1", "version", "Input should be a valid string"),
        (
            "tiny.toml",
            "min = [1]",
            "min = [1.5]",
            "data[requested_amount].min[0]",
            "Input should be a valid integer, or",
        ),
        ("tiny.toml", "days = 10", "days = true", "deadline[appraisal].days", "Input should be a valid integer"),
        ("tiny.toml", "days = 10", "days = 10\nmonthly = 24", "deadline[appraisal]", "exactly one of days, fixed"),
        ("tiny.toml", "rung = [", "rung = []\nnone = [", "ladder[short].rung", "at least 1 item"),
        (
            "ceilings.toml",
            "cap = 300_000_000",
            "cap = -300_000_000",
            "ceiling[machinery].cap",
            "greater than or equal to 0",
        ),
        (
            "ceilings.toml",
            "cap = 300_000_000",
            "cap = 0.5",
            "ceiling[machinery].cap",
            "Input should be a valid integer",
        ),
        (
            "ceilings.toml",
            "cap = 300_000_000",
            'cap = "300"',
            "ceiling[machinery].cap",
            "Input should be a valid integer",
        ),
        ("ceilings.toml", '"FOUND"', '"FOUN"', "ceiling[machinery].basis.confidence", "mean 'FOUND'?"),
        ("agencies.toml", "succeeded_on = 2022-01-01", "", "agency[so-cu]", "successor and succeeded_on come together"),
        ("2021.toml", "day = 2021-01-01", "day = 2020-01-01", "", "2020-01-01 (Tết Dương lịch) is not in 2021"),
    ],
)
def test_a_wrong_value_is_told_at_its_place(file: str, old: str, new: str, place: str, message: str) -> None:
    """Entries of a list are named by their key, so that the place can be found in the file."""
    faults = faults_in(file, old, new)

    found = [fault for fault in faults if fault.place == place and message in fault.message]

    assert found, "\n".join(map(str, faults))


def test_a_kind_that_can_only_be_one_word_is_not_asked_whether_it_means_itself() -> None:
    """``Input should be 'calendar'`` says it all; a hint would repeat it."""
    faults = faults_in("2021.toml", 'kind = "calendar"', 'kind = "calender"')

    messages = [fault.message for fault in faults]

    assert messages == ["Input should be 'calendar'"]


def test_a_fault_that_only_follows_from_another_is_left_out() -> None:
    """A list whose one entry is faulty is not also too short."""
    faults = faults_in("tiny.toml", 'holder = [{ role = "implementer" }]', 'holder = [{ role = "Chủ đề án" }]')

    places = [fault.place for fault in faults]

    assert places == ["state[drafted].holder[Chủ đề án].role"]


def test_malformed_toml_is_told_with_line_and_column() -> None:
    """Where the text cannot be read at all, the place is the line."""
    with pytest.raises(FaultyDefinitions) as caught:
        read(DefinitionText("sources", "sources.toml", 'kind = "sources"\nkey sources\n'))

    (fault,) = caught.value.faults

    assert fault.place == "line 2, column 5"
    assert fault.message.startswith("malformed TOML: Expected '='")


def test_a_day_that_does_not_exist_is_malformed() -> None:
    """31/02 is in no calendar."""
    faults = faults_in("ceilings.toml", "until = 2021-12-31", "until = 2021-02-31")

    messages = [fault.message for fault in faults]

    assert len(messages) == 1
    assert messages[0].startswith("malformed TOML")


def test_faults_of_several_texts_are_told_together() -> None:
    """Whoever mends definitions sees what is wrong in all of them."""
    texts = [
        DefinitionText("ceilings", "a.toml", CEILINGS.replace("cap = 300_000_000", "cap = -1")),
        DefinitionText("sources", "b.toml", SOURCES),
        DefinitionText("programme", "c.toml", PROGRAMME.replace("first_year = 2021", "first_year = 1921")),
        DefinitionText("process", "d.toml", "key ="),
    ]

    with pytest.raises(FaultyDefinitions) as caught:
        read_all(texts)

    assert [fault.file for fault in caught.value.faults] == ["a.toml", "c.toml", "d.toml"]


def test_faults_of_files_are_told_together_with_those_inside_others(tmp_path: Path) -> None:
    """A file that cannot be read hides nothing that is wrong in the next."""
    (tmp_path / "latin.toml").write_bytes("key = 'Sở'".encode("utf-16"))
    (tmp_path / "broken.toml").write_text("kind = ", encoding="utf-8")
    (tmp_path / "nameless.toml").write_text('key = "x"', encoding="utf-8")
    (tmp_path / "odd.toml").write_text("kind = 5", encoding="utf-8")
    (tmp_path / "ceilings.toml").write_text(CEILINGS.replace("cap = 300_000_000", "cap = -1"), encoding="utf-8")

    with pytest.raises(FaultyDefinitions) as caught:
        find_texts([tmp_path, tmp_path / "absent"])

    told = {Path(fault.file).name: fault.message for fault in caught.value.faults}
    assert sorted(told) == ["absent", "broken.toml", "ceilings.toml", "latin.toml", "nameless.toml", "odd.toml"]
    assert told["absent"] == "there is no such file or folder"
    assert told["broken.toml"].startswith("malformed TOML")
    assert told["latin.toml"].startswith("cannot be read as UTF-8 text")
    assert told["nameless.toml"].startswith("the file does not say what it is; kinds are process, programme")
    assert told["odd.toml"] == told["nameless.toml"]


@pytest.mark.parametrize("name", FILES)
def test_the_kind_of_a_file_is_known_from_what_stands_in_it(name: str, tmp_path: Path) -> None:
    """A file that someone brings to ``definitions check`` lies in no folder of ours."""
    kind, text = FILES[name]
    (tmp_path / name).write_text(text, encoding="utf-8")

    (found,) = find_texts([tmp_path / name])

    assert found.kind == kind
    assert found.text == text


def test_the_folder_of_a_file_says_its_kind(tmp_path: Path) -> None:
    """``processes/`` holds processes, even one that is still almost empty, and says what it lacks."""
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "new.toml").write_text('key = "new"', encoding="utf-8")

    (found,) = find_texts([tmp_path])

    assert found.kind == "process"
    assert found.name == "processes/new.toml"


def test_every_kind_is_shipped() -> None:
    """The software comes with definitions of every kind it can read."""
    texts = find_texts([SHIPPED])

    kinds = {text.kind for text in texts}

    assert kinds == set(TYPES)
