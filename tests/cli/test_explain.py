"""``seqtext explain``: one text stage by stage, and a file in numbers."""

import json
import os
import subprocess
import sys

import pytest

TWEETS = ["RT @jo: SOOO good http://t.co/x", "so bad", "", "so so", "good grief"]


@pytest.fixture
def tweets(write):
    return write("tweets.csv", tweet=TWEETS, stars=["5", "1", "3", "3", "2"])


def line(text, name):
    return next(line for line in text.splitlines() if line.startswith(name))[len(name) :].strip()


def test_each_step_that_changes_the_text_is_shown(run):
    text = run("explain", "RT @jo: SOOO good http://t.co/x", "--clean", "tweets").stdout

    assert line(text, "retweet") == "@jo: SOOO good http://t.co/x"
    assert line(text, "tokens").split() == ["user", ":", "soo", "good", "url"]


def test_steps_and_profiles_are_separated_by_commas(run):
    text = run("explain", "É &amp; 12", "--clean", "reviews, accents,numbers=token").stdout

    assert line(text, "tokens").split() == ["e", "&", "number"]


def test_no_steps_are_no_steps(run):
    assert line(run("explain", "SO", "--clean", "").stdout, "tokens") == "SO"


def test_the_other_options_are_those_of_the_pipeline(run):
    text = run("explain", "a-b c d", "--tokens", "whitespace", "--max-length", "2", "--truncating", "middle").stdout

    assert line(text, "cut") == "1 of 3 tokens"


def test_a_model_marks_the_words_that_it_does_not_know(run, model):
    text = run("explain", "what a zebra", "-m", model).stdout

    assert line(text, "ids").endswith(" 1?")
    assert line(text, "unknown") == "1 of 3 tokens: zebra"


def test_a_model_of_several_texts_explains_each_of_its_inputs(run, pairs):
    text = run("explain", "what a film", "-m", pairs).stdout

    assert [one for one in text.splitlines() if one.startswith("==")] == ["== title ==", "== body =="]


def test_a_dash_reads_the_text_from_standard_input(run):
    assert line(run("explain", "-", input="So\ngood\n").stdout, "tokens").split() == ["so", "good"]


def test_the_encoding_of_standard_input_can_be_told(run, refused):
    raw = "é".encode("latin-1")

    assert line(run("explain", "-", "--encoding", "latin-1", input=raw).stdout, "tokens") == "é"
    assert refused("explain", "-", input=raw).startswith("the text on standard input is not utf-8; ")


def test_json_holds_every_stage(run):
    found = json.loads(run("explain", "So good", "--json").stdout)

    assert found["stages"] == [{"step": "lowercase", "text": "so good", "changed": True}]
    assert found["tokens"] == ["so", "good"]


def test_json_of_several_inputs_has_their_names(run, pairs):
    assert set(json.loads(run("explain", "So", "-m", pairs, "--json").stdout)) == {"title", "body"}


def test_a_file_is_reported_on(run, tweets):
    text = run("explain", "--file", tweets, "--clean", "urls,lowercase", "--lengths", "2,4").stdout

    assert text.startswith("5 texts, 11 tokens, 1 texts without a token\n")
    assert line(text, "urls").split() == ["20.0%", "0.0%"]
    assert line(text, "lowercase").split() == ["20.0%", "0.0%"]
    assert line(text, "     4  ").split() == ["20.0%", "9.1%"]
    assert "50.00% of 2 tokens in every fifth text are not among" in text
    assert text.rstrip().endswith("grief 1")


def test_a_report_as_json(run, tweets):
    found = json.loads(run("explain", "--file", tweets, "--lengths", "2", "--top", "0", "--json").stdout)

    assert (found["texts"], found["empty"], found["is_held_out"]) == (5, 1, True)
    assert found["truncation"] == [{"length": 2, "texts_cut": 1, "tokens_lost": 4}]
    assert found["unknown_words"] == []


def test_a_model_tells_what_it_does_not_know_of_a_file(run, model, write):
    write("new.txt", "a lovely film\na lovely zebra\n")

    text = run("explain", "--file", "new.txt", "-m", model).stdout

    assert "16.67% of 6 tokens are not among" in text
    assert text.rstrip().endswith("zebra 1")


