"""What is known about each corpus: where it may lie, how it is read, where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Corpus:
    """
    What is known about one corpus.

    Parameters
    ----------
    paths
        Where it may lie below a cache folder, best first: a file (also .gz, .xz, .zst) or a folder.
        The first one is where ``fetch`` puts it.
    needs
        Files or folders that a folder must contain to count as complete.
    test
        The file with the official test part, beside the training file.
    archive_root
        The folder inside the archive that holds the corpus.
    size, sha256
        Of the archive; ``None`` where no official number is known.
    max_unpacked
        No more than this many bytes are unpacked.
    """

    name: str
    title: str
    licence: str
    citation: str
    paths: tuple[str, ...]
    homepage: str
    task: str | None = None
    sample: str | None = None
    text: str = "text"
    label: str = "label"
    label_names: Mapping[str, str] = field(default_factory=dict)
    test: str | None = None
    needs: tuple[str, ...] = ()
    url: str | None = None
    archive_root: str = ""
    size: int | None = None
    sha256: str | None = None
    max_size: int = 200_000_000
    max_unpacked: int = 600_000_000
    max_files: int = 150_000


CATALOGUE: dict[str, Corpus] = {
    "imdb": Corpus(
        name="imdb",
        title="Large Movie Review Dataset: 25,000 + 25,000 film reviews, negative or positive",
        licence="no explicit licence; the authors ask to be cited; review texts belong to their writers",
        citation='Maas et al. (2011), "Learning Word Vectors for Sentiment Analysis", ACL',
        homepage="https://ai.stanford.edu/~amaas/data/sentiment/",
        task="imdb",
        sample="reviews.csv",
        label_names={"0": "negative", "1": "positive", "neg": "negative", "pos": "positive"},
        paths=("imdb/aclImdb", "imdb/train.jsonl", "aclImdb"),
        test="test.jsonl",
        needs=("train/neg", "train/pos", "test/neg", "test/pos"),
        url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        archive_root="aclImdb",
        size=84_125_825,
        sha256="c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    ),
    "gop_debate": Corpus(
        name="gop_debate",
        title="First GOP Debate Twitter Sentiment: 13,871 tweets, Negative, Neutral or Positive",
        licence="CC BY-NC-SA 4.0 as listed by Kaggle; tweets are subject to the terms of Twitter/X",
        citation='CrowdFlower (2015), "First GOP Debate Twitter Sentiment", Data for Everyone',
        homepage="https://www.kaggle.com/datasets/crowdflower/first-gop-debate-twitter-sentiment",
        task="sentiment",
        sample="tweets.csv",
        label="sentiment",
        paths=("gop_debate/Sentiment.csv",),
    ),
    "spooky": Corpus(
        name="spooky",
        title="Spooky Author Identification: 19,579 sentences by Poe (EAP), Shelley (MWS), Lovecraft (HPL)",
        licence="Kaggle competition rules; the texts are in the public domain",
        citation='Kaggle (2017), "Spooky Author Identification"',
        homepage="https://www.kaggle.com/c/spooky-author-identification/data",
        task="authors",
        sample="authors.csv",
        label="author",
        paths=("spooky/train.csv",),
    ),
    "wordnet": Corpus(
        name="wordnet",
        title="WordNet 3.0, the dictionary that the lemmatiser looks words up in",
        licence="WordNet licence (Princeton University)",
        citation="Fellbaum (1998), WordNet: An Electronic Lexical Database, MIT Press",
        homepage="https://wordnet.princeton.edu/",
        paths=("wordnet", "nltk/wordnet", "corpora/wordnet"),
        needs=tuple(f"{kind}.{part}" for kind in ("index", "data") for part in ("noun", "verb", "adj", "adv")),
        url="https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/packages/corpora/wordnet.zip",
        archive_root="wordnet",
        max_size=50_000_000,
        max_unpacked=200_000_000,
        max_files=200,
    ),
}

TASKS = {corpus.task: corpus.name for corpus in CATALOGUE.values() if corpus.task}
