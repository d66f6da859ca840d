"""The fast road of a pipeline: nothing is cut twice, nothing grows without bound, and threads may share it."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from seqtext.preprocess import TextPipeline, pieces
from seqtext.preprocess.split import words

# Links that no other text holds, as in tweets: more different pieces than the cache has room for.
CORPUS = [f"see http://t.co/{number} a good-ish film, no {number % 7}!" for number in range(800)]


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
