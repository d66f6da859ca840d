"""Help and wrong usage: what a stranger reads first."""

import re

import click
import pytest

from seqtext.cli import main
from seqtext.cli.options import READ_FORMATS, WRITTEN_FORMATS
from seqtext.data.formats import FORMATS


def commands(group=main, path=()):
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


EVERY = dict(commands())
every_command = pytest.mark.parametrize("path", EVERY, ids=" ".join)


def test_commands_are_listed_in_the_order_in_which_they_are_needed(run):
    listed = re.findall(r"^  (\w+)  +\S", run("--help").stdout.partition("Commands:")[2], re.MULTILINE)

    assert listed[0] == "train"
    assert listed == list(main.commands)


def test_no_summary_in_the_list_is_cut_off(run):
    assert "..." not in run("--help").stdout.partition("Commands:")[2]


@every_command
def test_every_command_says_what_it_does_and_shows_a_line_to_copy(run, path):
    text = run(*path, "--help").stdout

    assert re.search(r"^  [A-Z].*", text, re.MULTILINE)
    assert isinstance(EVERY[path], click.Group) or f"seqtext {' '.join(path)}" in text.partition("Usage:")[2][20:]


@every_command
def test_every_option_has_a_help_text(path):
    silent = [option.name for option in EVERY[path].params if isinstance(option, click.Option) and not option.help]

    assert silent == []


@every_command
def test_help_fits_a_terminal_of_eighty_columns(run, path):
    long = [line for line in run(*path, "--help").stdout.splitlines() if len(line) > 85]

    assert long == []


def test_the_help_names_every_format():
    read, written = (re.split(", | or ", words) for words in (READ_FORMATS, WRITTEN_FORMATS))

    assert read == list(FORMATS)
    assert written == [name for name, one in FORMATS.items() if one.write]


def test_the_short_form_of_help(run):
    assert run("classify", "-h").stdout == run("classify", "--help").stdout


def test_the_version(run):
    import seqtext

    assert run("--version").stdout == f"seqtext, version {seqtext.__version__}\n"


