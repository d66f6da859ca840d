"""ModelSpec -> Keras model, and the model's weights under the names of `weight_shapes`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from seqtext.errors import RecipeError, listed
from seqtext.models.layers import BothLabels, Seeds, side_by_side
from seqtext.models.sharing import build_shared, made_for
from seqtext.models.spec import ModelSpec, plain_name, weight_shapes, with_plain_names


def build(spec: ModelSpec, *, seed: int = 0) -> keras.Model:
    """
    Return the Keras model of ``spec`` with fresh weights that depend on ``seed`` alone.

    It takes a dict of int32 ids of shape (batch, time), one per input name, padded on the right with 0, each row
    with at least one token; and gives a dict of float32 probabilities (batch, labels), one per output's plain name.
    """
    # Layers are named after plain names: TensorFlow takes hardly anything else.
    plain = with_plain_names(spec)
    # Layers have a ">" in their names, which no input or output has: each may be called "max" or "concatenate". Keras
    # does not take a "/" there, and PyTorch no ".".
    # Those of a part begin with its name; none of them ends as those do that belong to no part.
    seeds = Seeds(seed)
    shared = build_shared(plain.inputs, seeds)
    read = [part.build(seeds, *made_for(part, shared)) for part in plain.inputs]
    compared = [one.build(shared) for one in plain.comparisons]
    features = side_by_side([*(vectors for _, vectors in read), *compared], "joined>all")
    for i, layer in enumerate(spec.dense):
        features = layer.build(f"dense>{i}", features, seeds)
    if spec.head_dropout:
        features = keras.layers.Dropout(spec.head_dropout, seed=seeds(), name="dropout>all")(features)
    answers = {head.name: head.build(features, seeds) for head in plain.outputs}
    return _model(_named(spec, [tensors for tensors, _ in read]), answers)


def _named(spec: ModelSpec, tensors: list[dict[str, Any]]) -> dict[str, Any]:
    """The Keras inputs of each part under the names of the parts, and no longer under plain ones."""
    inputs = {}
    for part, own in zip(spec.inputs, tensors, strict=True):
        for feed, tensor in own.items():
            tensor.name = part.name + feed.removeprefix(plain_name(part.name))
            inputs[tensor.name] = tensor
    return inputs


def _model(inputs: dict[str, Any], answers: dict[str, Any]) -> keras.Model:
    """The Keras model that takes and gives these; its losses are called like its answers, so these have plain names."""
    named = {name: keras.layers.Identity(dtype="float32", name=name)(one) for name, one in answers.items()}
    return keras.Model(inputs, named, name="seqtext")


def own_model(own: keras.Model, spec: ModelSpec) -> keras.Model:
    """Return a model that takes and gives what `build`'s does, around somebody's own; see `seqtext.training.own`."""
    # The layers are made for their inputs' shapes alone, and thrown away.
    inputs = _named(spec, [part.build(Seeds(0))[0] for part in with_plain_names(spec).inputs])
    given = own(_for_own(own, inputs))
    answers = given if isinstance(given, dict) else {spec.outputs[0].name: given} if len(spec.outputs) == 1 else {}
    answers = {plain_name(name): one for name, one in answers.items()}
    wanted = {plain_name(head.name): (None, head.n_labels) for head in spec.outputs}
    if both := [name for name, one in answers.items() if one.shape == (None, 1) and wanted.get(name) == (None, 2)]:
        answers |= {name: BothLabels(dtype="float32")(answers[name]) for name in both}
    found = {name: tuple(one.shape) for name, one in answers.items()}
    if found != wanted:
        raise RecipeError(f"the model gives {found or type(given).__name__}, expected probabilities {wanted}")
    return _model(inputs, answers)


def _for_own(own: keras.Model, inputs: dict[str, Any]) -> Any:
    """What an own model takes: those inputs that it names, a single one, or all in a dict."""
    try:
        taken = own.input
    except (AttributeError, ValueError):  # subclassed, or a Sequential that has seen nothing yet
        taken = None if isinstance(own, keras.Sequential) else inputs
    if isinstance(taken, dict):
        if strange := [name for name in taken if name not in inputs]:
            raise RecipeError(f"the model takes {strange[0]!r}, which is not there; there is {listed(inputs)}")
        return {name: inputs[name] for name in taken}
    return inputs.get(getattr(taken, "name", ""), next(iter(inputs.values())))


@contextmanager
def precision(name: str) -> Iterator[None]:
    """Let what Keras builds inside compute in ``name``, a dtype policy of Keras; its weights are float32 with each."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def build_reference(spec: ModelSpec, weights: dict[str, np.ndarray]) -> keras.Model:
    """
    Return a copy of a trained model for the CPU, in full float32 and off cuDNN, whatever it was trained on.

    GPUs may multiply in TF32, which differs from ONNX Runtime by about 1e-3: too much to find a wrong graph by.
    """
    with keras.device("cpu"), precision("float32"):
        model = build(spec)
        set_weights(model, spec, weights)
    for layer in model.layers:
        if hasattr(layer, "use_cudnn"):
            layer.use_cudnn = False
    return model


def variables(model: keras.Model, spec: ModelSpec) -> dict[str, Any]:
    """Return the Keras variables of ``model`` under the names of `weight_shapes`: path of a layer, and its weight."""
    found = {}
    for name, plain in zip(weight_shapes(spec), weight_shapes(with_plain_names(spec)), strict=True):
        path, _, weight = plain.rpartition("/")
        # Keras uses "/" for itself, so layers are called with ">" where our weight names have "/".
        layer = model.get_layer(path.replace("/", ">"))
        found[name] = getattr(getattr(layer, "cell", layer), weight)
    return found


def get_weights(model: keras.Model, spec: ModelSpec) -> dict[str, np.ndarray]:
    """Return copies of all weights as float32 arrays, named and ordered as in `weight_shapes`."""
    return {
        name: np.array(keras.ops.convert_to_numpy(variable), dtype=np.float32)
        for name, variable in variables(model, spec).items()
    }


def set_weights(model: keras.Model, spec: ModelSpec, weights: dict[str, np.ndarray]) -> None:
    """Put arrays named as in `weight_shapes` into ``model``."""
    for name, variable in variables(model, spec).items():
        variable.assign(weights[name])
