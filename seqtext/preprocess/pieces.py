"""
The fast road of a pipeline: each distinct piece of text between white space is cleaned, split and looked up once.

Most pieces come back in many texts. Any number of threads may share what is kept here: nothing iterates over it.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import numpy as np

from seqtext.preprocess.clean import WHOLE_TEXT, Cleaner, Step, compile_steps, keep
from seqtext.preprocess.split import Splitter, piece_splitter
from seqtext.preprocess.vocabulary import RESERVED

# Longer pieces are rarely seen twice; together they could fill the memory. So many take some 20 MB; four times as many
# were hardly faster with reviews.
MAX_PIECE = 64
MAX_PIECES = 1 << 17

UNKNOWN_ID = np.int32(1).tobytes()

Encoder = Callable[[str, tuple[int, int] | None], bytearray]


def count_tokens(texts: Iterable[str], steps: Sequence[Step], split: Splitter) -> Counter[str]:
    """Return how often each token occurs in ``texts``."""
    split_piece = piece_splitter(split)
    if not split_piece:
        clean = compile_steps(steps)
        return Counter(chain.from_iterable(split(clean(text)) for text in texts))
    whole, piece_tokens = separate_steps(steps, split_piece)
    total: Counter[str] = Counter()
    for piece, times in Counter(chain.from_iterable(whole(text).split() for text in texts)).items():
        for token in piece_tokens(piece):
            total[token] += times
    return total


def make_encoder(vocabulary: Sequence[str], steps: Sequence[Step], split: Splitter) -> Encoder:
    """
    Return a function from a text to its ids: int32 as bytes, which is the fastest way to an array.

    Given how many ids of its beginning and of its end are needed, it may leave out what stands between them.
    """
    id_of = {word: index.to_bytes(4, sys.byteorder) for index, word in enumerate(vocabulary) if word not in RESERVED}
    find_id = id_of.get
    if split_piece := piece_splitter(split):
        whole, piece_tokens = separate_steps(steps, split_piece)
        ids_of = PieceIds(lambda piece: b"".join([find_id(token, UNKNOWN_ID) for token in piece_tokens(piece)]))
        find = ids_of.__getitem__

        def encode(text: str, ends: tuple[int, int] | None = None) -> bytearray:
            pieces = whole(text).split()
            if ends and len(pieces) > sum(ends):
                first, last = ends
                head = bytearray().join(map(find, pieces[:first]))
                tail = bytearray().join(map(find, pieces[len(pieces) - last :]))
                # Unless there are pieces without a token, such as those that a step removes, this is enough.
                if len(head) >= 4 * first and len(tail) >= 4 * last:
                    return head[: 4 * first] + tail[len(tail) - 4 * last :]
            return bytearray().join(map(find, pieces))

        return encode
    clean = compile_steps(steps)

    def encode_all(text: str, ends: tuple[int, int] | None = None) -> bytearray:
        return bytearray().join([find_id(token, UNKNOWN_ID) for token in split(clean(text))])

    return encode_all


def separate_steps(steps: Sequence[Step], split: Splitter) -> tuple[Cleaner, Splitter]:
    """
    Return the cleaning of a whole text, and what turns one of its pieces into tokens.

    The pieces are left to all steps after the last one that looks further than white space.

    >>> whole, tokens = separate_steps(["html", "lowercase", "numbers=token"], str.split)
    >>> whole("A&lt;<b>12"), tokens("12")
    ('a< 12', ['number'])
    """
    far = [number for number, step in enumerate(steps, 1) if not isinstance(step, str) or step in WHOLE_TEXT]
    first = far[-1] if far else 0
    # These are cheaper on the whole text than on its pieces, and lower case leaves fewer different ones.
    while first < len(steps) and steps[first] in ("lowercase", "unicode"):
        first += 1
    near = compile_steps([step for step in steps[first:] if step != "spaces"])
    if near is keep:
        return compile_steps(steps[:first]), split
    return compile_steps(steps[:first]), lambda piece: [token for part in near(piece).split() for token in split(part)]


class PieceIds(dict[str, bytes]):
    """The ids of each piece of text, as bytes, worked out when it is first met; when it is full, it starts afresh."""

    def __init__(self, find: Callable[[str], bytes]) -> None:
        self.find = find

    def __missing__(self, piece: str) -> bytes:
        ids = self.find(piece)
        if len(piece) <= MAX_PIECE:
            if len(self) >= MAX_PIECES:
                self.clear()
            self[piece] = ids
        return ids
