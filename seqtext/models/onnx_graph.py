"""
ModelSpec and weights -> ONNX graph, written node by node with the standard's own recurrent operators.

The graph takes int32 ids (batch, time) per text input, padded on the right with 0, and gives float32 probabilities
(batch, labels) per output. ``sequence_lens`` tells the operators where each row ends. Sources: the ONNX operator
reference for LSTM, GRU and RNN; Keras orders LSTM gates input, forget, cell, output, ONNX input, output, forget, cell.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import missing_extra
from seqtext.models.spec import Head, ModelSpec, TextInput, cell_name

if TYPE_CHECKING:
    import onnx

OPSET = 17
IR_VERSION = 9
OPERATORS = {"simple_rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
# Position of each ONNX gate among those of Keras.
GATE_ORDER = {"simple_rnn": (0,), "gru": (0, 1, 2), "lstm": (0, 3, 1, 2)}
ONNX_ACTIVATIONS = {"tanh": "Tanh", "relu": "Relu", "sigmoid": "Sigmoid", "softsign": "Softsign"}


def build_graph(spec: ModelSpec, weights: dict[str, np.ndarray]) -> bytes:
    """
    The ONNX file of a model; ``weights`` are named and shaped as in `weight_shapes`.

    Raises MissingExtraError if the package ``onnx``, which only training needs, is not installed.
    """
    try:
        import onnx  # 0.4 s, and only writers of graphs need it
    except ImportError as error:
        raise missing_extra("onnx", "train") from error

    graph = _Graph(weights)
    vectors = [_encode(graph, text) for text in spec.inputs]
    features = vectors[0] if len(vectors) == 1 else graph.add("Concat", *vectors, axis=1)
    for head in spec.outputs:
        _answer(graph, head, features)
    tensor = onnx.helper.make_tensor_value_info
    inputs = [tensor(text.name, onnx.TensorProto.INT32, ["batch", f"{text.name}_time"]) for text in spec.inputs]
    outputs = [tensor(head.name, onnx.TensorProto.FLOAT, ["batch", head.n_labels]) for head in spec.outputs]
    model = onnx.helper.make_model(
        onnx.helper.make_graph(graph.nodes, "seqtext", inputs, outputs, graph.constants),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="seqtext",
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


class _Graph:
    """Nodes and constants under construction; every value gets a fresh name unless one is asked for."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, name: str | None = None, outputs: int = 1, **attributes: Any) -> str:
        """Append a node and give the name of its last output; earlier outputs are left unused."""
        import onnx

        name = name or f"{operator.lower()}.{len(self.nodes)}"
        results = [*[""] * (outputs - 1), name]
        self.nodes.append(
            onnx.helper.make_node(operator, inputs, results, name=f"{operator}.{len(self.nodes)}", **attributes)
        )
        return name

    def constant(self, array: np.ndarray | np.generic) -> str:
        """Store an array and give its name."""
        import onnx

        name = f"constant.{len(self.constants)}"
        self.constants.append(onnx.numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(self.weights[name].astype(np.float32))


def _encode(graph: _Graph, text: TextInput) -> str:
    """One text: ids (batch, time) to a vector a row (batch, ``text.width``)."""
    import onnx

    is_token = graph.add("Not", graph.add("Equal", text.name, graph.constant(np.int32(0))))
    counted = graph.add("Cast", is_token, to=onnx.TensorProto.INT32)
    lengths = graph.add("ReduceSum", counted, graph.constant(np.array([1])), keepdims=0)
    batch_first = graph.add("Gather", graph.weight(f"{text.name}/embedding"), text.name)
    steps = graph.add("Transpose", batch_first, perm=[1, 0, 2])
    for layer in range(text.layers):
        is_final = layer == text.layers - 1
        if is_final and text.pooling == "last":
            # Y_h (directions, batch, units): each direction's own last step.
            state = _recurrent(graph, text, layer, steps, lengths, output=2)
            state = graph.add("Transpose", state, perm=[1, 0, 2])
            return graph.add("Reshape", state, graph.constant(np.array([-1, text.width])))
        # Y (time, directions, batch, units) -> (time, batch, directions x units)
        every = _recurrent(graph, text, layer, steps, lengths, output=1)
        every = graph.add("Transpose", every, perm=[0, 2, 1, 3])
        steps = graph.add("Reshape", every, graph.constant(np.array([0, 0, text.step_width])))
    steps = graph.add("Transpose", steps, perm=[1, 0, 2])
    mask = graph.add("Unsqueeze", is_token, graph.constant(np.array([2])))
    return _pool(graph, text, steps, mask, lengths)


def _recurrent(graph: _Graph, text: TextInput, layer: int, steps: str, lengths: str, *, output: int) -> str:
    packed = [_pack(graph, text, cell_name(text, layer, direction)) for direction in text.directions]
    kernel, recurrent, bias = (graph.constant(np.stack(parts)) for parts in zip(*packed, strict=True))
    activation = ONNX_ACTIVATIONS[text.activation]
    activations = {
        "simple_rnn": [activation],
        "gru": ["Sigmoid", activation],
        "lstm": ["Sigmoid", activation, activation],
    }
    # Keras' GRU applies the reset gate after the recurrent product ("reset_after"), as cuDNN does.
    attributes: dict[str, Any] = {"linear_before_reset": 1} if text.cell == "gru" else {}
    return graph.add(
        OPERATORS[text.cell],
        *(steps, kernel, recurrent, bias, lengths),
        outputs=output,
        hidden_size=text.units,
        direction="bidirectional" if text.bidirectional else "forward",
        activations=activations[text.cell] * len(text.directions),
        **attributes,
    )


def _pack(graph: _Graph, text: TextInput, path: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kernels (gates x units, inputs) and both biases (2 x gates x units,) in the order of ONNX."""
    order = GATE_ORDER[text.cell]

    def reorder(gates: np.ndarray) -> np.ndarray:
        blocks = np.split(gates, len(order), axis=-1)
        return np.concatenate([blocks[gate] for gate in order], axis=-1)

    bias = graph.weights[f"{path}/bias"]
    input_bias, recurrent_bias = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    return (
        reorder(graph.weights[f"{path}/kernel"]).T.astype(np.float32),
        reorder(graph.weights[f"{path}/recurrent_kernel"]).T.astype(np.float32),
        np.concatenate([reorder(input_bias), reorder(recurrent_bias)]).astype(np.float32),
    )


def _pool(graph: _Graph, text: TextInput, steps: str, mask: str, lengths: str) -> str:
    """All steps (batch, time, width) and the token mask (batch, time, 1) to one vector a row."""
    if text.pooling == "attention":
        return _attend(graph, text, steps, mask)
    pooled = []
    if text.pooling in ("max", "max_mean"):
        masked = graph.add("Where", mask, steps, graph.constant(np.float32(-1e9)))
        pooled.append(graph.add("ReduceMax", masked, axes=[1], keepdims=0))
    if text.pooling in ("mean", "max_mean"):
        masked = graph.add("Where", mask, steps, graph.constant(np.float32(0)))
        total = graph.add("ReduceSum", masked, graph.constant(np.array([1])), keepdims=0)
        count = graph.add("Unsqueeze", graph.add("Cast", lengths, to=1), graph.constant(np.array([1])))
        pooled.append(graph.add("Div", total, count))
    return pooled[0] if len(pooled) == 1 else graph.add("Concat", *pooled, axis=1)


def _attend(graph: _Graph, text: TextInput, steps: str, mask: str) -> str:
    weight = {name: graph.weight(f"{text.name}/attention/{name}") for name in ("kernel", "bias", "context")}
    hidden = graph.add("Tanh", graph.add("Add", graph.add("MatMul", steps, weight["kernel"]), weight["bias"]))
    scores = graph.add("Mul", hidden, weight["context"])
    scores = graph.add("ReduceSum", scores, graph.constant(np.array([2])), keepdims=1)
    scores = graph.add("Where", mask, scores, graph.constant(np.float32(-1e9)))
    weighted = graph.add("Mul", graph.add("Softmax", scores, axis=1), steps)
    return graph.add("ReduceSum", weighted, graph.constant(np.array([1])), keepdims=0)


def _answer(graph: _Graph, head: Head, features: str) -> None:
    """Probabilities (batch, ``head.n_labels``) under the name of the head."""
    logits = graph.add("Gemm", features, graph.weight(f"{head.name}/kernel"), graph.weight(f"{head.name}/bias"))
    if head.kind == "multiclass":
        graph.add("Softmax", logits, name=head.name, axis=-1)
        return
    second = graph.add("Sigmoid", logits)
    first = graph.add("Sub", graph.constant(np.float32(1)), second)
    graph.add("Concat", first, second, name=head.name, axis=1)
