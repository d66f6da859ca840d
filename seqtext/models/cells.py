"""What is known about each recurrent cell, in one table; whoever needs a fact about a cell asks here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Kernel (gates x units, inputs), recurrent kernel (gates x units, units) and both biases (2 x gates x units,).
Packed = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Cell:
    """
    One kind of recurrent cell.

    Parameters
    ----------
    gates
        The widths of its kernels are that many times the units.
    layer
        Returns the class of its Keras layer, which takes the arguments of ``keras.layers.LSTM``.
    operator
        The ONNX operator that runs it.
    pack
        Turns Keras' kernel, recurrent kernel and bias into those of the operator.
    activations
        Of the operator's gates; None stands for the activation of the layer.
    biases
        2 where the input and the recurrent part have one each.
    attributes
        Further attributes of the operator.
    no_cudnn
        Why it has no cuDNN kernel, and what would help; None if it has one.
    """

    gates: int
    layer: Callable[[], Any]
    operator: str
    pack: Callable[[np.ndarray, np.ndarray, np.ndarray], Packed]
    activations: tuple[str | None, ...]
    biases: int = 1
    attributes: Mapping[str, Any] = field(default_factory=dict)
    no_cudnn: str | None = None


def keras_layer(name: str) -> Callable[[], Any]:
    """Return what fetches a class of ``keras.layers`` when it is needed: importing Keras takes seconds."""

    def fetch() -> Any:
        import keras

        return getattr(keras.layers, name)

    return fetch


def pack_in_order(*order: int) -> Callable[[np.ndarray, np.ndarray, np.ndarray], Packed]:
    """Return a packing that puts Keras' gates in the given order; for each gate of ONNX its place in Keras."""

    def reorder(gates: np.ndarray) -> np.ndarray:
        blocks = np.split(gates, len(order), axis=-1)
        return np.concatenate([blocks[gate] for gate in order], axis=-1)

    def pack(kernel: np.ndarray, recurrent_kernel: np.ndarray, bias: np.ndarray) -> Packed:
        of_input, of_state = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
        return reorder(kernel).T, reorder(recurrent_kernel).T, np.concatenate([reorder(of_input), reorder(of_state)])

    return pack


CELLS: dict[str, Cell] = {
    "simple_rnn": Cell(
        gates=1,
        layer=keras_layer("SimpleRNN"),
        operator="RNN",
        pack=pack_in_order(0),
        activations=(None,),
        no_cudnn="Keras has no cuDNN path for simple_rnn (set cell=lstm or cell=gru)",
    ),
    # Keras applies the reset gate after the recurrent product ("reset_after"), as cuDNN does.
    "gru": Cell(
        gates=3,
        layer=keras_layer("GRU"),
        operator="GRU",
        pack=pack_in_order(0, 1, 2),
        activations=("Sigmoid", None),
        biases=2,
        attributes={"linear_before_reset": 1},
    ),
    # Keras has the gates input, forget, cell, output; ONNX input, output, forget, cell.
    "lstm": Cell(
        gates=4,
        layer=keras_layer("LSTM"),
        operator="LSTM",
        pack=pack_in_order(0, 3, 1, 2),
        activations=("Sigmoid", None, None),
    ),
}
