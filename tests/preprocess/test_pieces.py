"""The fast road of a pipeline: nothing is cut twice, nothing grows without bound, and threads may share it."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.preprocess import TextPipeline, pieces
from seqtext.preprocess.padding import TRUNCATING, truncate
from seqtext.preprocess.split import words

# Links that no other text holds, as in tweets: more different pieces than the cache has room for.
CORPUS = [f"see http://t.co/{number} a good-ish film, no {number % 7}!" for number in range(800)]
PIECES = ["film", "a-b", "1,2", "http://x.y", "<b>", ":)", "\u96fb\u5f71"]


@pytest.fixture
def small_cache(monkeypatch):
    monkeypatch.setattr(pieces, "MAX_PIECES", 50)


@pytest.fixture
def often_switching():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def plain(vocabulary):
    """What the encoder must return, one token at a time."""
    index = {word: place for place, word in enumerate(vocabulary)}
    return [[index.get(token, 1) for token in words(text.lower())] for text in CORPUS]


def encode(pipeline):
    return [ids.tolist() for ids in pipeline.encode(CORPUS)]


def test_a_full_cache_changes_nothing(small_cache):
    pipeline = TextPipeline(min_count=2).fit(CORPUS)

    assert pipeline.vocabulary_[2:5] == ["!", ",", "-"]
    assert encode(pipeline) == plain(pipeline.vocabulary_)


@given(
    texts=st.lists(
        st.lists(st.sampled_from(["film", "a-b", "1,2", "http://x.y", "<b>", ":)", "\u96fb\u5f71"])), min_size=1
    ),
    length=st.integers(1, 9),
    truncating=st.sampled_from(TRUNCATING),
    clean=st.sampled_from([["lowercase"], ["html", "urls"], ["punctuation"], ["numbers=token"]]),
)
def test_a_text_of_which_not_all_is_read_has_the_ids_of_one_that_is_read_and_cut(texts, length, truncating, clean):
    whole = [" ".join(parts) for parts in texts]
    pipeline = TextPipeline(clean=clean).fit(whole)
    expected = [truncate(ids, length, truncating).tolist() for ids in pipeline.encode(whole)]

    found = pipeline.set_params(max_length=length, truncating=truncating).encode(whole)

    assert [ids.tolist() for ids in found] == expected


def test_of_a_long_text_only_the_ends_that_are_kept_are_looked_up(monkeypatch):
    pipeline = TextPipeline(max_length=4, truncating="middle").fit(["one two three"])
    made, ids = [], pieces.PieceIds
    monkeypatch.setattr(pieces, "PieceIds", lambda find: made.append(ids(find)) or made[0])

    pipeline.encode(["one two three four five six seven eight"])

    assert list(made[0]) == ["one", "two", "seven", "eight"]


def test_a_cache_never_holds_more_than_it_has_room_for(small_cache):
    cache = pieces.PieceIds(str.encode)

    for number in range(1_000):
        cache[f"piece{number}"]

    assert 0 < len(cache) <= 50


def test_long_pieces_are_not_remembered():
    cache = pieces.PieceIds(str.encode)

    cache["a" * 65], cache["a" * 64]

    assert list(cache) == ["a" * 64]


@pytest.mark.parametrize("prepare", [lambda fitted: fitted, lambda fitted: TextPipeline.from_dict(fitted.to_dict())])
def test_sixteen_threads_share_a_pipeline(small_cache, often_switching, prepare):
    pipeline = prepare(TextPipeline(min_count=2).fit(CORPUS))

    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(encode, [pipeline] * 48))

    assert results == [plain(pipeline.vocabulary_)] * 48
