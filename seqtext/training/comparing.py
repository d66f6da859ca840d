"""Whether a trained model answers with ONNX Runtime what Keras answers."""

from typing import TYPE_CHECKING

import numpy as np

from seqtext.errors import BundleError
from seqtext.model import TrainedModel
from seqtext.models.rows import Rows
from seqtext.models.spec import plain_name

if TYPE_CHECKING:
    import keras

# Rows on which the ONNX graph is compared with Keras, and the difference in a probability that is still rounding.
COMPARED_ROWS = 256
TOLERANCE = 1e-5


def compare(model: "keras.Model", trained: TrainedModel, rows: Rows) -> None:
    """Raise BundleError if ONNX Runtime and Keras, both on the CPU, differ by more than 1e-5 on these rows."""
    import keras

    from seqtext.training.fit import predict

    with keras.device("cpu"):
        by_keras = predict(model, rows)
    for indices, feed in rows.batches(64):
        for name, answer in trained.run(feed).items():
            difference = float(np.abs(answer - by_keras[plain_name(name)][indices]).max())
            if not difference <= TOLERANCE:
                raise BundleError(
                    f"the ONNX graph differs from Keras by {difference:.1e} in {name!r}, where {TOLERANCE:.0e} is "
                    "allowed; the model was not saved: please report this with the recipe"
                )
