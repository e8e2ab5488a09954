"""The house keeps its rules: cheap imports, no stranger's rooms, nothing of one machine, short modules."""

from __future__ import annotations

import ast
import csv
import os
import re
import subprocess
import sys
import tokenize
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("scipy.signal", "pandas", "bokeh")
MODULE_LINES = 300
LONG_MODULES: set[str] = set()  # a module may outgrow MODULE_LINES only by being named here, with the reason


def run_python(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run ``code`` as somebody would who works in ``cwd``: that folder comes first on Python's path."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(cwd), str(ROOT)]), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", check=False
    )


def tracked_files() -> list[Path]:
    """Every file that git knows and that still exists."""
    git = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    try:
        listing = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".py"]


def locked(lock: str) -> dict[str, list[str]]:
    """The requirements of a lock file by name, each with its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip():
            pin = re.match(r"([a-z0-9._-]+)==\S+", line)
            assert pin, f"{lock}: not a pinned requirement: {line[:80]}"
            found[pin[1]] = re.findall(r"--hash=sha256:[0-9a-f]{64}", line)
    return found


# --- imports -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_the_command_answers_without_the_heavy_libraries(argument: str, tmp_path: Path) -> None:
    code = f"""
import sys
from kickback.cli import main
sys.argv = ["kickback", {argument!r}]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print("HEAVY", [name for name in {HEAVY!r} if name in sys.modules])
"""
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "HEAVY []" in done.stdout


def test_import_kickback_is_cheap(tmp_path: Path) -> None:
    code = f"import sys, kickback; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = run_python(code, tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_every_documented_name_can_be_imported(tmp_path: Path) -> None:
    code = "import kickback; print([name for name in kickback.__all__ if getattr(kickback, name) is None])"
    done = run_python(code, tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize("room", ["analysis", "imu", "recordings"])
@pytest.mark.parametrize("shape", ["{}.py", "{}/__init__.py"])
def test_a_strangers_room_is_named(room: str, shape: str, tmp_path: Path) -> None:
    stranger = tmp_path / shape.format(room)
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_text("answer = 42\n", encoding="utf-8")
    done = run_python("import kickback", tmp_path)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert str(stranger) in last
    assert "shadows" in last


def test_pandas_is_imported_in_analysis_by_frames_alone() -> None:
    offenders = []
    for path in (ROOT / "analysis").rglob("*.py"):
        allowed: set[int] = set()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            frames = isinstance(node, ast.FunctionDef) and node.name.endswith("frame")
            typing = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            if frames or typing:
                allowed |= {id(inner) for inner in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            if any(name.split(".")[0] == "pandas" for name in names) and id(node) not in allowed:
                offenders.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not offenders, "pandas outside of a *frame function: " + ", ".join(offenders)


# --- files -------------------------------------------------------------------------------------------------------


def test_no_file_names_a_machine_or_a_registry() -> None:
    places = "|".join(["work", "tmp", "root", "home", "opt"])
    hosts = "|".join([r"pypi\.", "pythonhosted", "registry", r"deb\.debian", r"security\.debian"])
    forbidden = re.compile(rf"(?<![\w.)}}>-])/(?:{places})/\w|https?://[\w.-]*(?:{hosts})")
    offenders = []
    for path in tracked_files():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="ignore").splitlines(), 1):
            if found := forbidden.search(line):
                offenders.append(f"{path.relative_to(ROOT)}:{number}: {found[0]}")
    assert not offenders, "\n".join(offenders)


def test_modules_are_short() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()
    }
    long = {name for name, lines in lengths.items() if lines > MODULE_LINES}
    assert long == LONG_MODULES, {name: lengths.get(name) for name in long ^ LONG_MODULES}


def unexplained(comment: str) -> bool:
    """Whether a comment switches a check off and gives no reason beside it."""
    marker = re.compile(r"#\s*(?:type:\s*ignore(?:\[[^\]]*\])?|noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?)")
    return bool(marker.search(comment)) and not re.search(r"\w{3,}", marker.sub("", comment))


@pytest.mark.parametrize(
    ("comment", "bare"),
    [
        ("# plain words", False),
        ("# type: ignore[attr-defined]", True),
        ("# type: ignore[attr-defined]  # vqf ships no types", False),
        ("# noqa: BLE001, S110", True),
        ("# noqa: BLE001 - a worker must not take the others down", False),
        ("# type: ignore[misc]  # noqa: F401", True),
    ],
)
def test_a_bare_ignore_is_told_from_an_explained_one(comment: str, bare: bool) -> None:
    assert unexplained(comment) is bare


def test_every_ignore_gives_its_reason() -> None:
    offenders = []
    for path in modules():
        with path.open("rb") as stream:
            for token in tokenize.tokenize(stream.readline):
                if token.type == tokenize.COMMENT and unexplained(token.string):
                    offenders.append(f"{path.relative_to(ROOT)}:{token.start[0]}: {token.string}")
    assert not offenders, "\n".join(offenders)


def test_every_test_folder_is_without_init() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py")), "pytest's importlib mode wants none"


# --- the lock ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_pins_by_hash_and_names_no_place(lock: str) -> None:
    requirements = locked(lock)
    assert requirements
    assert not [name for name, hashes in requirements.items() if not hashes]
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|^\s*-(?!-hash)|index-url|find-links|trusted-host|\s@\s", text, re.MULTILINE)


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    asked = [*project["project"]["dependencies"], *groups["build"], *project["build-system"]["requires"]]
    for lock, wanted in (("requirements.txt", asked), ("requirements-dev.txt", [*asked, *groups["dev"]])):
        names = {re.split(r"[\s<>=!~;\[]", requirement)[0] for requirement in wanted}
        assert names <= set(locked(lock)), f"{lock} is out of date: run `make lock`"


def test_both_locks_agree() -> None:
    run, dev = locked("requirements.txt"), locked("requirements-dev.txt")
    assert {name: dev.get(name) for name in run} == run


# --- the traces --------------------------------------------------------------------------------------------------


def shipped() -> list[dict[str, str]]:
    with (ROOT / "recordings" / "index.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_at_least_six_traces_ship_and_each_is_in_the_index() -> None:
    rows = shipped()
    listed = {Path(row["file"]).name for row in rows}
    assert len(listed) == len(rows) >= 6
    assert listed == {path.name for path in (ROOT / "recordings" / "traces").glob("*.csv")}


def test_every_simulated_trace_says_so() -> None:
    for row in shipped():
        assert row["simulated"] == "true", f"{row['file']}: all traces that ship so far are simulated"
        assert "simulated" in row["origin"].lower(), row["file"]