@pytest.mark.parametrize("command", ["train", "check", "classify", "evaluate", "explain"])
@pytest.mark.parametrize("option", ["--input-format", "--delimiter", "--encoding", "--no-quotes", "--no-header"])
def test_every_command_that_reads_a_file_can_be_told_how(command, option):
    assert option in [name for param in main.commands[command].params for name in param.opts]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "no command 'trian'; there are train, .*; did you mean 'train'?"),
        (["corpora", "ftech"], "no command 'ftech'; there are list, path, fetch; did you mean 'fetch'?"),
        (["classify"], "Missing argument 'FILE'"),
        (["classify", "x.csv", "--prboa"], "'--prboa'.*--proba"),
        (["classify", "x.csv", "--top-k", "0"], "0 is not in the range"),
        (["train"], r"name a task \(sentiment, imdb, authors.*\) or give a file with --data"),
        (["train", "sentimnet"], "no task 'sentimnet'; .*; did you mean 'sentiment'?"),
        (["train", "mails.csv"], "no task 'mails.csv'; .*; for a file of your own use --data"),
        (["train", "authors", "--sample", "--data", "x.csv"], "--sample .* and --data .*; give one of them"),
        (["train", "authors", "--test", "x.csv"], "--test belongs to a file of your own; add --data"),
        (["train", "authors", "--text", "a", "--label", "b"], "--text and --label belong to a file of your own"),
        (["export", "models/x"], "Missing argument 'FILE.onnx'"),
        (["recipes", "--toml"], "--toml prints one recipe; name it"),
        (
            ["classify", "x", "--encoding", "utf8x"],
            r"no encoding 'utf8x'; did you mean 'utf-8'\?$",
        ),
        (["check", "x", "--encoding", "base64"], "no encoding 'base64'; common ones are"),
        (["evaluate", "x", "--delimiter", "||"], r"delimiter '\|\|' is not one character; give one, or one of comma"),
        (["train", "--data", "x", "--delimiter", '"'], "delimiter '\"' is not one character"),
        (["classify", "x", "--input-format", "text"], "no format 'text'; choose from .*; did you mean 'txt'?"),
        (["classify", "x", "--format", "jsnl"], "no format 'jsnl'; .*; did you mean 'jsonl'?"),
        (["train", "--data", "x", "--set", "unts=3"], "no setting 'unts'; did you mean 'units'?"),
        (["train", "--data", "x", "--set", "units"], "'units' lacks its value; write it as name=value, for example"),
        (["train", "--data", "x", "--set", "units=many"], "units is 'many', expected a whole number"),
        (["train", "--data", "x", "--set", "units=-1"], "units is -1, expected 1 to 4,096"),
        (["train", "--data", "x", "--set", "cell=lstn"], "cell is 'lstn', expected one of .*; did you mean 'lstm'?"),
        (
            ["train", "--data", "x", "--number", "age", "--set", "age.clipp=2"],
            "no setting 'age.clipp'; did you mean 'c",
        ),
        (["train", "--data", "x", "--seed", "-1"], "seed is -1, expected 0 to "),
        (["train", "--data", "x", "--recipe", "imbd"], "no recipe 'imbd'; there are .*; did you mean 'imdb'?"),
        (["pretrain", "--data", "x", "--out", "n", "--recipe", "imbd"], "no recipe 'imbd'"),
        (["pretrain", "--data", "x", "--out", "n", "--set", "head=binary"], "no setting 'head' for pre-training"),
        (["recipes", "sentimnet"], "no recipe 'sentimnet'; .*; did you mean 'sentiment'?"),
        (["device", "slides/gop-lstn"], "no recipe .*; did you mean 'slides/gop-lstm'?"),
        (["explain", "x", "--clean", "twets"], "no cleaning step 'twets'; did you mean 'tweets'?"),
        (["explain", "x", "--tokens", "word"], "no tokens 'word'; did you mean 'words'?"),
        (["explain", "x", "--num-words", "1"], "num_words is 1; expected a whole number from 2"),
        (["corpora", "path", "imbd"], "no corpus 'imbd'; .*; did you mean 'imdb'?"),
        (["corpora", "fetch", "imbd"], "no corpus 'imbd'; .*; did you mean 'imdb'?"),
        (["evaluate", "x.csv", "--rename", "1"], "--rename takes OLD=NEW, for example 1=positive; found '1'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_ends_with_status_two_and_says_what_is_right(run, arguments, message):
    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert re.search(f"^Error: .*{message}", result.stderr, re.MULTILINE)


def test_a_file_in_the_place_of_a_task_is_recognised(run, write):
    write("mails.csv", text=["hello"], label=["a"])

    assert "for a file of your own write --data mails.csv" in run("train", "mails.csv").stderr


def test_unexpected_trouble_of_the_system_is_one_line(refused, write, monkeypatch):
    def fail(*_, **__):
        raise OSError(5, "Input/output error", "disk.csv")

    monkeypatch.setattr("seqtext.corpora.status", fail)

    assert refused("corpora", "list") == "cannot use disk.csv: Input/output error"


def test_a_lack_of_memory_is_one_line(refused, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr("seqtext.corpora.status", fail)

    assert refused("corpora", "list").startswith("not enough memory; ")


def test_an_error_of_several_lines_is_shown_in_one(refused, monkeypatch):
    from seqtext.errors import DataError

    def fail(*_, **__):
        raise DataError("first\nsecond")

    monkeypatch.setattr("seqtext.corpora.status", fail)

    assert refused("corpora", "list") == "first second"


def test_help_on_a_full_disk_is_one_line(command, full):
    process = command("--help", stdout=full)

    _, said = process.communicate()

    assert process.returncode == 1
    assert said.decode() == (
        "seqtext: cannot use standard output: no space left on the device; free some or choose another place\n"
    )


@pytest.fixture
def full():
    try:
        file = open("/dev/full", "wb")  # noqa: SIM115
    except OSError:
        pytest.skip("needs /dev/full")
    yield file
    file.close()
