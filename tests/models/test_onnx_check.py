"""Every graph of ours passes; whatever else ONNX can hold does not."""

import contextlib
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext import bundle, load
from seqtext.errors import BundleError
from seqtext.models import onnx_check
from seqtext.models.onnx_check import check_graph
from seqtext.models.onnx_graph import build_graph
from seqtext.models.spec import ACTIVATIONS, CELLS, POOLINGS, Head, ModelSpec, TextInput

onnx = pytest.importorskip("onnx")

SPEC = ModelSpec(
    (TextInput("text", 8, 3, cell="gru", units=2, pooling="attention"),), (Head("label", 2), Head("yes", 2, "binary"))
)


@pytest.fixture(scope="module")
def content(random_weights):
    return build_graph(SPEC, random_weights(SPEC))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("bidirectional", "layers"), [(False, 1), (True, 1), (True, 2)])
@pytest.mark.parametrize(("cell", "pooling"), list(itertools.product(CELLS, POOLINGS)))
def test_every_graph_that_we_write_passes(random_weights, cell, pooling, bidirectional, layers, activation):
    options = {"cell": cell, "pooling": pooling, "bidirectional": bidirectional, "layers": layers}
    texts = tuple(TextInput(name, 8, 3, units=2, activation=activation, **options) for name in ("title", "body"))
    spec = ModelSpec(texts, (Head("label", 3), Head("yes", 2, "binary")))

    check_graph(build_graph(spec, random_weights(spec)), spec)


def test_every_operator_on_the_list_is_one_that_we_write(random_weights):
    found = set()
    for cell, pooling in itertools.product(CELLS, POOLINGS):
        text = TextInput("text", 8, 3, cell=cell, units=2, pooling=pooling)
        spec = ModelSpec((text, TextInput("other", 8, 3, units=2)), (Head("label", 3), Head("yes", 2, "binary")))
        found |= {node.op_type for node in onnx.load_from_string(build_graph(spec, random_weights(spec))).graph.node}

    assert found == set(onnx_check.OPERATORS)


def foreign_operator(model):
    model.graph.node[0].op_type = "Loop"


def custom_domain(model):
    model.graph.node[0].domain = "com.example"


def custom_operator_set(model):
    model.opset_import.append(onnx.helper.make_opsetid("com.example", 1))


def custom_operator_set_only(model):
    model.opset_import[0].domain = "ai.onnx.ml"


def no_operator_set(model):
    del model.opset_import[:]


def external_data(model):
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def foreign_attribute(model):
    model.graph.node[0].attribute.append(onnx.helper.make_attribute("to", 1))


def subgraph(model):
    attribute = onnx.helper.make_attribute("keepdims", onnx.helper.make_graph([], "inner", [], []))
    next(node for node in model.graph.node if node.op_type == "ReduceSum").attribute.append(attribute)


def constant_in_an_attribute(model):
    attribute = onnx.helper.make_attribute("keepdims", onnx.numpy_helper.from_array(np.zeros(3)))
    next(node for node in model.graph.node if node.op_type == "ReduceSum").attribute.append(attribute)


def function(model):
    model.functions.append(
        onnx.helper.make_function("", "Sigmoid", ["x"], ["y"], [], [onnx.helper.make_opsetid("", 17)])
    )


def training_info(model):
    model.training_info.add()


def notes(model):
    model.metadata_props.add(key="a", value="b")


def overload(model):
    model.graph.node[0].overload = "other"


def sparse_constant(model):
    model.graph.sparse_initializer.add()


def strings(model):
    model.graph.initializer.append(onnx.helper.make_tensor("s", onnx.TensorProto.STRING, [1], [b"x"]))


def doubles(model):
    model.graph.initializer[0].data_type = onnx.TensorProto.DOUBLE


def numbers_outside_raw_data(model):
    model.graph.initializer.append(onnx.helper.make_tensor("s", onnx.TensorProto.FLOAT, [1], [1.0]))


def short_constant(model):
    model.graph.initializer[-1].raw_data = model.graph.initializer[-1].raw_data[:-4]


def huge_constant(model):
    model.graph.initializer[-1].dims[:] = [2**40]


def negative_constant(model):
    model.graph.initializer[-1].dims[:] = [-1]


def other_input(model):
    model.graph.input[0].name = "txet"


def more_inputs(model):
    model.graph.input.append(onnx.helper.make_tensor_value_info("more", onnx.TensorProto.INT32, ["batch", "time"]))


def input_of_other_type(model):
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT64


def input_that_is_a_list(model):
    model.graph.input[0].type.sequence_type.elem_type.tensor_type.elem_type = onnx.TensorProto.INT32


def other_output(model):
    model.graph.output[0].name = "gather.3"


def swapped_outputs(model):
    one, other = model.graph.output[0].name, model.graph.output[1].name
    model.graph.output[0].name, model.graph.output[1].name = other, one


