"""Labels to numbers and back: what a label is, in which order, and what is refused in which words."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.errors import DataError, SeqtextError, UnknownLabelError
from seqtext.preprocess.labels import MAX_LABELS, LabelEncoder, MultiLabelEncoder

names = st.text(min_size=1).filter(lambda name: not name.isspace())
one_kind_of_label = st.one_of(
    st.lists(names, min_size=1),
    st.lists(st.integers(-(10**15), 10**15), min_size=1),
    st.lists(st.booleans(), min_size=1),
)


# LabelEncoder


@given(labels=one_kind_of_label)
def test_labels_come_back_as_they_were(labels):
    encoder = LabelEncoder()

    assert encoder.inverse_transform(encoder.fit_transform(labels)).tolist() == labels


@given(labels=one_kind_of_label)
def test_indices_follow_the_order_of_the_labels(labels):
    indices = LabelEncoder().fit_transform(labels)

    assert indices.dtype == np.int64
    assert [sorted(set(labels))[index] for index in indices] == labels


@given(labels=one_kind_of_label)
def test_the_stored_encoder_is_the_same_encoder(labels):
    encoder = LabelEncoder(missing="keep").fit(labels)

    restored = LabelEncoder.from_dict(json.loads(json.dumps(encoder.to_dict())))

    assert restored.to_dict() == encoder.to_dict()
    assert restored.inverse_transform(encoder.transform([*labels, None])).tolist() == [*labels, None]


@pytest.mark.parametrize(
    ("labels", "classes", "indices"),
    [
        (["b", "a", "b"], ["a", "b"], [1, 0, 1]),
        (["a", "Z", "10", "9"], ["10", "9", "Z", "a"], [3, 2, 0, 1]),
        ([10, 9, -1], ["-1", "9", "10"], [2, 1, 0]),
        ([True, False], ["False", "True"], [1, 0]),
        (np.array([3, 1], dtype=np.uint8), ["1", "3"], [1, 0]),
        (np.array([True, False]), ["False", "True"], [1, 0]),
        (np.array(["x", "y"]), ["x", "y"], [0, 1]),
        ([1.0, 2.0], ["1", "2"], [0, 1]),
        (["10", 9], ["10", "9"], [0, 1]),
        ((label for label in "ba"), ["a", "b"], [1, 0]),
    ],
)
def test_names_and_order(labels, classes, indices):
    encoder = LabelEncoder()

    assert encoder.fit_transform(labels).tolist() == indices
    assert encoder.classes_ == classes
    assert all(type(name) is str for name in encoder.classes_)


def test_a_label_is_recognised_by_its_name():
    assert LabelEncoder().fit([3, 10]).transform(["10", "3"]).tolist() == [1, 0]


def test_integers_come_back_as_an_integer_array():
    assert LabelEncoder().fit([3, 10]).inverse_transform([1]).dtype == np.int64


def test_strings_come_back_as_plain_strings():
    label = LabelEncoder().fit(np.array(["a", "b"])).inverse_transform(np.array([1], dtype=np.int32))[0]

    assert type(label) is str


def test_an_integer_too_large_for_an_array_comes_back_as_a_string():
    encoder = LabelEncoder().fit([2**64, 1])

    assert LabelEncoder.from_dict(encoder.to_dict()).inverse_transform([0, 1]).tolist() == ["1", str(2**64)]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (map(str, range(MAX_LABELS + 1)), "there are 100,001 different labels, .* is this the column of the labels"),
        (["a", "b" * 10_001], "the longest of 10,001 characters"),
    ],
)
def test_texts_are_not_taken_for_labels(labels, words):
    with pytest.raises(DataError, match=words):
        LabelEncoder().fit(labels)


def test_no_indices_give_no_labels():
    assert LabelEncoder().fit(["a"]).inverse_transform([]).tolist() == []


def test_fitting_again_starts_afresh():
    assert LabelEncoder().fit(["a"]).fit(["b"]).classes_ == ["b"]


def test_len_is_the_number_of_labels():
    assert len(LabelEncoder().fit(["a", "b", "a"])) == 2


def test_an_unseen_label_is_named_with_the_known_ones():
    encoder = LabelEncoder().fit(["negative", "positive"])

    with pytest.raises(UnknownLabelError, match="label 'meh' not among those learned: 'negative', 'positive'; learn"):
        encoder.transform(["positive", "meh"])


def test_many_unseen_labels_are_counted():
    with pytest.raises(UnknownLabelError, match="labels 'b', 'c', 'd', 'e', 'f' and 2 more not among"):
        LabelEncoder().fit(["a"]).transform(list("abcdefgh"))


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, np.float32("nan"), "", " \t"])
def test_a_missing_label_is_refused_with_its_row(missing):
    with pytest.raises(DataError, match="no label in row 2; fill it in"):
        LabelEncoder().fit(["a", missing])


def test_missing_labels_are_refused_in_transform():
    with pytest.raises(DataError, match="no label in rows 1, 3;"):
        LabelEncoder().fit(["a"]).transform([None, "a", None])


@pytest.mark.parametrize(("labels", "back"), [(["a", None], ["a", None]), ([5, np.nan], [5, None])])
def test_a_missing_label_can_be_kept_as_minus_one(labels, back):
    encoder = LabelEncoder(missing="keep")

    assert encoder.fit_transform(labels).tolist() == [0, -1]
    assert len(encoder) == 1
    assert encoder.inverse_transform([0, -1]).tolist() == back


def test_a_missing_pandas_value_is_missing():
    pandas = pytest.importorskip("pandas")

    labels = pandas.Series([True, None], dtype="boolean")

    assert LabelEncoder(missing="keep").fit_transform(labels).tolist() == [0, -1]


def test_one_hot_has_a_row_of_zeros_for_a_missing_label():
    matrix = LabelEncoder(missing="keep").fit(["a", "b"]).one_hot(["b", None, "a"])

    assert matrix.dtype == np.float32
    assert matrix.tolist() == [[0, 1], [0, 0], [1, 0]]


@pytest.mark.parametrize("label", [1.5, float("inf"), b"a", ("a", "b"), np.array([1, 0])])
def test_what_is_no_label_is_refused(label):
    with pytest.raises(TypeError, match="a label is a string, an int or a bool, not"):
        LabelEncoder().fit(["a", label])


def test_a_single_string_is_not_a_list_of_labels():
    with pytest.raises(TypeError, match="expected a list with a label for each row, not 'abc'"):
        LabelEncoder().fit("abc")


@pytest.mark.parametrize("labels", [[], [None]])
def test_no_labels_are_nothing_to_learn(labels):
    with pytest.raises(DataError, match="there are no labels to learn"):
        LabelEncoder(missing="keep").fit(labels)


@pytest.mark.parametrize(
    ("indices", "words"),
    [
        ([2], "there is no label with index 2; the indices go from 0 to 1"),
        ([-1], "there is no label with index -1"),
        ([[0.1, 0.9]], "expected a list of indices, not float64 .* argmax"),
        ([0.0], "expected a list of indices, not float64"),
    ],
)
def test_an_index_without_a_label_is_refused(indices, words):
    with pytest.raises(ValueError, match=words):
        LabelEncoder().fit(["a", "b"]).inverse_transform(indices)


# Stored labels


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ([], "stored labels are an object with the key 'classes'"),
        ({}, "'classes' of the stored labels is None, expected a list"),
        ({"classes": "abc"}, "'classes' of the stored labels is 'abc', expected a list"),
        ({"classes": []}, "is 0 names, expected a list of 1 to"),
        ({"classes": ["a"] * (MAX_LABELS + 1)}, "is 100,001 names, expected a list of 1 to 100,000 names"),
        ({"classes": ["a", "b", "a"]}, "the stored label 'a' occurs twice"),
        ({"classes": ["a", 1]}, "a stored label is 1, expected a string"),
        ({"classes": ["a", " "]}, "a stored label is ' ', expected a string of 1 to 10,000 characters, not blank"),
        ({"classes": ["a" * 10_001]}, "expected a string of 1 to 10,000 characters"),
        ({"classes": ["1", "x"], "kind": "int"}, "the stored label 'x' is no int"),
        ({"classes": ["01"], "kind": "int"}, "the stored label '01' is no int"),
        ({"classes": ["9" * 5000], "kind": "int"}, "is no int"),
        ({"classes": ["yes"], "kind": "bool"}, "the stored label 'yes' is no bool"),
        ({"classes": ["a"], "kind": "os.system"}, "the kind of the stored labels is 'os.system', expected one of"),
        ({"classes": ["a"], "kind": []}, r"the kind of the stored labels is \[\]"),
        ({"classes": ["a"], "missing": "drop"}, "missing must be one of error, keep, but is 'drop'"),
        ({"classes": ["a"], "clases": []}, "stored labels have no key 'clases'; did you mean 'classes'"),
    ],
)
@pytest.mark.parametrize("encoder", [LabelEncoder, MultiLabelEncoder])
def test_damaged_stored_labels_are_refused(encoder, stored, words):
    with pytest.raises(DataError, match=words):
        encoder.from_dict(stored)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
stored_labels = st.dictionaries(st.sampled_from(["classes", "kind", "missing", "separator", "x"]), json_values)


@given(stored=json_values | stored_labels)
def test_whatever_is_stored_it_is_read_or_refused_properly(stored):
    for encoder in (LabelEncoder, MultiLabelEncoder):
        try:
            encoder.from_dict(stored).to_dict()
        except SeqtextError as error:
            assert "\n" not in str(error)  # noqa: PT017 - most inputs are refused, some are not


# MultiLabelEncoder


@given(rows=st.lists(st.lists(names, unique=True)).filter(any))
def test_rows_of_labels_come_back_sorted(rows):
    encoder = MultiLabelEncoder()

    assert encoder.inverse_transform(encoder.fit_transform(rows)) == [sorted(row) for row in rows]


@pytest.mark.parametrize(
    ("rows", "separator", "classes", "matrix"),
    [
        ([["b", "a"], [], ["b"]], None, ["a", "b"], [[1, 1], [0, 0], [0, 1]]),
        (["b, a", " ", "b,b,"], ",", ["a", "b"], [[1, 1], [0, 0], [0, 1]]),
        (["b, a", "", "b"], None, ["b", "b, a"], [[0, 1], [0, 0], [1, 0]]),
        ([{10, 9}, (9,), np.array([10])], None, ["9", "10"], [[1, 1], [1, 0], [0, 1]]),
        ([3, [4]], ",", ["3", "4"], [[1, 0], [0, 1]]),
        (["a b  c"], " ", ["a", "b", "c"], [[1, 1, 1]]),
    ],
    ids=["lists", "separator", "no-separator", "sets-of-integers", "single", "spaces"],
)
def test_rows_of_labels(rows, separator, classes, matrix):
    encoder = MultiLabelEncoder(separator=separator)

    encoded = encoder.fit_transform(rows)

    assert encoder.classes_ == classes
    assert encoded.dtype == np.float32
    assert encoded.tolist() == matrix


def test_a_probability_of_one_half_is_a_label():
    assert MultiLabelEncoder().fit([["a", "b"]]).inverse_transform([[0.5, 0.49]]) == [["a"]]


def test_integer_labels_come_back_as_integers():
    assert MultiLabelEncoder().fit([[7, 8]]).inverse_transform([[0, 1]]) == [[8]]


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_missing_row_is_not_an_empty_row(missing):
    encoder = MultiLabelEncoder(missing="keep")

    encoded = encoder.fit_transform([["a"], [], missing])

    assert encoder.inverse_transform(encoded) == [["a"], [], None]


def test_a_missing_row_is_refused_with_its_number():
    with pytest.raises(DataError, match="no label in row 2;"):
        MultiLabelEncoder().fit([["a"], None])


def test_an_unseen_label_in_a_row_is_named():
    with pytest.raises(UnknownLabelError, match="label 'meh' not among those learned: 'a', 'b'"):
        MultiLabelEncoder().fit([["a", "b"]]).transform([["a", "meh"]])


@pytest.mark.parametrize("gap", [None, "", float("nan")])
def test_an_empty_label_inside_a_row_is_refused(gap):
    with pytest.raises(DataError, match="row 2 has an empty label in its list"):
        MultiLabelEncoder().fit([["a"], ["a", gap]])


def test_a_matrix_of_another_width_is_refused():
    with pytest.raises(ValueError, match=r"expected the shape \(rows, 2\), a column for each label, not \(1, 3\)"):
        MultiLabelEncoder().fit([["a", "b"]]).inverse_transform([[1, 0, 0]])


@pytest.mark.parametrize("separator", ["", 3])
def test_a_separator_that_separates_nothing_is_refused(separator):
    with pytest.raises(ValueError, match="separator must be a string that is not empty"):
        MultiLabelEncoder(separator=separator).fit([["a"]])


def test_the_stored_multi_label_encoder_is_the_same():
    encoder = MultiLabelEncoder(separator="|", missing="keep").fit(["a|b"])

    assert MultiLabelEncoder.from_dict(encoder.to_dict()).transform(["b"]).tolist() == [[0, 1]]


# The contract of scikit-learn

every_encoder = pytest.mark.parametrize("encoder", [LabelEncoder, MultiLabelEncoder])


@every_encoder
def test_clone_keeps_the_parameters_and_forgets_the_labels(encoder):
    base = pytest.importorskip("sklearn.base")
    original = encoder(missing="keep").fit(["a"])

    copy = base.clone(original)

    assert copy.get_params() == original.get_params()
    assert not hasattr(copy, "classes_")


@every_encoder
def test_use_before_fit_is_the_error_of_scikit_learn(encoder):
    exceptions = pytest.importorskip("sklearn.exceptions")

    with pytest.raises(exceptions.NotFittedError, match="knows no labels yet; call fit first"):
        encoder().transform(["a"])


@every_encoder
def test_set_params_names_the_parameter_that_was_meant(encoder):
    with pytest.raises(ValueError, match="option 'mising'; did you mean 'missing'"):
        encoder().set_params(mising="keep")


@every_encoder
def test_parameters_are_checked_in_fit_and_not_before(encoder):
    unfitted = encoder().set_params(missing="drop")

    with pytest.raises(ValueError, match="missing must be one of error, keep, but is 'drop'"):
        unfitted.fit(["a"])


def test_without_scikit_learn_use_before_fit_is_a_value_error():
    code = (
        "import sys\n"
        "from seqtext.preprocess.labels import LabelEncoder\n"
        "try:\n    LabelEncoder().transform(['a'])\n"
        "except ValueError as error:\n    print(type(error).__name__, 'sklearn' in sys.modules)\n"
    )

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed == "NotFittedError False\n"


def test_the_changed_options_are_shown():
    assert repr(MultiLabelEncoder(separator=",")) == "MultiLabelEncoder(separator=',')"
