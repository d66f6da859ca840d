"""Dataclasses with bounds and kinds, to plain values and back: exactly the keys, exactly the types."""

import json
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.errors import BundleError, RecipeError, SeqtextError
from seqtext.schema import check_settings, from_plain, one_of, setting, to_plain


@dataclass(frozen=True)
class Checked:
    def __post_init__(self):
        check_settings(self)


@dataclass(frozen=True)
class Round(Checked):
    kind: ClassVar[str] = "round"
    radius: float = setting(0.5, low=0, high=10)


@dataclass(frozen=True)
class Square(Checked):
    kind: ClassVar[str] = "square"
    side: int = setting(low=1, high=9)
    colour: str = setting("red", choices=("red", "blue"))


SHAPES = {"round": Round, "square": Square}


@dataclass(frozen=True)
class Whole(Checked):
    count: int
    is_odd: bool
    sizes: dict[str, int]
    free: Any
    limit: int | None = setting(None, low=1, high=5)
    words: tuple[str, ...] = ()
    plain: Round = Round()
    one: Any = one_of(SHAPES, Round())
    several: tuple[Any, ...] = one_of(SHAPES, ())
    named: dict[str, Any] = one_of(SHAPES, {})


WHOLE = Whole(3, True, {"x": 1}, [1, "two"], 5, ("a",), Round(1.0), Square(2), (Square(3), Round()), {"kind": Round()})
PLAIN = {
    "count": 3,
    "is_odd": True,
    "sizes": {"x": 1},
    "free": [1, "two"],
    "limit": 5,
    "words": ["a"],
    "plain": {"kind": "round", "radius": 1.0},
    "one": {"kind": "square", "side": 2, "colour": "red"},
    "several": [{"kind": "square", "side": 3, "colour": "red"}, {"kind": "round", "radius": 0.5}],
    "named": {"kind": {"kind": "round", "radius": 0.5}},
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["none", "round", "red", "kind", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "radius", "side", "colour", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def read(change, default=None):
    return from_plain(Whole, {**PLAIN, **change}, "whole", BundleError, default)


def test_a_dataclass_becomes_plain_values_and_comes_back():
    assert to_plain(WHOLE) == PLAIN
    assert read(json.loads(json.dumps(PLAIN))) == WHOLE


def test_a_whole_number_may_stand_for_a_float_and_a_word_for_nothing():
    found = read({"plain": {"kind": "round", "radius": 1}, "limit": "none"})

    assert type(found.plain.radius) is float
    assert found.limit is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": "3"}, "whole.count is '3', expected int"),
        ({"count": True}, "whole.count is True, expected int"),
        ({"count": 3.0}, r"whole.count is 3\.0, expected int"),
        ({"count": None}, "whole.count is None, expected int"),
        ({"is_odd": 1}, "whole.is_odd is 1, expected bool"),
        ({"sizes": {"x": "1"}}, r"whole.sizes\['x'\] is '1', expected int"),
        ({"sizes": []}, r"whole.sizes is \[\], expected an object"),
        ({"words": "a"}, "whole.words is 'a', expected a list"),
        ({"words": [1]}, r"whole.words\[0\] is 1, expected str"),
        ({"limit": 6}, "whole: limit is 6, expected 1 to 5"),
        ({"limit": "some"}, "whole.limit is 'some', expected int"),
        ({"plain": {"kind": "round", "radius": 10**400}}, r"whole.plain.radius is 1000.*\.\.\., expected float"),
        ({"plain": {"kind": "round", "radius": math.nan}}, "whole.plain: radius is nan, expected 0 to 10"),
        ({"one": {"kind": "cube"}}, "whole.one is of the kind 'cube', expected one of round, square"),
        ({"one": {"kind": "squre"}}, "of the kind 'squre', expected one of round, square; did you mean 'square'?"),
        ({"one": {"kind": ["round"]}}, r"whole.one is of the kind \['round'\]"),
        ({"one": {"radius": 0.5}}, "whole.one is of the kind None"),
        ({"one": {"kind": "square", "side": 2}}, "whole.one lacks the key 'colour'"),
        ({"several": {"kind": "round"}}, "whole.several is .*, expected a list"),
        ({"several": [7]}, r"whole.several\[0\] is 7, expected an object"),
        ({"several": [{"kind": "round", "side": 1}]}, r"whole.several\[0\] has an unknown key 'side'"),
        ({"named": [1]}, r"whole.named is \[1\], expected an object"),
        ({"named": {"a": {"kind": "round", "radius": 11}}}, "whole.named.a: radius is 11.0, expected 0 to 10"),
        ({"cuont": 1}, "whole has an unknown key 'cuont'; did you mean 'count'"),
        ({"kind": "whole"}, "whole has an unknown key 'kind'"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(change, message):
    with pytest.raises(BundleError, match=message):
        read(change)


def test_a_missing_key_is_named():
    with pytest.raises(BundleError, match="whole lacks the key 'limit'"):
        from_plain(Whole, {name: value for name, value in PLAIN.items() if name != "limit"}, "whole", BundleError)


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(BundleError) as caught:
        read({"count": "x" * 10_000})

    assert len(str(caught.value)) < 120


@given(key=st.sampled_from(list(PLAIN)), value=json_values, is_partial=st.booleans())
def test_any_value_anywhere_is_taken_or_refused_in_one_way(key, value, is_partial):
    try:
        found = read({key: value}, WHOLE if is_partial else None)
    except BundleError:
        return

    assert read(to_plain(found)) == found or key == "free"


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        ({}, "one", Square(2)),
        ({"limit": 1}, "count", 3),
        ({"plain": {}}, "plain", Round(1.0)),
        # The same kind takes what it was, by its kind or without; another kind, a list and a new name take their own.
        ({"one": {"side": 4}}, "one", Square(4)),
        ({"one": {"kind": "square", "colour": "blue"}}, "one", Square(2, "blue")),
        ({"one": {"kind": "round"}}, "one", Round()),
        ({"several": [{"kind": "square", "side": 5}]}, "several", (Square(5),)),
        ({"named": {"kind": {}}}, "named", {"kind": Round()}),
        ({"named": {"new": {"kind": "square", "side": 1}}}, "named", {"new": Square(1)}),
    ],
)
def test_with_a_default_a_missing_key_keeps_its_value(data, name, expected):
    assert getattr(from_plain(Whole, data, "whole", BundleError, WHOLE), name) == expected


def test_what_has_no_default_is_named_even_where_others_have_one():
    with pytest.raises(BundleError, match=r"whole.several\[0\] lacks the key 'side'"):
        from_plain(Whole, {"several": [{"kind": "square"}]}, "whole", BundleError, WHOLE)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Square("1"), "side is '1', expected a whole number"),
        (lambda: Square(True), "side is True, expected a whole number"),
        (lambda: Square(None), "side is None, expected a whole number"),
        (lambda: Square(0), "side is 0, expected 1 to 9"),
        (lambda: Square(1, "rde"), "colour is 'rde', expected one of red, blue; did you mean 'red'?"),
        (lambda: Square(1, 7), "colour is 7, expected a word"),
        (lambda: Round("big"), "radius is 'big', expected a number"),
        (lambda: Round(math.nan), "radius is nan, expected 0 to 10"),
        (lambda: Round(math.inf), "radius is inf, expected 0 to 10"),
        (lambda: Whole(1, "yes", {}, None), "is_odd is 'yes', expected true or false"),
        (lambda: Whole(1, True, {}, None, 1.5), r"limit is 1.5, expected a whole number or none"),
        (lambda: Whole(1, True, {}, None, words="ab"), "words is 'ab', expected a list"),
        (lambda: Whole(1, True, {}, None, one=3), "one holds 3, expected one of round, square"),
        (lambda: Whole(1, True, {}, None, several=(Round(), None)), "several holds None, expected one of"),
        (lambda: Whole(1, True, {}, None, named={"a": Whole}), "named holds .*, expected one of round, square"),
    ],
)
def test_a_field_outside_its_bounds_is_refused_when_made(make, message):
    with pytest.raises(RecipeError, match=message):
        make()


def test_a_kind_that_is_entered_later_counts(monkeypatch):
    @dataclass(frozen=True)
    class Flat:
        kind: ClassVar[str] = "flat"

    monkeypatch.setitem(SHAPES, "flat", Flat)

    assert read({"one": {"kind": "flat"}}).one == Flat()


def test_two_dataclasses_never_share_a_default_dict():
    first, second = (Whole(1, True, {}, None) for _ in range(2))
    first.named["a"] = Round()

    assert second.named == {}


def test_an_error_is_of_the_kind_that_was_asked_for():
    with pytest.raises(SeqtextError) as caught:
        from_plain(Round, {"kind": "round", "radius": 99.0}, "shape", SeqtextError)

    assert type(caught.value) is SeqtextError
