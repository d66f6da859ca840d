"""TextPipeline: raw text to ids and back, fast and slow road alike, and what it refuses."""

import json
import pickle
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext import parallel
from seqtext.errors import DataError, RecipeError, SeqtextError
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.clean import PROFILES, clean
from seqtext.preprocess.split import SPLITTERS

CORPUS = ["Good film, good cast!", "Bad film.", "", None, "don't <b>go</b> http://t.co/x 👍🏽"]

snippets = st.sampled_from(
    ["<br />", "&amp;", "RT @jo:", "http://t.co/x", "a@b.cc", "#Fun2", "soooo", "don't", "’", "3.5", "👍🏽",
     "e\u0301", "ΑΣ", "日本", " ", "\u00a0", "\x1c", "[UNK]", "good", "film."]
)  # fmt: skip
texts = st.lists(snippets | st.text(max_size=6), max_size=8).map("".join)
step_lists = st.lists(
    st.sampled_from(
        ["lowercase", "unicode", "html", "urls=token", "emails", "mentions", "hashtags=split", "retweet",
         "emoji=name", "numbers", "repeats", "spaces", "punctuation", "accents", "contractions", "stopwords",
         "urls=keep", ("regex", r"o+\s", "0")]
    ),
    max_size=5,
)  # fmt: skip


@pytest.fixture
def fitted():
    return TextPipeline().fit(["Good film", "film!", *CORPUS])


def test_ids_go_by_frequency_and_then_by_the_alphabet():
    assert TextPipeline().fit(["b a", "c b"]).vocabulary_ == ["", "[UNK]", "b", "a", "c"]


def test_the_order_of_texts_does_not_matter():
    assert TextPipeline().fit(CORPUS).vocabulary_ == TextPipeline().fit(CORPUS[::-1]).vocabulary_


def test_the_size_of_the_vocabulary_counts_everything():
    assert len(TextPipeline(num_words=4).fit(CORPUS).vocabulary_) == 4


def test_rare_words_are_unknown():
    assert TextPipeline(min_count=2).fit(CORPUS).vocabulary_ == ["", "[UNK]", "<", ">", "b", "film", "good"]


def test_an_unknown_word_becomes_id_one(fitted):
    assert fitted.encode(["zebra"])[0].tolist() == [1]


@pytest.mark.parametrize("nothing", ["", "  \n", None, float("nan"), np.nan, pd.NA, pd.NaT, "\u200b"])
def test_an_empty_or_missing_text_becomes_one_unknown_word(fitted, nothing):
    assert fitted.encode([nothing])[0].tolist() == [1]


def test_rows_are_padded_on_the_right_to_the_longest(fitted):
    assert fitted.transform(["film good", "film"]).tolist() == [[2, 3], [2, 0]]


def test_no_rows_give_an_array_without_rows(fitted):
    assert fitted.transform([]).shape == (0, 0)


def test_encoded_rows_are_padded_to_the_bucket_of_the_longest(fitted):
    padded = fitted.pad(fitted.encode(["film good film good film", "film"]))

    assert padded.tolist() == [[2, 3, 2, 3, 2, 0], [2, 0, 0, 0, 0, 0]]
    assert padded.dtype == np.int32


def test_rows_can_be_padded_to_the_greatest_length():
    pipeline = TextPipeline(max_length=4, padding="max_length").fit(["a"])

    assert pipeline.transform(["a"]).tolist() == [[2, 0, 0, 0]]


@pytest.mark.parametrize(("truncating", "kept"), [("post", "a b c"), ("pre", "c d e"), ("middle", "a b e")])
def test_a_long_text_is_cut(truncating, kept):
    pipeline = TextPipeline(max_length=3, truncating=truncating).fit(["a b c d e"])

    assert pipeline.inverse_transform(pipeline.transform(["a b c d e"])) == [kept.split()]


def test_inverse_transform_gives_the_words_back(fitted):
    assert fitted.inverse_transform(fitted.transform(["Good zebra!"])) == [["good", "[UNK]", "!"]]


def test_inverse_transform_refuses_an_id_without_a_word(fitted):
    with pytest.raises(ValueError, match="row 1 holds an id outside 0 to"):
        fitted.inverse_transform([[10_000]])


