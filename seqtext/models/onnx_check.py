"""
Whether an ONNX file is one that `onnx_graph` can have written, told from its bytes and without the package ``onnx``.

ONNX Runtime knows hundreds of operators, subgraphs, functions and tensors that are kept in other files. A model of
ours needs none of that, so a file from a stranger may not have it: every field, operator and attribute that is not
in the tables below is refused. Field numbers are those of onnx.proto; its encoding is that of Protocol Buffers.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seqtext.models.spec import ModelSpec

# Operator -> attributes, as `onnx_graph` writes them.
RECURRENT = frozenset({"activations", "direction", "hidden_size"})
OPERATORS = {
    "Add": frozenset(),
    "Cast": frozenset({"to"}),
    "Concat": frozenset({"axis"}),
    "Div": frozenset(),
    "Equal": frozenset(),
    "GRU": RECURRENT | {"linear_before_reset"},
    "Gather": frozenset(),
    "Gemm": frozenset(),
    "LSTM": RECURRENT,
    "MatMul": frozenset(),
    "Mul": frozenset(),
    "Not": frozenset(),
    "RNN": RECURRENT,
    "ReduceMax": frozenset({"axes", "keepdims"}),
    "ReduceSum": frozenset({"keepdims"}),
    "Reshape": frozenset(),
    "Sigmoid": frozenset(),
    "Softmax": frozenset({"axis"}),
    "Sub": frozenset(),
    "Tanh": frozenset(),
    "Transpose": frozenset({"perm"}),
    "Unsqueeze": frozenset(),
    "Where": frozenset(),
}
FLOAT, INT32, INT64 = 1, 6, 7
ITEM_BYTES = {FLOAT: 4, INT32: 4, INT64: 8}
# The largest spec has some 30,000 of them: 64 inputs of 16 layers, each with a few nodes and constants.
MAX_FIELDS = 1_000_000


@dataclass(frozen=True)
class Field:
    """One field of a message: a "number", "text", "bytes", or a message of the kind that ``kind`` names."""

    name: str
    kind: str
    many: bool = False


MESSAGES = {
    "model": {
        1: Field("ir_version", "number"),
        2: Field("producer", "text"),
        7: Field("graph", "graph"),
        8: Field("operator_sets", "operator set", many=True),
    },
    "operator set": {1: Field("domain", "text"), 2: Field("version", "number")},
    "graph": {
        1: Field("nodes", "node", many=True),
        2: Field("name", "text"),
        5: Field("constants", "tensor", many=True),
        11: Field("inputs", "value", many=True),
        12: Field("outputs", "value", many=True),
    },
    "node": {
        1: Field("inputs", "text", many=True),
        2: Field("outputs", "text", many=True),
        3: Field("name", "text"),
        4: Field("operator", "text"),
        5: Field("attributes", "attribute", many=True),
    },
    "attribute": {
        1: Field("name", "text"),
        3: Field("integer", "number"),
        4: Field("string", "bytes"),
        8: Field("integers", "number", many=True),
        9: Field("strings", "bytes", many=True),
        20: Field("type", "number"),
    },
    "tensor": {
        1: Field("shape", "number", many=True),
        2: Field("type", "number"),
        8: Field("name", "text"),
        9: Field("content", "bytes"),
    },
    "value": {1: Field("name", "text"), 2: Field("type", "type")},
    "type": {1: Field("tensor", "tensor type")},
    "tensor type": {1: Field("type", "number"), 2: Field("shape", "shape")},
    "shape": {1: Field("dimensions", "dimension", many=True)},
    "dimension": {1: Field("size", "number"), 2: Field("name", "text")},
}


def check_graph(content: bytes, spec: ModelSpec) -> None:
    """
    Raise ValueError, in one line, if an ONNX file holds anything that the graph of ``spec`` cannot hold.

    Its inputs and outputs must be those of ``spec``; its operators and attributes must be among those that
    `onnx_graph` writes; its constants must be numbers inside the file.
    """
    model = _Reader().message("model", memoryview(content))
    if [(one["domain"] or "") for one in model["operator_sets"]] != [""]:
        raise ValueError("it uses operators beyond those of ONNX")
    graph = model["graph"]
    if graph is None:
        raise ValueError("it has no graph")
    for node in graph["nodes"]:
        _check_node(node)
    for tensor in graph["constants"]:
        size = ITEM_BYTES.get(tensor["type"], 0) * math.prod(tensor["shape"])
        if tensor["type"] not in ITEM_BYTES or len(tensor["content"] or b"") != size:
            raise ValueError(f"its constant {tensor['name']!r:.60} is not an array of numbers")
    inputs = {text.name: (INT32, [None, None]) for text in spec.inputs}
    outputs = {head.name: (FLOAT, [None, head.n_labels]) for head in spec.outputs}
    for kind, expected in (("inputs", inputs), ("outputs", outputs)):
        if [_described(value) for value in graph[kind]] != list(expected.items()):
            raise ValueError(f"its {kind} are not those of the model: {', '.join(expected)}")


def _check_node(node: dict[str, Any]) -> None:
    operator = node["operator"]
    if operator not in OPERATORS:
        raise ValueError(f"it has the operator {operator!r:.60}, which no model of seqtext uses")
    for attribute in node["attributes"]:
        if attribute["name"] not in OPERATORS[operator]:
            raise ValueError(f"its operator {operator} has the attribute {attribute['name']!r:.60}")


def _described(value: dict[str, Any]) -> tuple[str, tuple[int, list[int | None]]] | None:
    """Name, element type and sizes (None where open) of an input or output; None if it is something else."""
    tensor = (value["type"] or {}).get("tensor")
    if not tensor or not tensor["shape"]:
        return None
    return value["name"], (tensor["type"], [dimension["size"] for dimension in tensor["shape"]["dimensions"]])


class _Reader:
    """Messages as dicts by field name: a list where there may be many, None where there is none."""

    def __init__(self) -> None:
        self.left = MAX_FIELDS

    def message(self, kind: str, data: memoryview) -> dict[str, Any]:
        fields = MESSAGES[kind]
        found: dict[str, Any] = {field.name: [] if field.many else None for field in fields.values()}
        for number, raw in self.fields(data):
            field = fields.get(number)
            if field is None:
                raise ValueError(f"its {kind} has something that seqtext does not write (field {number})")
            values = self.values(field, raw)
            if field.many:
                found[field.name] += values
            elif found[field.name] is not None or len(values) != 1:
                raise ValueError(f"its {kind} has the {field.name} more than once")
            else:
                found[field.name] = values[0]
        return found

    def fields(self, data: memoryview) -> Iterator[tuple[int, "int | memoryview"]]:
        """Field number and content, a number or bytes, of each field of a message."""
        at = 0
        while at < len(data):
            self.count()
            tag, at = _number(data, at)
            if tag & 7 == 0:
                value, at = _number(data, at)
                yield tag >> 3, value
            elif tag & 7 == 2:
                size, at = _number(data, at)
                if size > len(data) - at:
                    raise ValueError("it is cut off")
                yield tag >> 3, data[at : at + size]
                at += size
            else:
                raise ValueError(f"it has a field of the kind {tag & 7}")

    def count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise ValueError(f"it has more than {MAX_FIELDS:,} parts")

    def values(self, field: Field, raw: "int | memoryview") -> list[Any]:
        """The content of a field; repeated numbers may stand together in one."""
        if field.kind == "number" and field.many and not isinstance(raw, int):
            numbers, at = [], 0
            while at < len(raw):
                self.count()
                number, at = _number(raw, at)
                numbers.append(number)
            return numbers
        if isinstance(raw, int) != (field.kind == "number"):
            raise ValueError(f"its {field.name} is of another kind")
        if isinstance(raw, int) or field.kind == "bytes":
            return [raw]
        if field.kind == "text":
            return [bytes(raw).decode("utf-8")]
        return [self.message(field.kind, raw)]


def _number(data: memoryview, at: int) -> tuple[int, int]:
    """The varint at ``at``, and where the next thing begins: seven bits a byte, lowest first."""
    value = 0
    for place in range(10):
        if at + place >= len(data):
            raise ValueError("it is cut off")
        byte = data[at + place]
        value |= (byte & 127) << (7 * place)
        if byte < 128:
            return value, at + place + 1
    raise ValueError("it has a number of more than 64 bits")
