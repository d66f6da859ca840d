"""The documents are true: their Python runs, and every command they show exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)

every_page = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])


def blocks(page, language):
    return [code for found, code in BLOCK.findall(page.read_text(encoding="utf-8")) if found == language]


@pytest.mark.slow
@every_page
def test_the_python_of_the_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}

    for code in blocks(page, "python"):
        exec(compile(code, page.name, "exec"), namespace)


@every_page
def test_the_commands_of_the_page_exist(page):
    from seqtext.cli import main

    shown = {
        line.split()[0] for code in blocks(page, "console") for line in re.findall(r"\bseqtext ([a-z][^\n]*)", code)
    }

    assert shown <= set(main.commands)


def test_every_command_is_shown_in_the_readme():
    from seqtext.cli import main

    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [name for name in main.commands if f"seqtext {name}" not in text] == []


@every_page
def test_links_of_the_page_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []
