"""What must never be in the repository, and what its papers promise."""

import re
import subprocess
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LARGEST = 1024 * 1024
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = tuple(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])

# Each pattern is written so that it does not match its own text here.
REGISTRY = re.compile(
    r"(?:[a-z0-9-]+\.)*(?:py[p]i|pyth[o]nhosted|artif[a]ctory|n[e]xus|d[e]vpi)\.[a-z]+|--(?:extra-)?[i]ndex-url|[f]ind-links"
)
MACHINE = re.compile(r"(?<![\w.])/(?:[h]ome|[r]oot|[U]sers|[w]ork|[w]orkspace|[o]pt/pypi|[m]nt)/[\w.-]+")
SECRETS = re.compile(
    r"-----[B]EGIN [A-Z ]*PRIVATE KEY|\b[A]KIA[0-9A-Z]{16}\b|\b[g]h[pousr]_\w{36}|\b[g]ithub_pat_\w{20,}"
    r"|\b[x]ox[abprs]-[\w-]{10,}|\b[e]yJ[\w-]{10,}\.[e]yJ[\w-]{10,}|://[^\s/:@{}<>]+:[^\s/:@{}<>]{6,}@"
)


def tracked() -> list[Path]:
    """The files that a clone gets; without git (an unpacked archive) the test has nothing to say."""
    if not (ROOT / ".git").exists():
        pytest.xfail("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def places(pattern: re.Pattern[str]) -> list[str]:
    """Every `file:line` that matches, with the matching words."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {found[0]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if (found := pattern.search(line))
    ]


@pytest.mark.parametrize(
    ("pattern", "planted"),
    [
        pytest.param(REGISTRY, "https://files.pyth" + "onhosted.org/packages/x", id="registry"),
        pytest.param(REGISTRY, "--ind" + "ex-url=x", id="registry-option"),
        pytest.param(MACHINE, "see /ho" + "me/an/khuyencong", id="path"),
        pytest.param(SECRETS, "-----BEG" + "IN PRIVATE KEY-----", id="key"),
        pytest.param(SECRETS, "postgresql://sct:ma" + "t-khau-that@db/kc", id="password"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], planted: str) -> None:
    """A pattern that matches nothing would pass every file."""
    assert pattern.search(planted)


@pytest.mark.parametrize(
    "pattern",
    [pytest.param(REGISTRY, id="registry"), pytest.param(MACHINE, id="path"), pytest.param(SECRETS, id="secret")],
)
def test_no_tracked_file_names_a_registry_this_machine_or_a_secret(pattern: re.Pattern[str]) -> None:
    """A clone builds from any mirror, at any place, and gives nothing away."""
    assert places(pattern) == []


def test_no_tracked_file_is_large() -> None:
    """History is for ever: what is over 1 MiB is fetched or generated."""
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > LARGEST] == []


def test_every_entry_of_the_lock_has_hashes_and_no_address() -> None:
    """pip installs exactly these bytes, wherever it gets them from."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = lock.replace("\\\n", " ").splitlines()

    assert [entry for entry in entries if not re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry)] == []
    assert "//" not in lock


def test_the_lock_covers_every_requirement() -> None:
    """A dependency added to pyproject.toml without `make lock` would be missing on a new machine."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, flags=re.MULTILINE))
    project = PYPROJECT["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"], *PYPROJECT["build-system"]["requires"]]

    names = {re.split(r"[\[<>=!~ ;]", requirement)[0] for requirement in asked}

    assert names - pinned == set()


def test_every_direct_dependency_has_its_reason() -> None:
    """docs/decisions/0002-dependencies.md has a row for each: a reason, a licence, and what the system must have."""
    record = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text(encoding="utf-8")
    project = PYPROJECT["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]

    names = {re.split(r"[\[<>=!~ ;]", requirement)[0] for requirement in asked}

    assert {name for name in names if f"| `{name}` |" not in record} == set()


@pytest.mark.parametrize("room", ROOMS)
def test_nobody_else_owns_our_package_names(room: str) -> None:
    """Flat names are shared with every other distribution: a second owner would overwrite our files."""
    owners = packages_distributions().get(room, [])

    assert set(owners) <= {"khuyencong"}


def test_the_distribution_is_never_uploaded() -> None:
    """Public indexes refuse a distribution with this classifier."""
    assert "Private :: Do Not Upload" in distribution("khuyencong").metadata.get_all("Classifier", [])


def test_every_room_is_packaged_typed_and_under_contract() -> None:
    """A folder with code that one of the three lists forgets is shipped, checked or contained by accident only."""
    found = {path.parent.name for path in ROOT.glob("[a-z]*/__init__.py")}

    tool = PYPROJECT["tool"]

    assert found - {"tests", "benchmarks"} == set(ROOMS)
    assert found == set(tool["mypy"]["packages"])
    assert found - {"tests"} == set(tool["importlinter"]["root_packages"])


@pytest.mark.parametrize("paper", ["README.md", ".ci/run"])
def test_every_make_target_that_is_named_exists(paper: str) -> None:
    """A newcomer copies these lines."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))

    named = set(
        re.findall(
            r"(?:^(?: {4}|\$ )?|`|\bexec )make ([a-z]+)\b",
            (ROOT / paper).read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
    )

    assert named
    assert named - targets == set()