def test_a_model_of_several_texts_reports_on_the_column_of_each(run, pairs, write):
    write("new.csv", a=["what", "a"], b=["so so", "la la la"])

    found = json.loads(run("explain", "--file", "new.csv", "-m", pairs, "--text", "a", "--text", "b", "--json").stdout)

    assert {name: one["tokens"] for name, one in found.items()} == {"title": 2, "body": 5}


def test_the_column_of_the_texts_can_be_named(run, tweets):
    assert run("explain", "--file", tweets, "--text", "stars").stdout.startswith("5 texts, 5 tokens")


def test_a_file_is_read_from_standard_input(run):
    assert run("explain", "--file", "-", input="a b\nc\n").stdout.startswith("2 texts, 3 tokens")


def test_lengths_are_drawn(run, tweets, tmp_path):
    pytest.importorskip("matplotlib")

    result = run("explain", "--file", tweets, "--plot", "lengths.png")

    assert result.stderr == "wrote lengths.png\n"
    assert (tmp_path / "lengths.png").read_bytes().startswith(b"\x89PNG")


def test_each_input_of_a_model_has_a_picture_of_its_own(run, pairs, write, tmp_path):
    pytest.importorskip("matplotlib")
    write("new.csv", title=["what"], body=["so so"])

    run("explain", "--file", "new.csv", "-m", pairs, "--plot", "lengths.svg")

    assert sorted(path.name for path in tmp_path.glob("*.svg")) == ["lengths-body.svg", "lengths-title.svg"]


def test_a_picture_without_matplotlib_names_the_extra(refused, tweets, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    assert "pip install 'seqtext[plots]'" in refused("explain", "--file", tweets, "--plot", "a.png")


def test_a_picture_of_no_known_kind_is_refused(refused, tweets):
    pytest.importorskip("matplotlib")

    assert refused("explain", "--file", tweets, "--plot", "a.xyz").startswith("cannot draw a.xyz: choose the suffix")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--file", "nowhere.csv"], "there is no file nowhere.csv"),
        (["--file", "tweets.csv", "--text", "twet"], "tweets.csv has no column 'twet'; its columns are"),
        (["--file", "odd.csv"], "odd.csv has the columns 'a', 'b'; say with --text which one has the text"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_user_can_put_right_is_one_line(refused, tweets, write, arguments, message):
    write("odd.csv", a=["x"], b=["y"])

    assert refused("explain", *arguments).startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either a TEXT or --file FILE"),
        (["x", "--file", "tweets.csv"], "give either a TEXT or --file FILE"),
        (["x", "--plot", "a.png"], "--plot belongs to a file; add --file FILE"),
        (["x", "--clean", "tweets", "-m", "models/mood"], "-m brings a pipeline of its own; leave out --clean"),
        (["x", "--max-length", "3", "-m", "models/mood"], "leave out --max-length"),
        (["--file", "tweets.csv", "--lengths", "2,x"], "--lengths takes numbers, for example 100,200; found '2,x'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_ends_with_status_two(run, arguments, message):
    result = run("explain", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_control_characters_do_not_reach_the_terminal(run, write):
    write("evil.txt", "so\n\n\n\n\x1b[2J\n")

    assert "\x1b" not in run("explain", "\x1b[2J").stdout
    assert "\x1b" not in run("explain", "--file", "evil.txt").stdout


@pytest.mark.parametrize("what", ["text", "file"])
def test_it_imports_nothing_heavy(model, tmp_path, what):
    (tmp_path / "a.csv").write_text("text\nso good\n")
    arguments = ["explain", *(["so good"] if what == "text" else ["--file", "a.csv"]), "-m", str(model)]
    heavy = ("tensorflow", "keras", "pandas", "sklearn", "nltk", "scipy", "onnxruntime", "matplotlib")
    program = (
        f"import sys; from seqtext.cli import main; main({arguments!r}, standalone_mode=False);"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ)

    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr
