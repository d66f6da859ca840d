"""How a text becomes the arrays of an exported graph, in words and data, for who has nothing of ours."""

from typing import Any

from seqtext.preprocess import TextPipeline
from seqtext.preprocess.bag import ID_BITS, MIX, MIX_AGAIN

TO_IDS = [
    "apply the cleaning steps of 'clean' to the text, first to last",
    "cut it into tokens as 'tokens' says",
    "replace each token by its place in 'vocabulary', counted from 0, and unknown ones by 1",
]
CUT = (
    "if there are more than 'max_length', keep the part that 'truncating' does not name: 'pre' cuts off "
    "the beginning, 'post' the end, 'middle' keeps the first half (and the odd one) and the last"
)
ALSO_KNOWN = (
    "replace each id that is not below 'vocabulary_size': one that stands in 'also_known' by 'vocabulary_size' plus "
    "its place there, counted from 0, and any other by 1"
)
NO_TOKEN = "if there is no token at all, the text is the single id 1"
FILL_UP = "put the rows into one array and fill them up on the right with 0"
OF_WORDS = (
    "of each run of 1 to 'words' ids, all of the text and not cut, with no id 1 among them, make a key of 64 bits: "
    f"that of the run without its last id, times 2**{ID_BITS}, plus the last id; that of nothing is 0"
)
OF_CHARACTERS = [
    "split the cleaned text at white space, and join it again with one space between its pieces, one before the "
    "first and one behind the last",
    "of each run of 'min_chars' to 'max_chars' characters of that, if only its first and last may be spaces and not "
    f"all are, make a key: begin with 0, and for each character times {MIX_AGAIN} plus (code point + 1) times {MIX}, "
    "all modulo 2**64; then xor it with itself divided by 2**29, rounded down, and set the highest of 64 bits",
]
COUNT = "count each key that is in 'keys', which are sorted; its place there, counted from 0, is the id of a feature"
WEIGH = {
    "binary": "the value of a feature is 1",
    "count": "the value of a feature is its count",
    "freq": "the value of a feature is its count, divided by the sum of all counts of the text",
    "keras_tfidf": "the value of a feature is (1 + ln(count)) times its number in 'idf'",
    "tfidf": "the value of a feature is (1 + ln(count)) times its number in 'idf'; then the values of a text are "
    "divided by the square root of the sum of their squares: those with the highest bit of the key by themselves, as "
    "are those without",
}


def how_to_feed(name: str, preparer: Any, *, reads_sequence: bool) -> dict[str, Any]:
    """
    Return how to make the arrays of the input ``name``.

    Parameters
    ----------
    preparer
        A fitted `TextPipeline`, or a `TextColumn` where there are bags.
    reads_sequence
        Whether the graph takes ids.
    """
    if isinstance(preparer, TextPipeline):
        saved = preparer.to_dict()
        return {
            "type": "int32",
            "shape": ["rows", "tokens"],
            "steps": [*TO_IDS, CUT, NO_TOKEN, FILL_UP],
            **{key: saved[key] for key in ("clean", "tokens", "max_length", "truncating", "vocabulary")},
        }
    saved = preparer.to_dict()
    also_known = saved.get("also_known", [])
    sequence = {
        "array": name,
        "type": "int32",
        "shape": ["rows", "tokens"],
        "steps": [
            CUT,
            ALSO_KNOWN if also_known else "replace each id that is not below 'vocabulary_size' by 1",
            FILL_UP,
        ],
        "vocabulary_size": saved["vocabulary_size"],
        **({"also_known": also_known} if also_known else {}),
        **{key: saved["sequence"][key] for key in ("max_length", "truncating")},
    }
    return {
        "steps": [*TO_IDS, NO_TOKEN, *(["make of the ids what 'sequence' says"] if reads_sequence else [])],
        **({"sequence": sequence} if reads_sequence else {}),
        "bags": [_bag(f"{name}.bag_{i}", f"{name}/bag_{i}", bag) for i, bag in enumerate(preparer.bags)],
        **{key: saved["pipeline"][key] for key in ("clean", "tokens")},
        "vocabulary": saved["vocabulary"],
    }


def _bag(array: str, learned: str, bag: Any) -> dict[str, Any]:
    of_words = [OF_WORDS] if bag.words else []
    of_characters = OF_CHARACTERS if bag.max_chars else []
    return {
        "arrays": {
            "ids": {"array": f"{array}.ids", "type": "int32", "shape": ["rows", "features"]},
            "values": {"array": f"{array}.values", "type": "float32", "shape": ["rows", "features"]},
        },
        "steps": [
            *of_words,
            *of_characters,
            COUNT,
            WEIGH[bag.weighting],
            "put ids and values of the rows into one array each and fill both up on the right with 0, to one place or "
            "more",
        ],
        **{key: getattr(bag, key) for key in ("words", "min_chars", "max_chars", "weighting")},
        "keys": f"{learned}/keys",
        "idf": f"{learned}/idf",
    }
