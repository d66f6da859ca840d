"""What seqtext.preprocess offers, and that its parts agree with TensorFlow's datasets."""

import pytest

import seqtext.preprocess
from seqtext.preprocess import TextPipeline


@pytest.mark.parametrize("name", seqtext.preprocess.__all__)
def test_every_public_name_can_be_fetched(name):
    assert getattr(seqtext.preprocess, name).__module__.startswith("seqtext.preprocess.")


def test_public_names_are_those_with_a_home():
    assert seqtext.preprocess.__all__ == sorted(seqtext.preprocess._HOMES)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'TextPipline'"):
        _ = seqtext.preprocess.TextPipline


@pytest.fixture
def dataset():
    pytest.importorskip("tensorflow")
    texts = ["good film", "bad", "good", "so so so"]
    return TextPipeline().fit(texts).to_tf_dataset(texts, ["a", "b", "c", "d"], batch_size=2, seed=1)


def test_a_tf_dataset_holds_every_row_once_each_epoch(dataset):
    for _ in range(2):
        assert sorted(label for _, labels in dataset for label in labels.numpy().tolist()) == [b"a", b"b", b"c", b"d"]


def test_a_tf_dataset_knows_its_number_of_batches(dataset):
    assert len(dataset) == 2
