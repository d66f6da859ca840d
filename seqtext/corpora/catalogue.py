"""What is known about each corpus. To add one, add an entry; with a ``task``, it is a word of ``seqtext train``."""

from dataclasses import dataclass, field

from seqtext.errors import DataError, did_you_mean


@dataclass(frozen=True)
class Corpus:
    """
    A corpus, or a resource such as a dictionary or word vectors.

    ``paths`` lie below a cache folder, best first: a file (also .gz, .xz, .zst), or a folder, complete with what it
    ``needs``; ``fetch`` makes the first. ``task`` and ``recipe`` are the word for ``seqtext train`` and what it trains
    by. ``test`` is the file with the test part, beside the training file. ``label_names`` are other names for labels;
    rows whose label becomes "" are left out. ``url`` is a zip or tar file with the last name of the first path in it,
    ``size`` its bytes, ``checksum`` "sha256:..." or "md5:...".
    """

    name: str
    title: str
    licence: str
    homepage: str
    paths: tuple[str, ...]
    needs: tuple[str, ...] = ()
    task: str | None = None
    recipe: str | None = None
    sample: str | None = None
    text: str = "text"
    label: str = "label"
    label_names: dict[str, str] = field(default_factory=dict)
    test: str | None = None
    url: str = ""
    size: int = 0
    checksum: str = ""


KNOWN = (
    Corpus(
        name="gop_debate",
        title="First GOP Debate Twitter Sentiment: 13,871 tweets, Negative, Neutral or Positive",
        licence="CC BY-NC-SA 4.0 as listed by Kaggle (CrowdFlower, 2015); tweets are subject to the terms of Twitter/X",
        homepage="https://www.kaggle.com/datasets/crowdflower/first-gop-debate-twitter-sentiment",
        paths=("gop_debate/Sentiment.csv",),
        task="sentiment",
        recipe="sentiment",
        sample="tweets.csv",
        label="sentiment",
    ),
    Corpus(
        name="imdb",
        title="Large Movie Review Dataset: 25,000 + 25,000 film reviews, negative or positive",
        licence="no explicit licence; review texts belong to their writers; to be cited as Maas et al. (2011), ACL",
        homepage="https://ai.stanford.edu/~amaas/data/sentiment/",
        paths=("imdb/aclImdb", "imdb/train.jsonl", "aclImdb"),
        needs=("train/neg", "train/pos", "test/neg", "test/pos"),
        task="imdb",
        recipe="imdb",
        sample="reviews.csv",
        label_names={"0": "negative", "1": "positive", "neg": "negative", "pos": "positive", "-1": ""},
        test="test.jsonl",
        url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        size=84_125_825,
        checksum="sha256:c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    ),
    Corpus(
        name="spooky",
        title="Spooky Author Identification: 19,579 sentences by Poe (EAP), Shelley (MWS), Lovecraft (HPL)",
        licence="Kaggle competition rules (2017); the texts are in the public domain",
        homepage="https://www.kaggle.com/c/spooky-author-identification/data",
        paths=("spooky/train.csv",),
        task="authors",
        recipe="authors",
        sample="authors.csv",
        label="author",
    ),
    Corpus(
        name="wordnet",
        title="WordNet 3.0, the dictionary that the lemmatiser looks words up in",
        licence="WordNet licence (Princeton University); to be cited as Fellbaum (1998), MIT Press",
        homepage="https://wordnet.princeton.edu/",
        paths=("wordnet", "nltk/wordnet", "corpora/wordnet"),
        needs=tuple(f"{kind}.{part}" for kind in ("index", "data") for part in ("noun", "verb", "adj", "adv")),
        url="https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/packages/corpora/wordnet.zip",
        # Both as in NLTK's own list of its packages: index.xml in the repository nltk/nltk_data.
        size=10_775_600,
        checksum="md5:b3f38606f626e54c6f060548546f71f0",
    ),
    Corpus(
        name="glove-6b-100d",
        title="GloVe 6B: vectors of 100 numbers for 400,000 words of Wikipedia 2014 and Gigaword 5",
        licence="Public Domain Dedication and License 1.0; to be cited as Pennington, Socher, Manning (2014), EMNLP",
        homepage="https://nlp.stanford.edu/projects/glove/",
        paths=("glove/glove.6B.100d.txt", "glove/glove.6B.100d.top100k.txt"),
        url="https://nlp.stanford.edu/data/glove.6B.zip",
        # Stanford publishes neither; as torchtext and Embeddings.jl pin the checksum, and many logs show the size.
        size=862_182_613,
        checksum="sha256:617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
    ),
)
CATALOGUE = {known.name: known for known in KNOWN}


def tasks() -> dict[str, Corpus]:
    """Return the corpora that have labels to train on, by task."""
    return {known.task: known for known in CATALOGUE.values() if known.task}


def corpus(name: str) -> Corpus:
    """Return the entry of a corpus, by its own name or by its task."""
    known = CATALOGUE.get(name) or tasks().get(name)
    if known is None:
        nearest = did_you_mean(name, [*CATALOGUE, *tasks()])
        raise DataError(f"no corpus {name!r}; choose from {', '.join(CATALOGUE)}{nearest}")
    return known
