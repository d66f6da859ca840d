"""
The fast road of a pipeline: each distinct piece of text between white space is cleaned, split and looked up once.

Most pieces come back in many texts. Any number of threads may share what is kept here: nothing iterates over it.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from seqtext.preprocess.clean import WHOLE_TEXT, Cleaner, Step, compile_steps, keep
from seqtext.preprocess.split import Splitter, piece_splitter
from seqtext.preprocess.vocabulary import PADDING, UNKNOWN

# Longer pieces are rarely seen twice; together they could fill the memory.
MAX_PIECE = 64
MAX_PIECES = 1 << 19

UNKNOWN_ID = np.int32(1).tobytes()

Encoder = Callable[[str], bytearray]


def count_tokens(texts: Iterable[str], steps: Sequence[Step], split: Splitter) -> tuple[Counter[str], dict[str, str]]:
    """Return how often each token occurs in ``texts``, and what :func:`make_encoder` should know about their pieces."""
    if split_piece := piece_splitter(split):
        whole, piece_tokens = separate_steps(steps, split_piece)
        return count_pieces((whole(text).split() for text in texts), piece_tokens)
    clean = compile_steps(steps)
    total: Counter[str] = Counter()
    for text in texts:
        total.update(split(clean(text)))
    return total, {}


def make_encoder(
    vocabulary: Sequence[str], steps: Sequence[Step], split: Splitter, known: Mapping[str, str]
) -> Encoder:
    """
    Return a function from a text to its ids: int32 as bytes, which is the fastest way to an array.

    ``known`` is what :func:`count_tokens` returned for the same ``steps`` and ``split``, or nothing.
    """
    id_of = {word: index.to_bytes(4, sys.byteorder) for index, word in enumerate(vocabulary)}
    del id_of[PADDING], id_of[UNKNOWN]
    if split_piece := piece_splitter(split):
        whole, piece_tokens = separate_steps(steps, split_piece)
        find_piece = PieceIds(piece_tokens, id_of, known).__getitem__
        return lambda text: bytearray().join(map(find_piece, whole(text).split()))
    clean, find_id = compile_steps(steps), id_of.get
    return lambda text: bytearray().join([find_id(token, UNKNOWN_ID) for token in split(clean(text))])


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


def count_pieces(texts: Iterable[list[str]], piece_tokens: Splitter) -> tuple[Counter[str], dict[str, str]]:
    """
    Return how often each token occurs in ``texts`` that are cut at white space, and the tokens of the first pieces.

    Tokens are joined by spaces, which none of them holds: the garbage collector does not look at strings.

    >>> count_pieces([["a-b", "a"], ["a-b"]], lambda piece: piece.split("-"))
    (Counter({'a': 3, 'b': 2}), {'a-b': 'a b', 'a': 'a'})
    """
    total, pieces = Counter[str](), Counter[str]()
    known: dict[str, str] = {}

    count = total.get

    def add_pieces() -> None:
        for piece, times in pieces.items():
            tokens = piece_tokens(piece)
            for token in tokens:
                total[token] = count(token, 0) + times
            if tokens and len(piece) <= MAX_PIECE and len(known) < MAX_PIECES // 2:
                known[piece] = " ".join(tokens)
        pieces.clear()

    for text in texts:
        pieces.update(text)
        if len(pieces) > MAX_PIECES:
            add_pieces()
    add_pieces()
    return total, known


class PieceIds(dict[str, bytes]):
    """The ids of each piece of text, as bytes, worked out when it is first met; when it is full, it starts afresh."""

    def __init__(self, piece_tokens: Splitter, id_of: Mapping[str, bytes], known: Mapping[str, str]) -> None:
        """Cut pieces with ``piece_tokens``, unless their tokens are ``known``, and look those up in ``id_of``."""
        self.piece_tokens, self.find_id = piece_tokens, id_of.get
        for piece, tokens in known.items():
            self[piece] = self.ids(tokens.split(" ") if " " in tokens else (tokens,))

    def __missing__(self, piece: str) -> bytes:
        """Return the ids of ``piece``, and remember them."""
        ids = self.ids(self.piece_tokens(piece))
        if len(piece) <= MAX_PIECE:
            if len(self) >= MAX_PIECES:
                self.clear()
            self[piece] = ids
        return ids

    def ids(self, tokens: Sequence[str]) -> bytes:
        """Return the ids of ``tokens``; those of one token are shared between all pieces that are it."""
        find_id = self.find_id
        if len(tokens) == 1:
            return find_id(tokens[0], UNKNOWN_ID)
        return b"".join([find_id(token, UNKNOWN_ID) for token in tokens])
