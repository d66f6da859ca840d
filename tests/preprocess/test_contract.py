"""Options that a constructor only stores."""

import pytest

from seqtext.preprocess.contract import Parameters


class Cutter(Parameters):
    def __init__(self, *, length=1, words=("a",), strict=None):
        self.length, self.words, self.strict = length, words, strict


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "Cutter()"),
        ({"length": 1, "words": ("a",)}, "Cutter()"),
        ({"length": True}, "Cutter(length=True)"),
        ({"words": ["a"], "strict": 0}, "Cutter(words=['a'], strict=0)"),
    ],
)
def test_only_what_differs_in_type_or_value_is_shown(options, shown):
    assert repr(Cutter(**options)) == shown


def test_an_unknown_option_is_a_value_error_with_a_hint():
    with pytest.raises(ValueError, match="no Cutter option 'lenght'; did you mean 'length'"):
        Cutter().set_params(lenght=2)