def test_fitting_again_starts_afresh():
    pipeline = TextPipeline().fit(["old words"])
    pipeline.transform(["old words"])

    assert pipeline.fit(["new"]).encode(["old new"])[0].tolist() == [1, 2]


def test_an_option_changed_after_fitting_takes_effect():
    pipeline = TextPipeline(clean=["lowercase"]).fit(["a A"])
    pipeline.encode(["A"])
    pipeline.clean.remove("lowercase")

    assert pipeline.encode(["A"])[0].tolist() == [1]


@settings(max_examples=300, deadline=None)
@given(
    corpus=st.lists(texts, max_size=5),
    steps=step_lists,
    splitter=st.sampled_from(["words", "whitespace", "keras", "chars"]),
)
def test_the_fast_road_gives_what_the_plain_one_gives(corpus, steps, splitter):
    pipeline = TextPipeline(clean=steps, tokens=splitter)
    plain = [SPLITTERS[splitter](clean(text, steps)) for text in corpus]

    pipeline.fit(corpus)
    index = {word: place for place, word in enumerate(pipeline.vocabulary_)}

    assert [ids.tolist() for ids in pipeline.encode(corpus)] == [
        [index.get(token, 1) or 1 for token in tokens] or [1] for tokens in plain
    ]
    assert set(index) - {"", "[UNK]"} == {token for tokens in plain for token in tokens if is_kept(token)}


def is_kept(token):
    return token != "[UNK]" and not any("\ud800" <= character <= "\udfff" for character in token)


def test_a_piece_without_a_token_has_no_id():
    invisible = "\u00ad"

    assert TextPipeline().fit(["a", invisible]).encode([f"a {invisible}"])[0].tolist() == [2]


def test_words_that_cannot_be_known_take_no_place():
    corpus = ["[UNK] [UNK] [UNK] b b a"]

    assert TextPipeline(tokens="whitespace", clean=[], num_words=4).fit(corpus).vocabulary_[2:] == ["b", "a"]


def test_a_generator_is_read_one_text_at_a_time(fitted):
    taken = []

    def generate():
        for text in CORPUS:
            taken.append(text)
            yield text

    next(fitted.iter_encode(generate()))

    assert taken == CORPUS[:1]


@pytest.mark.parametrize(
    "column", [np.array(["a", None], dtype=object), pd.Series(["a", None]), pd.DataFrame({"text": ["a", None]}),
    ("a", None)]
)  # fmt: skip
def test_texts_come_in_any_column(column):
    assert TextPipeline().fit(column).encode(column)[0].tolist() == [2]


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ("one text", TypeError, "not a single one; write \\[text\\]"),
        (["a", 3], TypeError, "row 2 is int \\(3\\), not a text"),
        ([b"a"], TypeError, "row 1 is bytes"),
        ({"text": ["a"]}, TypeError, "not a dict"),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), ValueError, "one column of texts, not 2"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(rows, error, message):
    with pytest.raises(error, match=message):
        TextPipeline().fit(rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clean": ["lower"]}, "no cleaning step 'lower'; did you mean 'lowercase'"),
        ({"tokens": "word"}, "no tokens 'word'; did you mean 'words'\\? Choose from words, keras"),
        ({"num_words": 1}, "num_words is 1; expected a whole number from 2"),
        ({"num_words": 2.5}, "num_words is 2.5"),
        ({"min_count": 0}, "min_count is 0"),
        ({"max_length": 0}, "max_length is 0"),
        ({"truncating": "left"}, "no truncating 'left'"),
        ({"padding": "max_length"}, "needs a max_length"),
        ({"n_jobs": True}, "n_jobs is True"),
    ],
)
def test_a_wrong_option_is_refused_when_fitting(options, message):
    with pytest.raises(RecipeError, match=message):
        TextPipeline(**options).fit(["a"])


def test_using_before_fitting_is_refused():
    with pytest.raises(ValueError, match=r"call fit\(texts\) first"):
        TextPipeline().transform(["a"])


# ---------------------------------------------------------------------- saving


@pytest.mark.parametrize("steps", [*PROFILES, ["lowercase", ["regex", "a+", "b"]]])
def test_a_saved_pipeline_does_the_same(tmp_path, steps):
    before = TextPipeline(clean=steps, max_length=3, truncating="middle").fit(CORPUS)
    before.save(tmp_path / "pipeline.json")

    after = TextPipeline.load(tmp_path / "pipeline.json")

    assert after.to_dict() == before.to_dict()
    assert np.array_equal(after.transform(CORPUS), before.transform(CORPUS))


