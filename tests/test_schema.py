"""Plain values to frozen dataclasses: exactly the keys, exactly the types."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.errors import BundleError, SeqtextError
from seqtext.schema import from_plain, to_plain


@dataclass(frozen=True)
class Part:
    name: str
    share: float = 0.5


@dataclass(frozen=True)
class Whole:
    count: int
    is_odd: bool
    parts: tuple[Part, ...]
    sizes: dict[str, int]
    limit: int | None
    free: Any


WHOLE = Whole(3, True, (Part("a"), Part("b", 1.0)), {"x": 1}, None, [1, "two"])
PLAIN = {
    "count": 3,
    "is_odd": True,
    "parts": [{"name": "a", "share": 0.5}, {"name": "b", "share": 1.0}],
    "sizes": {"x": 1},
    "limit": None,
    "free": [1, "two"],
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_a_dataclass_becomes_plain_values():
    assert to_plain(WHOLE) == PLAIN


def test_plain_values_become_the_dataclass_again():
    assert from_plain(Whole, PLAIN, "whole", SeqtextError) == WHOLE


def test_a_whole_number_may_stand_for_a_float():
    found = from_plain(Part, {"name": "a", "share": 1}, "part", SeqtextError)

    assert type(found.share) is float


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": "3"}, "whole.count is '3', expected int"),
        ({"count": True}, "whole.count is True, expected int"),
        ({"count": 3.0}, r"whole.count is 3\.0, expected int"),
        ({"count": None}, "whole.count is None, expected int"),
        ({"is_odd": 1}, "whole.is_odd is 1, expected bool"),
        ({"parts": {"name": "a"}}, "whole.parts is .*, expected a list"),
        ({"parts": [{"name": "a"}]}, r"whole.parts\[0\] lacks the key 'share'"),
        ({"parts": [7]}, r"whole.parts\[0\] is 7, expected an object"),
        ({"parts": [{"name": "a", "share": 10**400}]}, r"whole.parts\[0\].share is 1000.*\.\.\., expected float"),
        ({"sizes": {"x": "1"}}, r"whole.sizes\['x'\] is '1', expected int"),
        ({"sizes": []}, r"whole.sizes is \[\], expected an object"),
        ({"limit": "none"}, "whole.limit is 'none', expected int"),
        ({"cuont": 1}, "whole has an unknown key 'cuont'; did you mean 'count'"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(change, message):
    with pytest.raises(BundleError, match=message):
        from_plain(Whole, {**PLAIN, **change}, "whole", BundleError)


def test_a_missing_key_is_named():
    with pytest.raises(BundleError, match="whole lacks the key 'limit'"):
        from_plain(Whole, {name: value for name, value in PLAIN.items() if name != "limit"}, "whole", BundleError)


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(BundleError) as caught:
        from_plain(Whole, {**PLAIN, "count": "x" * 10_000}, "whole", BundleError)

    assert len(str(caught.value)) < 120


@given(key=st.sampled_from(list(PLAIN)), value=json_values)
def test_any_value_anywhere_is_taken_or_refused_in_one_way(key, value):
    try:
        found = from_plain(Whole, {**PLAIN, key: value}, "whole", BundleError)
    except BundleError:
        return

    assert from_plain(Whole, to_plain(found), "whole", BundleError) == found or value != value or key == "free"
