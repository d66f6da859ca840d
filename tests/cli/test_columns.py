"""Several columns from the command line: texts, numbers and categories, by their names."""

import json
from pathlib import Path

import pytest

SUBJECTS = ["invoice", "server down", "", "holiday"] * 10
BODIES = [f"please {word} {i}" for i, word in enumerate(["pay the bill", "fix the disk"] * 20)]
AGES = ["1", "20", "NA", "4"] * 10
TEAMS = ["it", "hr", "", "it"] * 10
LABELS = ["money", "tech", "money", "tech"] * 10
ASKED = ("--text", "subject", "--text", "body", "--number", "age", "--category", "team", "--label", "label")
LINEAR = ("--recipe", "linear")


@pytest.fixture
def mails(write):
    return write("mails.csv", subject=SUBJECTS, body=BODIES, age=AGES, team=TEAMS, label=LABELS)


@pytest.fixture
def trained_mails(run, mails, tiny_settings):
    result = run(
        *("train", "--data", mails, *ASKED, "--out", "mails", "--recipe", "recurrent", *tiny_settings),
        *("--set", "subject.max_length=3", "--set", "age.clip=3", "--set", "team.width=2"),
    )
    assert result.exit_code == 0, result.stderr
    return "mails"


@pytest.mark.slow
def test_every_command_finds_the_columns_by_their_names(run, refused, trained_mails, mails, write, rows_of):
    shown = run("inspect", trained_mails).stdout
    assert "at most 3 of a text" in shown
    assert "it, hr; others are unknown" in shown
    assert rows_of(run("classify", mails, "-m", trained_mails).stdout)[0]["label"] in {"money", "tech"}
    assert run("evaluate", mails, "-m", trained_mails).exit_code == 0

    new = {"a": ["disk", "bill"], "b": ["so", "so"], "age": ["7", ""], "team": ["law", ""]}
    texts = ("--text", "a", "--text", "b")
    assert len(rows_of(run("classify", write("new.csv", **new), *texts, "-m", trained_mails).stdout)) == 2
    explained = run("explain", "--file", write("texts.csv", a=["disk"], b=["so"]), *texts, "-m", trained_mails)
    assert explained.exit_code == 0, explained.stderr
    teams = {name: column for name, column in new.items() if name != "team"} | {"teams": ["law", ""]}
    assert "no column 'team', which the model reads as a category" in (
        said := refused("classify", write("new.csv", **teams), *texts, "-m", trained_mails)
    )
    assert said.endswith("did you mean 'teams'?")
    many = {"subject": ["a"] * 2500, "body": ["b"] * 2500, "team": ["it"] * 2500, "age": ["1"] * 2499 + ["x12"]}
    said = refused("classify", write("many.csv", **many), "-m", trained_mails, "-o", "out.csv")
    assert said == "many.csv: row 2,500 of the column 'age' is 'x12', expected a number"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--text", "body", "--number", "age", "--category", "age"), "'age' cannot be both number and category"),
        (("--text", "body", "--category", "body"), "'body' cannot be both text and category"),
        (("--text", "body", "--category", "label", "--label", "label"), "'label' cannot be both category and label"),
        (("--text", "body", "--number", "age", "--number", "age"), "'age' is given twice with --number"),
        (("--text", "body", "--number", "aeg"), "no column 'aeg'.*did you mean 'age'"),
    ],
)
def test_a_column_with_no_clear_role_is_refused_in_one_line(refused, mails, arguments, message):
    import re

    assert re.search(message, refused("train", "--data", mails, *LINEAR, *arguments))


@pytest.mark.parametrize("part", ["--data", "--test"])
def test_a_number_that_does_not_parse_is_named_with_its_row_in_the_file(refused, mails, write, part):
    ages = [*AGES[:16], "x12", *AGES[17:]]
    # A row without a label, which is left out, is counted.
    bad = write("bad.csv", subject=SUBJECTS, body=BODIES, age=ages, team=TEAMS, label=["", *LABELS[1:]])
    files = ("--data", bad) if part == "--data" else ("--data", mails, "--test", bad)

    said = refused("train", *files, *ASKED, *LINEAR)

    assert said == "bad.csv: row 17 of the column 'age' is 'x12', expected a number"


def test_a_number_belongs_to_a_file_of_your_own(run):
    result = run("train", "sentiment", "--number", "age")

    assert (result.exit_code, "--number belongs to a file of your own" in result.stderr) == (2, True)


RECIPE = """
[[text.encoders]]
kind = "bag"

[training]
early_stopping = "none"

[inputs.age]
kind = "number"
clip = 3
"""


@pytest.mark.parametrize(
    ("roles", "kinds"),
    [
        (("--text", "body", "--text", "age"), ["text", "number"]),
        (("--text", "body", "--number", "age"), ["text", "number"]),
        (("--text", "age"), ["number"]),
    ],
)
def test_a_recipe_file_decides_of_what_kind_a_named_column_is(run, write, roles, kinds):
    from seqtext import load

    rows = write("rows.csv", body=BODIES, age=range(40), label=LABELS)
    result = run(
        *("train", "--data", rows, "--recipe", write("age.toml", RECIPE), *roles, "--label", "label", "--out", "m")
    )

    assert result.exit_code == 0, result.stderr
    model = load("m")
    assert [part.kind for part in model.spec.inputs] == kinds
    assert model.preparers["age"].clip == 3


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        (
            ("--text", "body"),
            "the recipe has settings for the input 'age', but only 'text' is read; name its column, as in --number age",
        ),
        (
            ("--text", "body", "--category", "age"),
            "the recipe says that 'age' is a number, and --category that it is a category; write --number age, or "
            "change the recipe",
        ),
    ],
)
def test_a_recipe_file_that_says_another_thing_than_the_options_is_refused(refused, mails, write, roles, message):
    recipe = write("age.toml", RECIPE)

    assert refused("train", "--data", mails, "--recipe", recipe, *roles, "--label", "label") == message