def test_saving_leaves_only_the_file(tmp_path, fitted):
    fitted.save(tmp_path / "pipeline.json")

    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.json"]


def test_to_dict_is_plain_json(fitted):
    assert json.loads(json.dumps(fitted.to_dict())) == fitted.to_dict()


@pytest.mark.parametrize("options", [{"tokens": str.split}, {"clean": [str.upper]}])
def test_a_function_is_used_but_not_saved(options):
    pipeline = TextPipeline(**options).fit(["a"])

    with pytest.raises(RecipeError, match="a saved model holds no code"):
        pipeline.to_dict()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "format 2, this version reads 1"),
        ({"extra": 1}, "unknown entries: extra"),
        ({"clean": "tweets"}, "cleaning steps are a list"),
        ({"clean": ["lowercase"] * 101}, "at most 100"),
        ({"clean": [["regex", "(?=a)", ""]]}, "no look-around"),
        ({"clean": [{"regex": "a"}]}, "is no cleaning step"),
        ({"clean": [None]}, "is no cleaning step"),
        ({"tokens": None}, "name of a splitter"),
        ({"tokens": "os.system"}, "no tokens 'os.system'"),
        ({"num_words": 10**9}, "num_words is 1000000000"),
        ({"max_length": 10**9}, "max_length is"),
        ({"max_length": "9"}, "max_length is '9'"),
        ({"min_count": None}, "min_count is None"),
        ({"truncating": ["post"]}, "truncating is \\['post'\\]; choose from post"),
        ({"padding": 7}, "padding is 7; choose"),
        ({"vocabulary": "words"}, "a vocabulary is a list"),
        ({"vocabulary": ["", "x"]}, "begins with"),
        ({"vocabulary": ["", "[UNK]", "a", "a"]}, "holds 'a' twice"),
        ({"vocabulary": ["", "[UNK]", 7]}, "word 2 of the vocabulary is no word: 7"),
        ({"vocabulary": ["", "[UNK]", "a" * 2_000]}, "is no word"),
        ({"vocabulary": {"a": 1}}, "a vocabulary is a list"),
    ],
)
def test_a_damaged_or_hostile_file_is_refused(fitted, change, message):
    saved = {**fitted.to_dict(), **change}

    with pytest.raises(SeqtextError, match=message):
        TextPipeline.from_dict(saved)


@pytest.mark.parametrize("name", ["vocabulary", "clean", "format"])
def test_a_missing_entry_is_named(fitted, name):
    saved = fitted.to_dict()
    del saved[name]

    with pytest.raises(DataError, match=f"has no {name}"):
        TextPipeline.from_dict(saved)


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, "\x00"])
def test_a_file_that_is_no_pipeline_is_refused(tmp_path, content):
    (tmp_path / "broken.json").write_text(content)

    with pytest.raises(DataError):
        TextPipeline.load(tmp_path / "broken.json")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"absent\.json"):
        TextPipeline.load(tmp_path / "absent.json")


def test_a_pickled_pipeline_leaves_its_cache_behind(fitted):
    fitted.encode(CORPUS)

    again = pickle.loads(pickle.dumps(fitted))

    assert vars(again).keys() == {*fitted.get_params(), "vocabulary_"}
    assert np.array_equal(again.transform(CORPUS), fitted.transform(CORPUS))


def test_other_processes_give_the_same(monkeypatch):
    monkeypatch.setattr(parallel, "BLOCK", 1_000)
    corpus = [f"word{number % 7} film {number}" for number in range(4_500)]
    alone = TextPipeline().fit(corpus)

    together = TextPipeline(n_jobs=2).fit(corpus)

    assert together.vocabulary_ == alone.vocabulary_
    assert np.array_equal(together.transform(iter(corpus)), alone.transform(corpus))


