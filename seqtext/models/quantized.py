"""
An ONNX graph whose large weights are whole numbers of 8 bits, a quarter of the size.

Whoever adds nodes need not know: tables are looked up in 8 bits, LSTMs multiply in them, and whatever else reads a
large weight gets it multiplied out again, which ONNX Runtime does once, when it loads the graph.
"""

from typing import Any

import numpy as np

from seqtext.models.graph import FLOAT, SMALL_BYTES, Graph

# Of which ONNX Runtime has the operator that multiplies in 8 bits; it makes whole numbers of the states at each step.
RUNTIME = "com.microsoft"
HIGHEST = 127
# In the products of an LSTM: two of 64 x 255 fit into the 16 bits in which x86 processors without VNNI add them, two of
# 127 x 255 do not and would be cut off (ONNX Runtime's documentation of "reduce_range").
HIGHEST_FACTOR = 64
# Rows that share the scale of their column; with fewer, the scales take too much of what is saved.
FEWEST_TO_SHARE = 8


class QuantizedGraph(Graph):
    """A `Graph` that keeps the large ones of its float constants in 8 bits, with a scale for each of their outputs."""

    def __init__(self) -> None:
        super().__init__()
        self._scales: dict[str, str] = {}

    def add(self, operator: str, *inputs: str, **own: Any) -> str:
        """Append a node, or those that do the same with weights of 8 bits; return the name of the last output."""
        if operator == "LSTM":
            return self._add_lstm(*inputs, **own)
        if operator == "Gather" and self._is_large(inputs[0]):
            # Looked up before it is multiplied out: of a table most stays 8 bits wide.
            name = own.pop("name", None)
            rows = super().add(operator, *inputs, **own)
            return self._multiplied_out(rows, self._scale(inputs[0]), name)
        read = [self._multiplied_out(one, self._scale(one)) if self._is_large(one) else one for one in inputs]
        return super().add(operator, *read, **own)

    def large_constants(self) -> dict[str, np.ndarray]:
        """Return none: what ONNX Runtime 1.31 multiplies out while it loads a graph must stand in it."""
        return {}

    def _add_lstm(self, steps: str, kernel: str, recurrent: str, bias: str, lengths: str, **own: Any) -> str:
        parts = []
        for name in (kernel, recurrent):
            # (directions, gates x units, inputs) -> (directions, inputs, gates x units), a scale a gate
            numbers, scale = in_8_bits(self.constants[name], axis=2, highest=HIGHEST_FACTOR)
            self.constants[name] = np.ascontiguousarray(numbers.transpose(0, 2, 1))
            parts += [self.constant(scale[:, :, 0]), self.constant(np.zeros(scale.shape[:2], np.int8))]
        own["domain"] = RUNTIME
        return super().add("DynamicQuantizeLSTM", steps, kernel, recurrent, bias, lengths, "", "", "", *parts, **own)

    def _is_large(self, name: str) -> bool:
        array = self.constants.get(name)
        if array is None or name in self._scales:
            return array is not None
        is_float = array.dtype == np.float32 and array.ndim > 1 and array.nbytes > SMALL_BYTES
        return is_float and array.shape[_shared_axis(array)] >= FEWEST_TO_SHARE

    def _scale(self, name: str) -> str:
        """Keep a constant in 8 bits from now on; return the name of its scale."""
        if name not in self._scales:
            array = self.constants[name]
            self.constants[name], scale = in_8_bits(array, axis=_shared_axis(array), highest=HIGHEST)
            self._scales[name] = self.constant(scale)
        return self._scales[name]

    def _multiplied_out(self, numbers: str, scale: str, name: str | None = None) -> str:
        return super().add("Mul", super().add("Cast", numbers, to=FLOAT), scale, name=name)


def _shared_axis(array: np.ndarray) -> int:
    """Kernels and tables have their outputs in columns; those of recurrent operators, with a third axis, in rows."""
    return 0 if array.ndim == 2 else array.ndim - 1


def in_8_bits(array: np.ndarray, *, axis: int, highest: int) -> tuple[np.ndarray, np.ndarray]:
    """
    Return whole numbers, int8, and the scales, float32, that they are to be multiplied with.

    Parameters
    ----------
    array
        Finite numbers, float32.
    axis
        Along which all have the same scale; it has the length 1 in the scales.
    highest
        The largest number without its sign becomes this; columns of zeros stay zeros.

    >>> numbers, scales = in_8_bits(np.float32([[1, 0], [-2, 0]]), axis=0, highest=100)
    >>> numbers.tolist(), np.round(scales, 4).tolist()
    ([[50, 0], [-100, 0]], [[0.019999999552965164, 0.0]])
    """
    largest = np.abs(array).max(axis=axis, keepdims=True)
    scales = np.maximum(largest / np.float32(highest), np.finfo(np.float32).tiny)
    return np.round(array / scales).astype(np.int8), scales
