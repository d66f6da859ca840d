"""Every setting is explained, where it is defined and on the page that a script makes of it."""

import importlib.util
from pathlib import Path

from seqtext.recipes import Recipe
from seqtext.recipes.explain import explained

ROOT = Path(__file__).parent.parent.parent


def test_no_setting_is_without_a_meaning_or_a_range():
    assert [one.name for one in explained(Recipe()) if not one.meaning or not one.allowed] == []


def test_every_setting_has_a_meaning_of_its_own_that_needs_no_code():
    meanings = [(one.section, one.meaning) for one in explained(Recipe())]

    assert [one for one in meanings if meanings.count(one) > 1 or "seqtext." in one[1]] == []


def test_a_setting_says_what_it_is_and_may_be():
    found = {(one.section, one.name): one for one in explained(Recipe())}

    assert found["recurrent", "units"].value == 64
    assert found["recurrent", "units"].allowed == "1 to 4,096"
    assert found["text", "max_length"].allowed == "1 to 100,000, or none"
    assert found["recurrent", "bidirectional"].allowed == "true, false"
    assert found["bag", "cost"].meaning.startswith("For hidden_units=0: the cost of a mistake")


def test_the_page_of_settings_is_up_to_date():
    where = ROOT / "scripts" / "settings_page.py"
    spec = importlib.util.spec_from_file_location("settings_page", where)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == script.page()