def test_settings_of_a_single_output_may_have_its_name(run, mails):
    result = run("train", "--data", mails, *LINEAR, "--text", "body", "--label", "team", "--set", "team.head=binary")

    assert result.exit_code == 0, result.stderr


def test_what_is_missing_is_told_before_training_and_by_check(run, mails):
    trained = run("train", "--data", mails, *LINEAR, *ASKED, "--out", "m")
    assert "missing, and read as such: 'subject' in 10 rows, 'age' in 10 rows, 'team' in 10 rows" in trained.stderr

    checked = run("check", mails, *ASKED).stdout
    assert (
        "40 rows, texts from 'subject', 'body', numbers from 'age', categories from 'team', labels from 'label'"
        in (checked.splitlines()[0])
    )
    assert "info     empty: 10 of 40 rows (25 %) without 'subject' [rows 3, 7, 11, 15, 19]" in checked


def test_all_texts_are_asked_for_where_one_is_missing_and_outputs_are_told_apart(run, refused, mails, write):
    asked = (*ASKED, "--label", "team2")
    rows = write("two.csv", subject=SUBJECTS, body=BODIES, age=AGES, team=TEAMS, label=LABELS, team2=["x", "y"] * 20)
    assert run("train", "--data", rows, *LINEAR, *asked, "--out", "m").exit_code == 0

    new = write("new.csv", subjects=["a"], body=["b"], age=["1"], team=["it"])
    assert refused("classify", new, "-m", "m") == (
        "new.csv has no column 'subject', from which the model reads its texts; its columns are 'subjects', 'body', "
        "'age', 'team'; say with --text which one to read, one each for 'subject', 'body', in this order; did you mean "
        "'subjects'?"
    )
    assert "\n\nteam2\n=====\n" in run("evaluate", rows, "-m", "m", "--mistakes", "0").stdout


def test_the_column_of_an_output_with_one_label_is_named(refused, write):
    rows = write("one.csv", text=BODIES, label=LABELS, kind=["x"] * 40)

    said = refused("train", "--data", rows, *LINEAR, "--label", "label", "--label", "kind")

    assert said.startswith("all 40 rows have the label 'x' in 'kind', so there is nothing to learn")


def test_columns_are_called_as_the_user_calls_them_in_whatever_script(run, write, rows_of):
    asked = ("--text", "Größe", "--text", "a.b", "--number", "Preis (€)", "--label", "Qualität", "--label", "日本/語")
    rows = {"Größe": SUBJECTS, "a.b": BODIES, "Preis (€)": AGES, "Qualität": LABELS, "日本/語": ["x", "y"] * 20}
    file = write("um.csv", **rows)

    set_too = ("--set", "Größe.max_chars=3", "--set", "a.b.max_chars=4", "--set", "Preis (€).clip=3")
    result = run("train", "--data", file, *asked, *LINEAR, *set_too, "--out", "m", "--no-baseline")
    assert result.exit_code == 0, result.stderr
    assert "Qualität: scores on " in result.stdout
    assert "Größe: bag of " in result.stdout
    assert "日本/語: scores on " in result.stdout
    added = ["Qualität", "Qualität_score", "日本/語", "日本/語_score"]
    texts = write("new.csv", **{name: rows[name] for name in ("Größe", "a.b", "Preis (€)")})
    assert list(rows_of(run("classify", texts, "-m", "m").stdout)[0])[3:] == added
    assert list(json.loads(run("evaluate", file, "-m", "m", "--json").stdout)) == ["Qualität", "日本/語"]
    assert run("evaluate", file, "-m", "m", "-o", "scored.csv").exit_code == 0
    found = rows_of(Path("scored.csv").read_text(encoding="utf-8"))[0]
    assert list(found)[5:7] == ["Qualität_predicted", "Qualität_score"]
    assert "labels Qualität" in run("inspect", "m").stdout


@pytest.mark.slow
def test_a_network_is_trained_on_columns_of_any_script(run, write, tiny_settings, rows_of):
    columns = {"Größe": SUBJECTS, "_b c": BODIES, "团队": TEAMS, "Qualität": LABELS, "mood": ["x", "y"] * 20}
    asked = ("--text", "Größe", "--text", "_b c", "--category", "团队", "--label", "Qualität", "--label", "mood")
    how = ("--recipe", "recurrent", *tiny_settings, "--set", "texts=compared", "--no-baseline")

    assert run("train", "--data", write("um.csv", **columns), *asked, *how, "--out", "m").exit_code == 0

    assert rows_of(run("classify", "um.csv", "-m", "m").stdout)[0]["predicted_Qualität"] in {"money", "tech"}
