"""Pre-training: texts without labels in, a language model out, from which other models start."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from seqtext.data.splitting import normalise
from seqtext.errors import DataError, RecipeError, plural
from seqtext.language import LanguageModel, Pretrained
from seqtext.models.language import LanguageSpec, others_of, targets_of
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.padding import length_batches, pad_ids
from seqtext.recipes import Recipe
from seqtext.recipes.change import flat_settings
from seqtext.recipes.pretraining import NAMES
from seqtext.training.backend import versions
from seqtext.training.checkpoint import Checkpoint, Kept, digest_of
from seqtext.training.continuation import continuations
from seqtext.training.fit import optimizer_of
from seqtext.training.interrupts import hold_interrupts, stop_on_interrupt
from seqtext.training.memory import require_memory
from seqtext.training.progress import Progress
from seqtext.training.quiet import no_retracing_warnings
from seqtext.training.rates import rate_at

# Perplexity is a sum over the whole vocabulary for each token: so many texts and tokens tell it well enough.
HELD_OUT_TEXTS, HELD_OUT_TOKENS = 1_000, 100_000
# Held-out texts that are shown continued, and the words that they have at least.
CONTINUED, SHORTEST = 3, 10
# Rows of scores over the vocabulary that are in memory at once.
BLOCK = 1_024


@dataclass(frozen=True)
class Source:
    """Where the texts come from, for people: name of the recipe whose cleaning it is, and the files."""

    recipe: str = "custom"
    source: str = "memory"


@dataclass(frozen=True)
class Pieces:
    """
    Texts to learn from and texts to watch, as ids in pieces of at most ``max_length``, each of two tokens or more.

    Parameters
    ----------
    pipeline
        Fitted on the texts to learn from.
    training, held_out
        The pieces.
    texts
        How many texts these are of.
    unseen
        The held-out texts themselves.
    """

    pipeline: TextPipeline
    training: list[np.ndarray]
    held_out: list[np.ndarray]
    texts: dict[str, int]
    unseen: list[str]

    @property
    def tokens(self) -> dict[str, int]:
        """How many tokens the pieces have."""
        return {"training": sum(map(len, self.training)), "held out": sum(map(len, self.held_out))}


def pretrain(
    texts: Sequence[str],
    recipe: Recipe,
    *,
    source: Source | None = None,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    replace: bool = False,
) -> tuple[LanguageModel, list[tuple[str, str]]]:
    """
    Train a language model; return it, and beginnings of held-out texts with words that it lets follow.

    A share of the texts is held out, equal ones on one side, and neither words nor weights are learned from them. The
    weights of the epoch that costs least on them are kept. Ctrl-C, or SIGTERM, ends training after the running batch
    and keeps what there is.

    Parameters
    ----------
    texts
        What to learn from.
    recipe
        How, as of `seqtext.recipes.pretraining.pretraining_recipe`.
    source
        What the network is to tell of its making.
    progress
        Who is told how it goes.
    checkpoint
        The folder for what a later call with the same texts and settings goes on from; the caller removes it.
    replace
        Whether the checkpoint of another training may be dropped.

    Raises
    ------
    DataError
        If there is too little text.
    BundleError
        If the checkpoint is of another training.
    """
    source, progress = source or Source(), progress or Progress()
    pieces = prepare(texts, recipe)
    spec = LanguageSpec(recipe.text.encoders[0], len(pieces.pipeline.vocabulary_))
    progress.say(describe(pieces, spec))
    place = Checkpoint(checkpoint, made_of(texts, recipe), replace=replace) if checkpoint else None
    with no_retracing_warnings():
        run = Run(spec, pieces, recipe, progress, place)
        was_stopped = run.train()
        with hold_interrupts():
            best = run.best_weights()
            perplexity = {name: perplexity_of(cost) for name, cost in run.costs().items()}
    made = Pretrained(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        recipe=source.recipe,
        source=source.source,
        texts=pieces.texts,
        tokens=pieces.tokens,
        epochs=len(run.kept.position.history),
        seconds=round(run.kept.position.seconds, 1),
        was_stopped=was_stopped,
        perplexity=perplexity,
        history=tuple(run.kept.position.history),
        versions=versions(),
    )
    network = LanguageModel(recipe, spec, pieces.pipeline, best, made)
    beginnings = [text for text in pieces.unseen if len(text.split()) >= SHORTEST][:CONTINUED]
    return network, continuations(network, run.reader, beginnings, seed=recipe.rows.seed)


def prepare(texts: Sequence[str], recipe: Recipe) -> Pieces:
    """Return the texts as pieces; a DataError if there is too little."""
    asked = recipe.text
    kept, held_out = hold_out(texts, share=recipe.rows.validation_share, seed=recipe.rows.seed)
    pipeline = TextPipeline(
        clean=asked.clean, tokens=asked.tokens, num_words=asked.num_words, min_count=asked.min_count
    ).fit([texts[i] for i in kept])
    training, watched = (
        cut(pipeline.encode([texts[i] for i in some]), asked.max_length or 1) for some in (kept, held_out)
    )
    so_far = np.cumsum([len(piece) for piece in watched])
    watched = watched[: int(np.searchsorted(so_far, HELD_OUT_TOKENS)) + 1]
    if not training or not watched or len(pipeline.vocabulary_) < 3:
        raise DataError(
            f"{plural(len(texts), 'text')} with {plural(len(pipeline.vocabulary_) - 2, 'common word')} are too little "
            "to learn a language from; give more texts, or set min_count=1"
        )
    counts = {"training": len(kept), "held out": len(held_out)}
    return Pieces(pipeline, training, watched, counts, [texts[i] for i in held_out])


def hold_out(texts: Sequence[str], *, share: float, seed: int) -> tuple[list[int], list[int]]:
    """Return the numbers of the texts to learn from and of those to watch; `normalise`-equal texts stay together."""
    groups: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        groups[normalise(text)].append(row)
    every = list(groups.values())
    if len(every) < 2:
        raise DataError(f"{plural(len(texts), 'text')} with {len(every)} different; a language is learned from more")
    wanted = max(1, min(round(len(texts) * share), HELD_OUT_TEXTS))
    chosen: list[int] = []
    for number in np.random.default_rng(seed).permutation(len(every)).tolist():
        if len(chosen) + len(every[number]) <= wanted:
            chosen += every[number]
        if len(chosen) >= wanted:
            break
    chosen = chosen or min(every, key=len)
    watched = set(chosen)
    return [row for row in range(len(texts)) if row not in watched], sorted(watched)


def cut(rows: Sequence[np.ndarray], length: int) -> list[np.ndarray]:
    """
    Return rows of ids in pieces of at most ``length``, without those in which there is nothing to tell.

    >>> [piece.tolist() for piece in cut([np.arange(2, 9), np.array([1])], 3)]
    [[2, 3, 4], [5, 6, 7]]
    """
    pieces = (row[start : start + length] for row in rows for start in range(0, len(row), length))
    return [piece for piece in pieces if len(piece) > 1]


def made_of(texts: Sequence[str], recipe: Recipe) -> dict[str, Any]:
    """Return what the result depends on, by name."""
    settings = flat_settings(recipe)
    return {"texts": digest_of(texts), **{name: settings[name] for name in NAMES}, **versions()}


def describe(pieces: Pieces, spec: LanguageSpec) -> str:
    """Say what is about to be learned from what."""
    directions = "next word and previous word" if spec.encoder.bidirectional else "next word"
    return (
        f"{pieces.texts['training']:,} texts with {pieces.tokens['training']:,} tokens to learn from, "
        f"{pieces.texts['held out']:,} held out; {spec.vocabulary_size:,} words; {directions}, "
        f"embedding {spec.encoder.embedding_dim}, {spec.encoder.cell} {spec.encoder.units}"
    )


class Run:
    """
    One training: two Keras models that share their weights, and where it stands.

    Parameters
    ----------
    spec, pieces, recipe
        What is trained, on what, and how.
    progress
        Who is told of it.
    checkpoint
        Where it is written down, if it is to be.
    """

    def __init__(
        self, spec: LanguageSpec, pieces: Pieces, recipe: Recipe, progress: Progress, checkpoint: Checkpoint | None
    ) -> None:
        from seqtext.models.layers import Seeds

        self.spec, self.pieces, self.progress = spec, pieces, progress
        self.asked, self.seed = recipe.training, recipe.rows.seed
        require_memory(spec.weight_shapes(), self.asked.optimizer)
        self.model, self.reader = spec.build(Seeds(self.seed))
        self.lengths = [len(piece) for piece in pieces.training]
        self.steps = math.ceil(len(self.lengths) / self.asked.batch_size)
        self.epochs = max(self.asked.epochs, math.ceil(self.asked.min_steps / self.steps))
        # What a row costs, times its weight: one over the predictions of its batch.
        loss = lambda weight, cost: weight * cost  # noqa: E731
        self.model.compile(optimizer=optimizer_of(self.asked), loss=loss, jit_compile=False)
        self.kept = Kept(self.model, checkpoint, progress)
        self.kept.go_on()

    # --------------------------------------------------------------------------------------------- the loop

    def train(self) -> bool:
        """Train from where it stands to the end; return whether somebody stopped it."""
        kept, at, epochs = self.kept, self.kept.position, self.epochs
        with stop_on_interrupt(self.progress) as interrupted:
            while at.epoch <= epochs and not self._is_over() and not interrupted.is_set():
                rng = np.random.default_rng([self.seed, at.epoch])
                batches = length_batches(self.lengths, self.asked.batch_size, rng=rng)
                while at.step < len(batches) and not interrupted.is_set():
                    with interrupted.batch():
                        self._learn(batches[at.step])
                    self.progress.batch(at.epoch, epochs, at.step / len(batches), at.total / at.predictions)
                    kept.save_if_due()
                if not interrupted.is_set():
                    self._end_epoch()
                    kept.save_if_due()
            if at.epoch <= epochs and self._is_over():
                waited = plural(len(at.history) - at.best, "epoch")
                self.progress.say(
                    f"stopped early, for the last {waited} told held-out words no better; keeping the weights of epoch "
                    f"{at.best}"
                )
            kept.save()
            return interrupted.is_set()

    def _learn(self, rows: np.ndarray) -> None:
        at = self.kept.position
        feed = self._feed([self.pieces.training[i] for i in rows])
        # By its number, and not from a generator that has come a long way: so a resumed run draws the same.
        feed["others"] = others_of(self.spec, np.random.default_rng([self.seed, at.epoch, at.step]))
        predictions = sum(int(np.count_nonzero(one)) for name, one in feed.items() if name.endswith("_targets"))
        weight = np.full((len(rows), 1), len(rows) / max(predictions, 1), dtype=np.float32)
        merits = [-record["validation_cost"] for record in at.history]
        done = (at.epoch - 1) * self.steps + at.step
        self.model.optimizer.learning_rate = rate_at(self.asked, done, self.steps * self.epochs, merits)
        self.model.reset_metrics()
        cost = float(self.model.train_on_batch(feed, weight, return_dict=True)["loss"])
        if not math.isfinite(cost):
            raise RecipeError(f"training diverged in epoch {at.epoch}; lower learning_rate")
        at.step += 1
        at.total += cost * predictions
        at.predictions += predictions

    def _feed(self, pieces: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        ids = pad_ids(pieces)
        return {"ids": ids, **{f"{name}_targets": targets_of(ids, name) for name in self.spec.encoder.directions}}

    def _end_epoch(self) -> None:
        at, costs = self.kept.position, self.costs()
        record = {"loss": at.total / at.predictions}
        record |= {f"validation_perplexity_{name}": perplexity_of(cost) for name, cost in costs.items()}
        record["validation_cost"] = float(np.mean(list(costs.values())))
        self.progress.epoch(at.epoch, self.epochs, {k: v for k, v in record.items() if k != "validation_cost"})
        is_best = not at.best or record["validation_cost"] < at.history[at.best - 1]["validation_cost"]
        self.kept.end_epoch(record, is_best=is_best)

    def _is_over(self) -> bool:
        """Whether the last epochs were no better."""
        at = self.kept.position
        return len(at.history) - at.best > self.asked.patience

    def best_weights(self) -> dict[str, np.ndarray]:
        """Put the best weights into the models, and return them: those of now, unless those of an epoch cost less."""
        at = self.kept.position
        if at.best:
            running = at.step > 0 and float(np.mean(list(self.costs().values())))
            if not running or running >= at.history[at.best - 1]["validation_cost"]:
                self.model.set_weights(self.kept.best)
        return self.weights()

    def weights(self) -> dict[str, np.ndarray]:
        """Return copies of all weights, named as in `LanguageSpec.weight_shapes`."""
        variables = self.spec.variables(self.model)
        return {name: np.array(_numpy(variable), dtype=np.float32) for name, variable in variables.items()}

    def costs(self) -> dict[str, float]:
        """Return what a held-out word costs in nats on average, over the whole vocabulary, by direction."""
        weights = self.spec.variables(self.model)
        vectors = _numpy(weights["embedding/embeddings"])[1:].T
        biases = _numpy(weights["softmax_bias/embeddings"])[1:, 0]
        total: dict[str, float] = defaultdict(float)
        count = 0
        pieces = self.pieces.held_out
        for rows in length_batches([len(piece) for piece in pieces], 64):
            feed = self._feed([pieces[i] for i in rows])
            read = self.reader.predict_on_batch(feed["ids"])
            count += sum(len(pieces[i]) - 1 for i in rows)
            for name in self.spec.encoder.directions:
                targets = feed[f"{name}_targets"]
                steps, wanted = read[name][targets > 0], targets[targets > 0] - 1
                for start in range(0, len(wanted), BLOCK):
                    scores = steps[start : start + BLOCK] @ vectors + biases
                    scores -= scores.max(axis=1, keepdims=True)
                    right = scores[np.arange(len(scores)), wanted[start : start + BLOCK]]
                    total[name] += float((np.log(np.exp(scores).sum(axis=1)) - right).sum())
        return {name: cost / count for name, cost in total.items()}


def perplexity_of(cost: float) -> float:
    """Return the perplexity of what a word costs in nats, as far as it is a number."""
    return math.exp(min(cost, 700.0))


def _numpy(variable: Any) -> np.ndarray:
    import keras

    found: np.ndarray = np.asarray(keras.ops.convert_to_numpy(variable))
    return found
