"""Small models with weights that matter, and both ways to run them."""

import numpy as np
import pytest

IDS = np.array([[3, 4, 5, 6, 7, 0, 0], [9, 0, 0, 0, 0, 0, 0], [2, 2, 3, 3, 4, 4, 5]], dtype=np.int32)


@pytest.fixture(scope="session")
def spec_of():
    """Function from options of a recurrent encoder to the spec of a model with one text and one label."""
    from seqtext.models.heads import Multiclass
    from seqtext.models.recurrent import Recurrent
    from seqtext.models.spec import ModelSpec
    from seqtext.models.text import TextInput

    small = {"embedding_dim": 4, "units": 3, "bidirectional": False, "word_dropout": 0.0, "embedding_dropout": 0.0}

    def spec_of(**options):
        encoder = Recurrent(**{**small, **options})
        return ModelSpec((TextInput("text", 10, (encoder,)),), (Multiclass("label", 3),))

    return spec_of


@pytest.fixture(scope="session")
def weights_of():
    """Function from a spec to weights large enough to make every part of a model matter."""
    from seqtext.models.spec import weight_shapes

    def draw(spec):
        rng = np.random.default_rng(1)
        return {name: rng.normal(size=shape).astype(np.float32) for name, shape in weight_shapes(spec).items()}

    return draw


@pytest.fixture(scope="session")
def both(weights_of):
    """Function from a spec to two functions from ids to probabilities: by Keras, and by ONNX Runtime."""
    import onnxruntime

    from seqtext.models.build import build, set_weights
    from seqtext.models.spec import build_graph

    def both(spec):
        weights = weights_of(spec)
        model = build(spec)
        set_weights(model, spec, weights)
        session = onnxruntime.InferenceSession(build_graph(spec, weights).to_bytes())
        names = [head.name for head in spec.outputs]
        return (
            lambda feed: {name: np.asarray(value) for name, value in model(feed, training=False).items()},
            lambda feed: dict(zip(names, session.run(names, feed), strict=True)),
        )

    return both


@pytest.fixture(scope="session")
def assert_same(both):
    """Function that compares Keras and ONNX on rows in a batch, alone, and with more padding."""

    def assert_same(spec, feed):
        by_keras, by_onnx = both(spec)
        expected = by_keras(feed)
        wide = {name: np.pad(ids, ((0, 0), (0, 5))) if _is_text(ids) else ids for name, ids in feed.items()}
        rows = range(len(next(iter(feed.values()))))
        for run in (by_keras, by_onnx):
            alone = [run({name: _row(ids, i) for name, ids in feed.items()}) for i in rows]
            for name, wanted in expected.items():
                np.testing.assert_allclose(run(feed)[name], wanted, atol=1e-5)
                np.testing.assert_allclose(run(wide)[name], wanted, atol=1e-5)
                np.testing.assert_allclose(np.concatenate([one[name] for one in alone]), wanted, atol=1e-5)

    return assert_same


def _row(ids, i):
    return ids[i : i + 1, : np.count_nonzero(ids[i])] if _is_text(ids) else ids[i : i + 1]


def _is_text(ids):
    """Whether an array may be padded: the id of a category stands alone."""
    return ids.dtype == np.int32 and ids.shape[1] > 1


@pytest.fixture
def ids():
    """Three rows of ids, of lengths 5, 1 and 7."""
    return IDS.copy()