def fewer_outputs(model):
    del model.graph.output[1]


def output_of_other_size(model):
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 3


def output_without_shape(model):
    model.graph.output[0].type.tensor_type.ClearField("shape")


def no_graph(model):
    model.ClearField("graph")


FOREIGN = [
    (foreign_operator, "the operator 'Loop'"),
    (custom_domain, r"its node has something that seqtext does not write \(field 7\)"),
    (custom_operator_set, "operators beyond those of ONNX"),
    (custom_operator_set_only, "operators beyond those of ONNX"),
    (no_operator_set, "operators beyond those of ONNX"),
    (external_data, "its tensor has something"),
    (foreign_attribute, "has the attribute 'to'"),
    (subgraph, "its attribute has something"),
    (constant_in_an_attribute, "its attribute has something"),
    (function, "its model has something"),
    (training_info, "its model has something"),
    (notes, "its model has something"),
    (overload, "its node has something"),
    (sparse_constant, "its graph has something"),
    (strings, "its tensor has something"),
    (doubles, "is not an array of numbers"),
    (numbers_outside_raw_data, "its tensor has something"),
    (short_constant, "is not an array of numbers"),
    (huge_constant, "is not an array of numbers"),
    (negative_constant, "is not an array of numbers"),
    (other_input, "its inputs are not those of the model: text"),
    (more_inputs, "its inputs are not those"),
    (input_of_other_type, "its inputs are not those"),
    (input_that_is_a_list, "its type has something"),
    (other_output, "its outputs are not those of the model: label, yes"),
    (swapped_outputs, "its outputs are not those"),
    (fewer_outputs, "its outputs are not those"),
    (output_of_other_size, "its outputs are not those"),
    (output_without_shape, "its outputs are not those"),
    (no_graph, "it has no graph"),
]


@pytest.mark.parametrize(("change", "message"), FOREIGN, ids=[change.__name__ for change, _ in FOREIGN])
def test_what_is_not_ours_is_refused(content, change, message):
    model = onnx.load_from_string(content)
    change(model)

    with pytest.raises(ValueError, match=message):
        check_graph(model.SerializeToString(), SPEC)


def test_a_second_graph_is_refused(content):
    # Protocol Buffers merges what stands twice: readers could disagree about what the graph is.
    with pytest.raises(ValueError, match=r"its model has the graph more than once|ir_version more than once"):
        check_graph(content + content, SPEC)


@given(where=st.floats(0, 1, exclude_max=True), junk=st.binary(max_size=8))
def test_any_bytes_are_refused_in_one_way_or_are_ours(content, where, junk):
    place = int(where * len(content))

    # Any other error fails the test; bytes inside a constant are as good as others.
    with contextlib.suppress(ValueError):
        check_graph(content[:place] + junk + content[place + len(junk) :], SPEC)


@given(st.binary(max_size=60))
def test_random_bytes_are_refused(content):
    with pytest.raises(ValueError, match=r"."):
        check_graph(content, SPEC)


def test_a_file_of_countless_parts_is_refused_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr(onnx_check, "MAX_FIELDS", 1_000)

    with pytest.raises(ValueError, match="more than 1,000 parts"):
        check_graph(b"\x3a" + bytes([0x84, 0x80, 0x01]) + b"\x0a\x00" * 8_194, SPEC)


@pytest.fixture
def folder(untrained, tmp_path):
    return bundle.save(
        tmp_path / "model", untrained(ModelSpec((TextInput("text", 8, 3, units=2),), (Head("label", 2),)))
    )


def test_a_foreign_graph_with_the_right_checksums_is_a_bundle_error(folder, forge):
    def change(content):
        model = onnx.load_from_string(content)
        custom_domain(model)
        return model.SerializeToString()

    forge(folder, "model.onnx", change)

    with pytest.raises(BundleError, match=r"model.onnx is damaged: its node has something that seqtext does not write"):
        load(folder)


def test_a_graph_of_known_parts_that_do_not_fit_together_is_a_bundle_error(folder, forge):
    def change(content):
        model = onnx.load_from_string(content)
        model.graph.node[-1].input[0] = "nowhere"
        return model.SerializeToString()

    forge(folder, "model.onnx", change)
    model = load(folder)

    with pytest.raises(BundleError, match=r"model.onnx cannot be run: "):
        model.predict(["good"])


def test_a_graph_that_gives_other_shapes_than_it_says_is_a_bundle_error(folder, forge):
    def change(content):
        model = onnx.load_from_string(content)
        # The answer is put together along the time axis of the words instead.
        node = next(node for node in model.graph.node if node.op_type == "Gather")
        node.input[1] = next(one.name for one in model.graph.initializer if one.data_type == onnx.TensorProto.INT64)
        return model.SerializeToString()

    forge(folder, "model.onnx", change)
    model = load(folder)

    with pytest.raises(BundleError, match=r"model.onnx (failed|cannot)"):
        model.predict(["good", "bad film"])
