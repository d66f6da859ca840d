"""Lemmatising, with a dictionary in WordNet's format that holds a dozen words."""

import pytest

from seqtext.errors import DataError
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.clean import clean
from seqtext.preprocess.lemmatise import FILES

LINES = {
    "index.noun": ["  1 a licence stands here", "pony n 1 0 1 0 00000001", "wa n 1 0 1 0 00000002",
    "good n 1 0 1 0 00000003"],
    "index.verb": ["run v 1 0 1 0 00000001", "be v 1 0 1 0 00000002"],
    "index.adj": ["good a 1 0 1 0 00000001"],
    "index.adv": ["well r 1 0 1 0 00000001"],
    "noun.exc": ["geese goose"],
    "verb.exc": ["ran run", "running run", "was be"],
    "adj.exc": ["better good"],
    "adv.exc": ["better well"],
    "lexnames": ["00\tadj.all\t3", "01\tadj.pert\t3"],
}  # fmt: skip


@pytest.fixture
def wordnet(tmp_path, monkeypatch):
    folder = tmp_path / "wordnet"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text("".join(f"{line}\n" for line in LINES.get(name, [])), encoding="ascii")
    monkeypatch.setenv("SEQTEXT_DATA", str(tmp_path))
    return folder


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        ("lemmatise", "Ponies, ponies!", "pony, pony!"),
        ("lemmatise", "it was goods", "it wa good"),
        ("lemmatise=noun", "Unknown WORDS", "Unknown WORDS"),
        ("lemmatise=verb", "she ran, was running", "she run, be run"),
        ("lemmatise=adjective", "better", "good"),
        ("lemmatise=adverb", "better", "well"),
    ],
)
def test_words_become_their_dictionary_form(wordnet, step, text, expected):
    assert clean(text, [step]) == expected


def test_a_pipeline_lemmatises(wordnet):
    assert TextPipeline(clean=["lowercase", "lemmatise"]).tokenize("Ponies") == ["pony"]


@pytest.fixture
def no_wordnet(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQTEXT_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    return tmp_path


def test_without_wordnet_the_error_says_how_to_get_it(no_wordnet):
    with pytest.raises(DataError, match=r"needs WordNet.*run: seqtext corpora fetch wordnet"):
        clean("ponies", ["lemmatise"])


def test_half_a_wordnet_is_said_to_be_half(no_wordnet):
    (no_wordnet / "wordnet").mkdir()
    (no_wordnet / "wordnet" / "verb.exc").touch()

    with pytest.raises(DataError, match=r"has no index\.noun"):
        clean("ponies", ["lemmatise"])


def test_a_missing_wordnet_is_said_before_any_text_is_read(no_wordnet):
    with pytest.raises(DataError, match="needs WordNet"):
        TextPipeline(clean=["lemmatise"]).fit([])
