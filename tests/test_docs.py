"""The pages cannot lie: every command shown is run, every command that exists is shown, every link leads somewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from kickback.cli import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

SET_UP = ("git", "cd", "pip", "pipx", "apt-get", "sudo")
"""Commands that make an installation; they are read, not run: ``make test`` has done their work already."""


def blocks(page: str, *languages: str) -> list[str]:
    """The fenced blocks of a page in any of the languages."""
    fence = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [text for language, text in fence.findall(page) if language in languages]


def commands() -> list[str]:
    """Every command that the README shows, in order; a line that ends in a backslash goes on."""
    lines = "".join(blocks(README, "sh", "console")).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ").split("  #")[0].strip() for line in lines if line.strip() and line[0] != "#"]


def cli() -> dict[str, list[str]]:
    """The command line's commands, each with its long options."""
    group = get_command(app)
    subcommands = getattr(group, "commands", {})
    return {
        name: [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
        for name, command in subcommands.items()
        if not command.hidden
    }


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what somebody who follows the README has at hand: the shipped traces and the examples."""
    folder = tmp_path_factory.mktemp("visitor")
    shutil.copytree(ROOT / "recordings" / "traces", folder / "recordings" / "traces")
    shutil.copytree(ROOT / "examples", folder / "examples")
    return folder


def run(arguments: list[str], cwd: Path) -> None:
    env = {**os.environ, "COLUMNS": "120"}
    done = subprocess.run(
        arguments,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_readme_works(command: str, visitor: Path) -> None:
    program, *words = shlex.split(command)
    arguments = [name for word in words for name in (sorted(map(str, visitor.glob(word))) if "*" in word else [word])]
    if program == "make":
        targets = [argument for argument in arguments if "=" not in argument]
        assert targets
        assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets), command
    elif program == "kickback":
        script = shutil.which("kickback", path=str(Path(sys.executable).parent))
        assert script, "the command kickback is not installed beside this Python: run `make test`"
        run([script, *arguments], visitor)
    elif program == "python" and arguments[:2] != ["-m", "venv"]:
        run([sys.executable, *arguments], visitor)
    else:
        venv = ".venv/bin/"
        assert program in {*SET_UP, "python"} or command.removeprefix(venv) in commands() or program == f"{venv}pip", (
            f"nobody knows how to check {command!r}"
        )


@pytest.mark.parametrize("code", blocks(README, "python"))
def test_every_python_block_of_the_readme_runs(code: str, visitor: Path) -> None:
    run([sys.executable, "-W", "error", "-c", code], visitor)


def test_the_readme_shows_every_command() -> None:
    shown = {command.split()[1] for command in commands() if command.startswith("kickback ")}
    assert set(cli()) <= shown, set(cli()) - shown


def test_the_page_of_commands_knows_every_option_and_no_other() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `kickback (\w+)[^\n]*\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(cli())
    shared = re.findall(r"^## How a file is read\n(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL)[0]
    for name, options in cli().items():
        text = sections[name].replace("| `--dialect` ... `--rate` | the options of [how a file is read]", shared)
        described = set(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))
        assert described == set(options) - {"--help"}, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_the_changelog_leads_with_this_version_and_its_science() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.*)"$', pyproject, re.MULTILINE)
    headings = re.findall(r"^##+ (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert version
    assert headings[0].startswith(version[1])
    assert headings[1] == "Scientific changes"


def test_the_citation_is_of_this_version() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.*)"$', pyproject, re.MULTILINE)
    assert version
    assert f"\nversion: {version[1]}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
