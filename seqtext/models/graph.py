"""
An ONNX graph under construction, and its bytes: the few protobuf messages that we need, without the package ``onnx``.

Field numbers are those of onnx.proto, the encoding is that of Protocol Buffers. `onnx.checker` looks at the result
in the tests.
"""

import struct
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

OPSET = 17
IR_VERSION = 9
FLOAT, INT8, INT32, INT64 = 1, 3, 6, 7
ELEMENT_TYPES = {
    np.dtype(np.float32): FLOAT,
    np.dtype(np.int8): INT8,
    np.dtype(np.int32): INT32,
    np.dtype(np.int64): INT64,
}
# Smaller constants stand in the graph itself; larger ones can be handed to ONNX Runtime without a copy.
SMALL_BYTES = 1024


class Graph:
    """
    Nodes and constants; every value gets a fresh name unless one is asked for.

    Attributes
    ----------
    constants
        The arrays of the graph by the names of their values.
    """

    def __init__(self) -> None:
        self.constants: dict[str, np.ndarray] = {}
        self._nodes: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []
        self._domains = {""}

    def add(
        self,
        operator: str,
        *inputs: str,
        name: str | None = None,
        outputs: int = 1,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        """
        Append a node and return the name of its last output; earlier outputs are left unused.

        ``domain`` is that of an operator which is not ONNX's own.
        """
        name = name or f"{operator.lower()}.{len(self._nodes)}"
        results = [*[""] * (outputs - 1), name]
        self._domains.add(domain)
        self._nodes.append(
            b"".join(
                [
                    *(_field(1, one) for one in inputs),
                    *(_field(2, one) for one in results),
                    _field(3, f"{operator}.{len(self._nodes)}"),
                    _field(4, operator),
                    *(_field(5, _attribute(*one)) for one in sorted(attributes.items())),
                    *([_field(7, domain)] if domain else []),
                ]
            )
        )
        return name

    def constant(self, array: np.ndarray | np.generic) -> str:
        """Store an array of float32, int8, int32 or int64 and return its name."""
        name = f"constant.{len(self.constants)}"
        self.constants[name] = np.asarray(array, order="C")
        return name

    def integers(self, *numbers: int) -> str:
        """Store a list of numbers, such as axes or a shape, and return its name."""
        return self.constant(np.array(numbers, dtype=np.int64))

    def side_by_side(self, vectors: list[str]) -> str:
        """Join vectors (batch, width) of the same rows; return the name of the result."""
        return vectors[0] if len(vectors) == 1 else self.add("Concat", *vectors, axis=1)

    def add_input(self, name: str, dtype: Any, shape: Iterable[int | str]) -> str:
        """Declare an input of the graph; a word in ``shape`` stands for any size. Returns the name."""
        self._inputs.append(_value(name, dtype, shape))
        return name

    def add_output(self, name: str, dtype: Any, shape: Iterable[int | str]) -> None:
        """Declare the value ``name`` as an output of the graph."""
        self._outputs.append(_value(name, dtype, shape))

    def large_constants(self) -> dict[str, np.ndarray]:
        """Return the constants that `to_bytes` can leave out."""
        return {name: array for name, array in self.constants.items() if array.nbytes > SMALL_BYTES}

    def to_bytes(self, *, leave_out: Mapping[str, np.ndarray] | None = None) -> bytes:
        """Return the graph as the content of an ONNX file; constants to ``leave_out`` are only declared."""
        tensors = [_tensor(name, array, name in (leave_out or {})) for name, array in self.constants.items()]
        graph = b"".join(
            [
                *(_field(1, node) for node in self._nodes),
                _field(2, "seqtext"),
                *(_field(5, tensor) for tensor in tensors),
                *(_field(11, value) for value in self._inputs),
                *(_field(12, value) for value in self._outputs),
            ]
        )
        opsets = [_field(1, domain) + _field(2, 1 if domain else OPSET) for domain in sorted(self._domains)]
        head = [_field(1, IR_VERSION), _field(2, "seqtext"), _field(7, graph)]
        return b"".join([*head, *(_field(8, opset) for opset in opsets)])


def _varint(number: int) -> bytes:
    """Seven bits a byte, lowest first; negative numbers as 64 bits of their two's complement."""
    number &= 2**64 - 1
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _float(number: int, value: float) -> bytes:
    return _varint(number << 3 | 5) + struct.pack("<f", value)


def _attribute(name: str, value: Any) -> bytes:
    """An attribute of a node: a number or a word, or a list of them that are all of one type."""
    if isinstance(value, float):
        return _field(1, name) + _float(2, value) + _field(20, 1)
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, 2)
    if isinstance(value, str):
        return _field(1, name) + _field(4, value) + _field(20, 3)
    if isinstance(value[0], float):
        return _field(1, name) + b"".join(_float(7, one) for one in value) + _field(20, 6)
    number, kind = (8, 7) if isinstance(value[0], int) else (9, 8)
    return _field(1, name) + b"".join(_field(number, one) for one in value) + _field(20, kind)


def _value(name: str, dtype: Any, shape: Iterable[int | str]) -> bytes:
    dimensions = b"".join(_field(1, _field(1 if isinstance(size, int) else 2, size)) for size in shape)
    tensor = _field(1, ELEMENT_TYPES[np.dtype(dtype)]) + _field(2, dimensions)
    return _field(1, name) + _field(2, _field(1, tensor))


def _tensor(name: str, array: np.ndarray, is_left_out: bool) -> bytes:
    shape = b"".join(_field(1, size) for size in array.shape)
    described = shape + _field(2, ELEMENT_TYPES[array.dtype.newbyteorder("=")]) + _field(8, name)
    if is_left_out:
        # "External", at a place that exists: ONNX Runtime looks for the place, but takes the array it is handed.
        return described + _field(13, _field(1, "location") + _field(2, ".")) + _field(14, 1)
    little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return described + _field(9, little_endian.tobytes())
