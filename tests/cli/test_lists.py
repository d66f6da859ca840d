"""Labels that stand in lists: in jsonl and parquet files, from training to what is written back."""

import json

import pytest

WORDS = {"rain": "wet, really", "sun": "dry", "stone": None}
ROWS = [
    {"text": f"{one} {other} {i}", "tags": sorted({WORDS[one], WORDS[other]} - {None})}
    for i in range(12)
    for one in WORDS
    for other in WORDS
]
TRAIN = ("--multilabel", "tags", "--recipe", "linear", "--out", "weather")


@pytest.fixture
def weather(write):
    return write("weather.jsonl", "\n".join(map(json.dumps, ROWS)))


@pytest.fixture
def trained(run, weather):
    result = run("train", "--data", weather, *TRAIN)
    assert result.exit_code == 0, result.stderr
    return "weather"


def test_lists_of_labels_are_learned_without_a_separator_and_written_as_lists(run, trained, weather, write, rows_of):
    new = write("new.jsonl", '{"text": "rain and sun", "tags": ["?"]}\n{"text": "stone", "tags": []}\n')

    first, second = map(json.loads, run("classify", new, "-m", trained).stdout.splitlines())
    assert (first["label"], first["tags"]) == (["dry", "wet, really"], ["?"])
    assert (second["label"], second["tags"]) == ([], [])

    assert [row["tags"] for row in rows_of(run("classify", new, "-m", trained, "--format", "csv").stdout)] == [
        '["?"]',
        "[]",
    ]
    else_ = ("--min-score", "0.999", "--else", "nobody")
    second = run("classify", new, "-m", trained, *else_).stdout.splitlines()[1]
    assert json.loads(second)["label"] == ["nobody"]

    evaluated = run("evaluate", weather, "-m", trained)
    assert evaluated.exit_code == 0, evaluated.stderr
    assert "dry" in evaluated.stdout


def test_a_model_of_texts_with_separators_writes_lists_to_jsonl_and_texts_to_csv(run, write, rows_of):
    tags = [";".join(row["tags"]) for row in ROWS]
    rows = write("weather.csv", text=[row["text"] for row in ROWS], tags=tags)
    assert run("train", "--data", rows, *TRAIN, "--separator", ";").exit_code == 0
    new = write("new.txt", "rain and sun\n")

    (row,) = rows_of(run("classify", new, "-m", "weather").stdout)
    found = json.loads(run("classify", new, "-m", "weather", "--format", "jsonl").stdout)

    assert row["label"] == "dry;wet, really"
    assert found["label"] == ["dry", "wet, really"]


def test_lists_in_a_parquet_file_are_lists(run, write, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "weather.parquet")
    result = run("train", "--data", "weather.parquet", *TRAIN)

    assert result.exit_code == 0, result.stderr
    assert "2 labels in the column 'tags': dry 60 (56%), 'wet, really' 60 (56%)" in result.stderr


BAD = [
    {"text": "good day", "kind": "a", "tags": ["x", "y"]},
    {"text": "bad day", "kind": "b", "tags": ["y"]},
    {"text": ["bad", "day"], "kind": ["a", "b"], "tags": ["x", None]},
]


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        (("--text", "text", "--label", "kind"), r"the column 'text' is a list, \['bad', 'day'\], expected a text"),
        (("--text", "tags", "--label", "kind"), "row 1 of the column 'tags' is a list"),
        (("--category", "kind", "--label", "text"), "row 3 of the column 'kind' is a list.*expected a single category"),
        (
            ("--text", "fine", "--number", "tags", "--label", "kind"),
            "row 1 of the column 'tags' is .*expected a number",
        ),
        (
            ("--text", "fine", "--label", "kind"),
            r"row 3 of the column 'kind' is a list, \['a', 'b'\], expected one label",
        ),
        (("--text", "fine", "--multilabel", "tags"), "row 3 of the column 'tags' has an empty label in its list"),
    ],
)
@pytest.mark.parametrize("command", ["train", "check"])
def test_a_list_where_one_value_should_be_is_named_with_its_row(refused, write, command, roles, message):
    rows = write("bad.jsonl", "\n".join(json.dumps({**row, "fine": "fine"}) for row in BAD))
    if "--text" not in roles:
        roles = ("--text", "fine", *roles)
    if command == "check" and "--number" in roles:
        pytest.skip("check counts what is no number")
    data = (rows,) if command == "check" else ("--data", rows, "--recipe", "linear")

    import re

    assert re.search(f"^bad.jsonl: .*{message}", refused(command, *data, *roles))


def test_check_counts_the_labels_in_lists(run, weather):
    (part,) = json.loads(run("check", weather, "--multilabel", "tags", "--json").stdout)

    (found,) = [one for one in part["findings"] if one["check"] == "labels"]
    assert found["facts"] == {"column": "tags", "labels": {"dry": 60, "wet, really": 60}, "empty": 12}
