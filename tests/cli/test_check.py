"""``seqtext check``: readable, readable by programs, and strict when asked."""

import json

import pytest

TWEETS = """\
id,text,sentiment
1,so good,pos
2,so bad,neg
3,So good!,pos
4,fine and well,pos
5,not my day,neg
6,so bad,neu
"""


@pytest.fixture
def folder(tmp_path):
    """The folder that the command runs in, with a file of six tweets."""
    (tmp_path / "tweets.csv").write_text(TWEETS)
    return tmp_path


@pytest.fixture
def check(run):
    """Function that runs ``seqtext check`` with these arguments."""
    return lambda *arguments: run("check", *arguments)


def test_the_gravest_finding_comes_first_with_its_rows(folder, check):
    lines = check("tweets.csv").stdout.splitlines()

    assert lines[0] == "tweets.csv: 6 rows, texts from 'text', labels from 'sentiment'"
    assert lines[1].startswith("  error    labels: 'neu' has a single row")
    (contradictions,) = [line for line in lines if line.startswith("  warning  contradictions: 2 of 6 rows")]
    assert contradictions.endswith("[rows 2, 6]")
    assert lines[-1].endswith("warnings")


def test_findings_are_no_failure_unless_asked(folder, check):
    assert check("tweets.csv").exit_code == 0
    assert check("tweets.csv", "--strict").exit_code == 1


def test_strict_passes_a_file_without_warnings(folder, check):
    (folder / "plain.txt").write_text("\n".join(f"the text {number} of many" for number in range(9)))

    assert check("plain.txt", "--strict").exit_code == 0


def test_json_holds_the_numbers(folder, check):
    (part,) = json.loads(check("tweets.csv", "--json", "--share", "0.5").stdout)

    assert (part["name"], part["rows"], part["text"], part["label"]) == ("tweets.csv", 6, ["text"], ["sentiment"])
    split = next(finding for finding in part["findings"] if finding["check"] == "random-split")
    assert split["severity"] == "warning"
    assert split["facts"]["share"] == 0.5
    assert split["facts"]["overlap"]["exact"] == pytest.approx(2 / 6 * 0.6)
    counts = next(finding for finding in part["findings"] if finding["check"] == "labels")
    assert counts["facts"]["labels"] == {"pos": 3, "neg": 2, "neu": 1}


def test_labels_restrict_the_rows_and_keep_their_numbers(folder, check):
    output = check("tweets.csv", "--labels", "neg, neu").stdout

    assert output.startswith("tweets.csv: 3 rows")
    assert "[rows 2, 6]" in output


def test_an_unknown_label_is_one_line(folder, check):
    result = check("tweets.csv", "--labels", "neg,possitive")

    assert result.exit_code == 1
    assert result.stderr.startswith("seqtext: no row of tweets.csv has 'possitive' in 'sentiment', which holds")


def test_the_test_file_is_checked_for_texts_of_the_first(folder, check):
    (folder / "test.csv").write_text("text,sentiment\nSO BAD,pos\nsomething new,neg\n")

    output = check("tweets.csv", "--test", "test.csv").stdout

    assert "shared: 1 of 2 rows (50 %) have their text in tweets.csv as well (0 to the letter)" in output
    assert "shared: 1 of these carry another 'sentiment' in tweets.csv" in output


def test_a_column_can_name_the_parts(folder, check):
    (folder / "parts.csv").write_text("text,label,set\na b,x,train\nc d,y,train\na b,x,test\n")

    output = check("parts.csv", "--part", "set").stdout

    assert "parts.csv (train): 2 rows" in output
    assert "parts.csv (test): 1 row," in output
    assert "shared: 1 of 1 rows (100 %) have their text in parts.csv (train) as well" in output


def test_a_tree_of_texts_is_checked_part_by_part(folder, check):
    for name in ("train/pos/1", "train/neg/1", "test/pos/1"):
        path = folder / "tree" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"the text of {name}")

    output = check("tree").stdout

    assert "tree (train): 2 rows" in output
    assert "tree (test): 1 row," in output


@pytest.mark.parametrize(
    ("name", "data", "options"),
    [
        ("sms", 'ham\t"Lol" he said\nspam\tWin now\n', ["--input-format", "tsv", "--no-quotes", "--no-header"]),
        ("sms.csv", "ham;Lol\nspam;Win\n", ["--delimiter", ";", "--no-header"]),
    ],
)
def test_files_without_header_are_read(folder, check, name, data, options):
    (folder / name).write_text(data)

    output = check(name, *options, "--text", "column2", "--label", "column1").stdout

    assert output.startswith(f"{name}: 2 rows, texts from 'column2', labels from 'column1'")


def test_the_only_column_is_the_text(folder, check):
    (folder / "titles.csv").write_text("title\none\ntwo\n")

    assert check("titles.csv").stdout.startswith("titles.csv: 2 rows, texts from 'title', no column with labels")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["missing.csv"], "there is no file missing.csv"),
        (["tweets.csv", "--text", "txt"], "tweets.csv has no column 'txt'; its columns are"),
        (["tweets.csv", "--part", "set"], "tweets.csv has no column 'set'"),
        (["odd.csv"], "odd.csv has the columns 'a', 'b'; say with --text which one has the text"),
        (["plain.txt", "--labels", "x"], "plain.txt has the columns 'text'; name that of the labels with --label"),
    ],
)
def test_what_a_user_can_put_right_is_one_line(folder, check, options, message):
    (folder / "odd.csv").write_text("a,b\nc,d\n")
    (folder / "plain.txt").write_text("text\n")
    result = check(*options)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"seqtext: {message}")
    assert result.stderr.count("\n") == 1


def test_control_characters_of_a_file_do_not_reach_the_terminal(folder, check):
    (folder / "evil.csv").write_text("text,label\na,\x1b[2Jx\nb,y\n")

    assert "\x1b" not in check("evil.csv").stdout


def test_the_columns_are_named_as_in_training(folder, check):
    (folder / "mails.csv").write_text('text,age,team,tags\nhi there,3,it,"a;b"\nyou all,x,it,b\n')
    roles = ("--number", "age", "--category", "team", "--multilabel", "tags", "--separator", ";")

    (part,) = json.loads(check("mails.csv", *roles, "--json").stdout)

    assert (part["label"], part["number"], part["category"]) == (["tags"], ["age"], ["team"])
    messages = {
        finding["check"]: finding["message"] for finding in part["findings"] if finding["severity"] != "warning"
    }
    assert messages["labels"].startswith("2 labels in 'tags', 1.5 a row: 'b' 2 (100 %), 'a' 1 (50 %)")
    assert "row 2 is 'x', expected a number" in json.dumps(part)
    assert check("mails.csv", "--number", "team", "--category", "team").exit_code == 1
    assert check("mails.csv", "--separator", ";").exit_code == 2