def test_a_hostile_text_takes_linear_time(fitted):
    start = time.process_time()

    for unit in ("a", "a.", "'", "<a", "e\u0301\u0316", "a "):
        fitted.encode([unit * (100_000 // len(unit))])

    assert time.process_time() - start < 3


def test_nothing_heavy_is_imported():
    program = (
        "import sys; from seqtext.preprocess import TextPipeline;"
        "TextPipeline(clean='tweets').fit_transform(['é 👍 a']);"
        "print(sorted({'tensorflow', 'keras', 'pandas', 'sklearn', 'nltk', 'scipy'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


# ---------------------------------------------------------------------- scikit-learn


def test_the_constructor_only_stores():
    steps = ["no such step"]

    assert TextPipeline(clean=steps).clean is steps


def test_clone_keeps_the_options_and_forgets_the_words(fitted):
    from sklearn.base import clone as copy

    copied = copy(fitted.set_params(num_words=7))

    assert (copied.num_words, hasattr(copied, "vocabulary_")) == (7, False)


def test_an_unknown_option_is_answered_with_the_choices():
    with pytest.raises(ValueError, match="option 'num_word'; did you mean 'num_words'"):
        TextPipeline().set_params(num_word=3)


def test_it_stands_in_a_scikit_learn_pipeline():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TextPipeline(max_length=3, padding="max_length"), LogisticRegression())
    search = GridSearchCV(model, {"textpipeline__num_words": [4, 10]}, cv=2, error_score="raise")

    search.fit(["good film", "bad film", "good one", "bad one"] * 3, ["+", "-", "+", "-"] * 3)

    assert search.predict(["bad film", "good film"]).tolist() == ["-", "+"]


@pytest.mark.parametrize("selected", ["text", ["text"]])
def test_it_stands_in_a_column_transformer(selected):
    from sklearn.compose import ColumnTransformer

    frame = pd.DataFrame({"text": ["a b", None], "stars": [1, 5]})
    columns = ColumnTransformer(
        [
            ("ids", TextPipeline(max_length=2, padding="max_length"), selected),
            ("stars", "passthrough", ["stars"]),
        ]
    )

    assert columns.fit_transform(frame).tolist() == [[2, 3, 1], [1, 0, 5]]


def test_it_gives_a_frame_when_asked():
    pipeline = TextPipeline(max_length=2, padding="max_length").set_output(transform="pandas")

    frame = pipeline.fit_transform(pd.Series(["a b", "a"], index=[7, 9]))

    assert frame.to_dict("index") == {7: {"token0": 2, "token1": 3}, 9: {"token0": 2, "token1": 0}}


def test_a_column_transformer_gives_a_frame_when_asked():
    from sklearn.compose import ColumnTransformer

    columns = ColumnTransformer([("ids", TextPipeline(max_length=2, padding="max_length"), "text")])
    columns.set_output(transform="pandas")

    assert list(columns.fit_transform(pd.DataFrame({"text": ["a"]}))) == ["ids__token0", "ids__token1"]


def test_not_fitted_is_scikit_learns_own_error_where_it_is_loaded():
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        TextPipeline().transform(["a"])


# ---------------------------------------------------------------------- batches


def test_batches_hold_every_row_once_with_its_label(fitted):
    rows = ["good film", "bad", "good", "film film film"]

    batches = list(fitted.batches(rows, [0, 1, 2, 3], batch_size=2))

    assert sorted(label for _, labels in batches for label in labels.tolist()) == [0, 1, 2, 3]
    assert [ids.shape[1] for ids, _ in batches] == [1, 3]


def test_batches_without_labels_are_ids_alone(fitted):
    assert [ids.tolist() for ids in fitted.batches(["film"], batch_size=2)] == [[[2]]]


def test_labels_must_be_as_many_as_texts(fitted):
    with pytest.raises(ValueError, match="1 texts, but 2 labels"):
        list(fitted.batches(["film"], [0, 1], batch_size=2))


def test_an_extended_pipeline_knows_more_words_and_the_old_ones_by_their_old_ids():
    pipeline = TextPipeline(num_words=4).fit(["good film", "good cast"])
    before = pipeline.transform(["good film new"]).tolist()

    pipeline.extend(["new", "good", "", "[UNK]", "new"])

    assert pipeline.vocabulary_[4:] == ["new"]
    assert pipeline.transform(["good film new"]).tolist() == [[*before[0][:2], 4]]
    assert TextPipeline.from_dict(pipeline.to_dict()).vocabulary_ == pipeline.vocabulary_
