"""
The recurrent encoder of a text: what it is, which weights it has, its Keras layers and its ONNX nodes.

No mask reaches a cell: padding stands on the right, the backward direction reads each row reversed by its own
length, and pooling looks at a row's own tokens only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seqtext.errors import RecipeError
from seqtext.models.activations import CELL_ACTIVATIONS, INITIALIZERS, CellActivation
from seqtext.models.cells import CELLS, Cell
from seqtext.models.graph import INT32, Graph
from seqtext.models.pooling import POOLINGS, OnnxSteps, Pooling, Steps
from seqtext.schema import check_settings, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds

MAX_WIDTH = 4_096


@dataclass(frozen=True)
class Recurrent:
    """
    An embedding, one or more recurrent layers, and a pooling.

    Parameters
    ----------
    embedding_dim
        Numbers that the embedding has for each word.
    units
        Numbers that a recurrent layer gives for each token, in each direction.
    cell
        The recurrent layer, by Keras' name.
    activation
        Of the cell, by Keras' name.
    initializer
        Of the kernels of the cell, by Keras' name.
    layers
        How many recurrent layers stand on top of each other.
    bidirectional
        Whether each recurrent layer reads a text both ways.
    pooling
        How the outputs of all time steps become one vector: the last real step, their mean, their maximum, both of
        these, or a learned weighting (Yang et al. 2016, "Hierarchical Attention Networks").
    word_dropout
        Share of the tokens that become the unknown token, in training only.
    embedding_dropout
        Share of the embedding's channels that are dropped for a text, in training only.
    dropout
        Share of what goes into the cell that is dropped, in training only.
    recurrent_dropout
        The same of what goes from one time step to the next. It costs the cuDNN kernel.
    l1
        Penalty on the absolute values of the kernels of the cells.
    l2
        Penalty on the squares of the kernels of the cells.
    recurrent_l1
        Penalty on the absolute values of the recurrent kernels.
    recurrent_l2
        Penalty on the squares of the recurrent kernels.
    embedding_l1
        Penalty on the absolute values of the embedding.
    embedding_l2
        Penalty on the squares of the embedding.
    vectors
        Pretrained word vectors that the embedding starts from: a file, or a name of ``seqtext corpora list``.
    pretrained
        A folder of ``seqtext pretrain`` that the encoder starts from, and whose cell and widths it takes.
    pretrained_layers
        Whether it starts from the embedding alone, or from "all": the embedding and the cells of the first layer.
    """

    kind: ClassVar[str] = "recurrent"
    embedding_dim: int = setting(64, low=1, high=MAX_WIDTH)
    cell: str = setting("lstm", choices=CELLS)
    units: int = setting(64, low=1, high=MAX_WIDTH)
    layers: int = setting(1, low=1, high=16)
    bidirectional: bool = True
    pooling: str = setting("max_mean", choices=POOLINGS)
    activation: str = setting("tanh", choices=CELL_ACTIVATIONS)
    initializer: str = setting("glorot_uniform", choices=INITIALIZERS)
    word_dropout: float = setting(0.2, low=0, high=0.95)
    embedding_dropout: float = setting(0.5, low=0, high=0.95)
    dropout: float = setting(0.0, low=0, high=0.95)
    recurrent_dropout: float = setting(0.0, low=0, high=0.95)
    l1: float = setting(0.0, low=0, high=100)
    l2: float = setting(0.0, low=0, high=100)
    recurrent_l1: float = setting(0.0, low=0, high=100)
    recurrent_l2: float = setting(0.0, low=0, high=100)
    embedding_l1: float = setting(0.0, low=0, high=100)
    embedding_l2: float = setting(0.0, low=0, high=100)
    vectors: str = ""
    pretrained: str = ""
    pretrained_layers: str = setting("embedding", choices=("embedding", "all"))

    def __post_init__(self) -> None:
        check_settings(self)
        if self.vectors and self.pretrained:
            raise RecipeError(
                "vectors and pretrained are both set, and an embedding starts from one of them; leave one out"
            )

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions in which the text is read, in the order of their outputs."""
        return ("forward", "backward") if self.bidirectional else ("forward",)

    @property
    def step_width(self) -> int:
        """Numbers that the last recurrent layer returns for each time step."""
        return self.units * len(self.directions)

    @property
    def width(self) -> int:
        """Numbers that describe one whole text, after pooling."""
        return self.step_width * self._pooling.vectors

    @property
    def summary(self) -> str:
        """The encoder in a few words."""
        layers = f", {self.layers} layers" if self.layers > 1 else ""
        return f"{'bidirectional ' if self.bidirectional else ''}{self.cell} {self.units}{layers}"

    @property
    def description(self) -> str:
        """The encoder in a line."""
        origin = f"; pre-trained: {self.pretrained}" if self.pretrained else ""
        return f"embedding {self.embedding_dim}, {self.summary}, {self.pooling} pooling{origin}"

    @property
    def _cell(self) -> Cell:
        return CELLS[self.cell]

    @property
    def _pooling(self) -> Pooling:
        return POOLINGS[self.pooling]

    def why_not_cudnn(self) -> list[str]:
        """
        Return the reasons that keep the cells off NVIDIA's cuDNN kernels, and what would help; none if nothing does.

        Conditions of Keras 3.15 on TensorFlow (keras/src/layers/rnn/lstm.py and gru.py, backend/tensorflow/rnn.py).

        >>> Recurrent(recurrent_dropout=0.2).why_not_cudnn()
        ['recurrent_dropout is 0.2 (set recurrent_dropout=0)']
        """
        reasons = [self._cell.no_cudnn] if self._cell.no_cudnn else []
        if self.activation != "tanh":
            reasons.append(f"activation is {self.activation} (set activation=tanh)")
        if self.recurrent_dropout:
            reasons.append(f"recurrent_dropout is {self.recurrent_dropout:g} (set recurrent_dropout=0)")
        return reasons

    def weight_shapes(self, vocabulary_size: int) -> dict[str, tuple[int, ...]]:
        """Return name and shape of every weight, as Keras has them: kernels are (inputs, gates x units)."""
        shapes: dict[str, tuple[int, ...]] = {"embedding/embeddings": (vocabulary_size, self.embedding_dim)}
        gates = self._cell.gates * self.units
        for layer in range(self.layers):
            for direction in self.directions:
                path = self.path(layer, direction)
                shapes[f"{path}/kernel"] = (self.step_width if layer else self.embedding_dim, gates)
                shapes[f"{path}/recurrent_kernel"] = (self.units, gates)
                shapes[f"{path}/bias"] = (gates,) if self._cell.biases == 1 else (self._cell.biases, gates)
        return shapes | self._pooling.weights(self.step_width)

    def path(self, layer: int, direction: str) -> str:
        """Return what the names of the weights of one cell begin with."""
        return f"{self.cell}_{layer}/{direction}"

    # ------------------------------------------------------------------------------------------- Keras

    def build(self, name: str, ids: Any, vocabulary_size: int, seeds: "Seeds") -> Any:
        """
        Make the Keras layers, and return one vector a row: (batch, ``width``).

        Parameters
        ----------
        name
            What the names of the layers begin with.
        ids
            int32 (batch, time), padded on the right with 0, each row with at least one token.
        vocabulary_size
            Rows of the embedding.
        seeds
            Where weights and dropouts get their seeds.
        """
        import keras

        from seqtext.models.layers import ReverseByLength, TextLength, WordDropout, penalty, side_by_side

        lengths = TextLength(name=f"{name}>length")(ids)
        if self.word_dropout:
            ids = WordDropout(self.word_dropout, seeds(), name=f"{name}>word_dropout")(ids)
        start = keras.initializers.RandomUniform(seed=seeds())
        steps = keras.layers.Embedding(
            vocabulary_size,
            self.embedding_dim,
            embeddings_initializer=start,
            embeddings_regularizer=penalty(self.embedding_l1, self.embedding_l2),
            name=f"{name}>embedding",
        )(ids)
        if self.embedding_dropout:
            drop = keras.layers.SpatialDropout1D
            steps = drop(self.embedding_dropout, seed=seeds(), name=f"{name}>embedding_dropout")(steps)
        for layer in range(self.layers):
            runs = []
            for direction in self.directions:
                read = steps
                if direction == "backward":
                    read = ReverseByLength(name=f"{name}>reversed_{layer}")(steps, lengths)
                runs.append(self.keras_cell(f"{name}>{self.path(layer, direction)}".replace("/", ">"), seeds)(read))
            aligned = runs
            if layer < self.layers - 1 or self._pooling.needs_order:
                restore = ReverseByLength(name=f"{name}>restored_{layer}")
                aligned = [runs[0], *(restore(run, lengths) for run in runs[1:])]
            steps = side_by_side(aligned, f"{name}>steps_{layer}")
        found = Steps(steps, runs, lengths, name, lambda: seeds.initializer(self.initializer), seeds)
        return self._pooling.keras(found)

    def keras_cell(self, name: str, seeds: "Seeds") -> Any:
        """Make one recurrent layer in one direction, which returns every time step."""
        from seqtext.models.layers import penalty

        return self._cell.layer()(
            self.units,
            activation=self.activation,
            kernel_initializer=seeds.initializer(self.initializer),
            recurrent_initializer=seeds.initializer("orthogonal"),
            kernel_regularizer=penalty(self.l1, self.l2),
            recurrent_regularizer=penalty(self.recurrent_l1, self.recurrent_l2),
            dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout,
            return_sequences=True,
            seed=seeds(),
            name=name,
        )

    # -------------------------------------------------------------------------------------------- ONNX

    def add_nodes(self, graph: Graph, ids: str, weights: Mapping[str, np.ndarray]) -> str:
        """
        Add the nodes that do the same; return the name of their result (batch, ``width``).

        Parameters
        ----------
        ids
            Name of the int32 ids (batch, time).
        weights
            By the names of `weight_shapes`.
        """
        is_token = graph.add("Not", graph.add("Equal", ids, graph.constant(np.int32(0))))
        counted = graph.add("Cast", is_token, to=INT32)
        lengths = graph.add("ReduceSum", counted, graph.integers(1), keepdims=0)
        batch_first = graph.add("Gather", graph.constant(weights["embedding/embeddings"]), ids)
        steps = graph.add("Transpose", batch_first, perm=[1, 0, 2])
        pool = self._pooling.onnx
        for layer in range(self.layers):
            if pool is None and layer == self.layers - 1:
                # Y_h (directions, batch, units): each direction's own last step.
                state = self._add_cells(graph, layer, steps, lengths, weights, output=2)
                state = graph.add("Transpose", state, perm=[1, 0, 2])
                return graph.add("Reshape", state, graph.integers(-1, self.width))
            # Y (time, directions, batch, units) -> (time, batch, directions x units)
            every = self._add_cells(graph, layer, steps, lengths, weights, output=1)
            every = graph.add("Transpose", every, perm=[0, 2, 1, 3])
            steps = graph.add("Reshape", every, graph.integers(0, 0, self.step_width))
        assert pool is not None
        steps = graph.add("Transpose", steps, perm=[1, 0, 2])
        mask = graph.add("Unsqueeze", is_token, graph.integers(2))
        return pool(graph, OnnxSteps(steps, mask, lengths), weights)

    def _add_cells(
        self, graph: Graph, layer: int, steps: str, lengths: str, weights: Mapping[str, np.ndarray], *, output: int
    ) -> str:
        paths = [self.path(layer, direction) for direction in self.directions]
        packed = [
            self._cell.pack(*(weights[f"{path}/{name}"] for name in ("kernel", "recurrent_kernel", "bias")))
            for path in paths
        ]
        kernel, recurrent, bias = (graph.constant(np.stack(parts)) for parts in zip(*packed, strict=True))
        own = CELL_ACTIVATIONS[self.activation]
        every = [CellActivation(name) if name else own for name in self._cell.activations] * len(paths)
        # The numbers stand in a list of their own, for those activations that have them.
        numbers: dict[str, Any] = {
            f"activation_{name}": found
            for name in ("alpha", "beta")
            if (found := [float(one) for each in every if (one := getattr(each, name)) is not None])
        }
        return graph.add(
            self._cell.operator,
            *(steps, kernel, recurrent, bias, lengths),
            outputs=output,
            hidden_size=self.units,
            direction="bidirectional" if self.bidirectional else "forward",
            activations=[one.operator for one in every],
            **numbers,
            **self._cell.attributes,
        )
