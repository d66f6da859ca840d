"""The recipes that have a name."""

from dataclasses import replace

from seqtext.errors import RecipeError, did_you_mean
from seqtext.models.bag import Bag
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import Dense
from seqtext.models.text import TextSettings
from seqtext.recipes.adapt import ADAPTED
from seqtext.recipes.recipe import Output, Recipe, Rows, Training

BOTH_HALVES = (Recurrent(), Bag())
# What the course leaves as Keras has it, and has no use for.
AS_KERAS_DOES = Training(
    learning_rate=1e-3,
    schedule="constant",
    warmup=0.0,
    clipnorm=0.0,
    min_steps=0,
    early_stopping="none",
    label_smoothing=0.0,
)


def _imdb_dense(what: str, *, l2: float = 0.0, dropout: float = 0.0) -> Recipe:
    """The course's feed-forward network of IMDB, both hidden layers with this penalty and dropout."""
    bag = Bag(
        ngrams=1,
        max_chars=0,
        min_count=1,
        max_features=9_999,  # Tokenizer(num_words=10_000) counts one more, which no word has
        rank="occurrences",
        weighting="binary",
        hidden_units=16,
        l2=l2,
        dropout=dropout,
    )
    return Recipe(
        description=f"the course's feed-forward network: the 10,000 most frequent words, there or not; {what}",
        text=TextSettings(
            clean=("slides/imdb",),
            tokens="keras",
            num_words=10_000,
            min_count=1,
            max_length=None,
            encoders=(bag,),
        ),
        dense=(Dense(16, l2=l2, dropout=dropout),),
        head_dropout=0.0,
        output=Output(head="binary"),
        training=replace(
            AS_KERAS_DOES,
            optimizer="rmsprop",
            batch_size=512,
            epochs=20,
            training_scores=True,
        ),
        rows=Rows(validation_share=0.2),
    )


RECIPES = {
    "general": Recipe(
        description="any text: n-grams and a bidirectional LSTM, mixed on validation rows, fitted to the rows by rules",
        text=TextSettings(encoders=BOTH_HALVES),
        adapt=ADAPTED,
    ),
    "sentiment": Recipe(
        description="tweets and other short posts: as general; handles and links become one word each",
        text=TextSettings(clean=("tweets",), encoders=BOTH_HALVES),
        adapt=ADAPTED,
    ),
    "imdb": Recipe(
        description="reviews: as general; html removed",
        text=TextSettings(clean=("reviews",), encoders=BOTH_HALVES),
        training=Training(label_smoothing=0.05),
        adapt=ADAPTED,
    ),
    "authors": Recipe(
        description="who wrote it: as general; case and punctuation are kept",
        text=TextSettings(clean=("authors",), encoders=BOTH_HALVES),
        adapt=ADAPTED,
    ),
    "linear": Recipe(
        description="n-grams alone, straight to the labels: trains in seconds, and without TensorFlow",
        text=TextSettings(encoders=(Bag(),)),
        training=Training(early_stopping="none"),
        adapt=ADAPTED,
    ),
    "recurrent": Recipe(),
    "slides/imdb-simple-rnn": Recipe(
        description="the course's IMDB model: Embedding(10000, 32), SimpleRNN(32), sigmoid; Keras has no cuDNN "
        "kernel for it",
        text=TextSettings(
            clean=("slides/imdb",),
            tokens="keras",
            num_words=10_000,
            min_count=1,
            max_length=500,
            truncating="pre",
            encoders=(
                Recurrent(
                    embedding_dim=32,
                    cell="simple_rnn",
                    units=32,
                    bidirectional=False,
                    pooling="last",
                    word_dropout=0.0,
                    embedding_dropout=0.0,
                ),
            ),
        ),
        head_dropout=0.0,
        output=Output(head="binary"),
        training=replace(
            AS_KERAS_DOES,
            optimizer="rmsprop",
            batch_size=128,
            epochs=10,
        ),
        rows=Rows(validation_share=0.2),
    ),
    "slides/gop-lstm": Recipe(
        description="the course's tweet model: 2,000 words, Embedding(128), LSTM(196) with dropout and recurrent "
        "dropout 0.2; recurrent dropout costs the cuDNN kernel, so a GPU trains it slowly",
        text=TextSettings(
            clean=("slides/gop",),
            tokens="keras",
            num_words=2_000,
            min_count=1,
            max_length=None,
            truncating="pre",
            encoders=(
                Recurrent(
                    embedding_dim=128,
                    units=196,
                    bidirectional=False,
                    pooling="last",
                    word_dropout=0.0,
                    embedding_dropout=0.0,
                    dropout=0.2,
                    recurrent_dropout=0.2,
                ),
            ),
        ),
        head_dropout=0.0,
        training=replace(
            AS_KERAS_DOES,
            batch_size=32,
            epochs=7,
        ),
        rows=Rows(test_share=0.33, validation_share=0.0),
    ),
    "slides/imdb-dense": _imdb_dense("two layers of 16 units, which overfit"),
    "slides/imdb-dense-l2": _imdb_dense("two layers of 16 units with an L2 penalty of 0.001", l2=1e-3),
    "slides/imdb-dense-dropout": _imdb_dense("two layers of 16 units, each with a dropout of 0.5", dropout=0.5),
}


def find_recipe(name: str) -> Recipe:
    """Return the recipe called ``name``; RecipeError with the nearest name if there is none."""
    if name not in RECIPES:
        raise RecipeError(f"no recipe {name!r}; there are {', '.join(RECIPES)}{did_you_mean(name, RECIPES)}")
    return RECIPES[name]
