"""The rows that ``seqtext train`` learns from: files of one's own, or a corpus, and what their columns are for."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtext.cli.going_on import as_trained
from seqtext.cli.options import LABEL_COLUMNS, ROLES, TEXT_COLUMNS, check_roles, first_of, how_to_read, say
from seqtext.errors import DataError, listed

if TYPE_CHECKING:
    from seqtext.data.dataset import Dataset
    from seqtext.model import TrainedModel
    from seqtext.recipes import Recipe
    from seqtext.training.columns import Columns
    from seqtext.training.progress import Progress


def own_rows(
    data: tuple[str, ...], options: dict[str, Any], recipe: "Recipe", before: "TrainedModel | None" = None
) -> "tuple[Dataset, Dataset | None, Columns]":
    """The rows of --data and --test, and what their columns are for, which the model ``before`` has decided."""
    from seqtext.data.dataset import read
    from seqtext.training.columns import Columns

    how = how_to_read(options)
    rows = _joined([read(path, **how) for path in data])
    test = read(options["test"], **how) if options["test"] else None
    if test is None and len(data) == 1 and Path(data[0]).is_dir():
        rows, test = _official_parts(rows)
    if before:
        names = {part.name: before.columns[part.name] for part in before.spec.inputs}
        columns = Columns(names, {head.name: before.columns[head.name] for head in before.spec.outputs})
        rows = as_trained(before, rows, options["text"], options["label"])
        return rows, test and _beside(before, test, options), columns
    others = (*options["number"], *options["category"])
    given = (*options["label"], *options["multilabel"])
    texts = options["text"] or _guess(rows, TEXT_COLUMNS, "text", others)
    labels = given or _guess(rows, LABEL_COLUMNS, "label", (*texts, *others))
    roles = {role: options[role] for role in ROLES} | {"text": texts}
    for part in filter(None, (rows, test)):
        check_roles(roles if given else roles | {"label": labels}, part)
    return rows, test, Columns.named(texts, labels, others, recipe)


def _joined(parts: "list[Dataset]") -> "Dataset":
    """The rows of all files, with the columns that all have; says which others there are."""
    from seqtext.data.dataset import Dataset

    first, *others = parts
    if not others:
        return first
    names = [name for name in first.names if all(name in part.names for part in others)]
    if not names:
        part = next((part for part in others if not set(part.names) & set(first.names)), others[-1])
        raise DataError(
            f"{part.source} has the columns {listed(part.names)}, but {first.source} has {listed(first.names)}; "
            "give files that have the text and the label in columns of the same name"
        )
    if left := list(dict.fromkeys(name for part in parts for name in part.names if name not in names)):
        say(f"leaving out {listed(left, 5)}, which not all files have")
    columns = {name: [value for part in parts for value in part.column(name)] for name in names}
    return Dataset(columns, ", ".join(part.source for part in parts))


def validation_rows(options: dict[str, Any], before: "TrainedModel | None") -> "Dataset | None":
    from seqtext.data.dataset import read

    if not options["validation"]:
        return None
    rows = read(options["validation"], **how_to_read(options))
    return _beside(before, rows, options) if before else rows


def _beside(before: "TrainedModel", rows: "Dataset", options: dict[str, Any]) -> "Dataset":
    """Rows of another file than --data, in which columns may be called as in that one, or as in training."""
    text, label = (one if set(one) <= set(rows.names) else () for one in (options["text"], options["label"]))
    return as_trained(before, rows, text, label)


def _official_parts(rows: "Dataset") -> "tuple[Dataset, Dataset | None]":
    """A folder with the parts train and test, such as ``aclImdb``, as these two parts."""
    from seqtext.data.dataset import Dataset

    parts = rows.columns.get("part", [])
    if not {"train", "test"} <= set(parts):
        return rows, None
    train, test = (rows.take([i for i, part in enumerate(parts) if part == name]) for name in ("train", "test"))
    return train, Dataset(test.columns, f"{rows.source}/test")


def _guess(rows: "Dataset", candidates: tuple[str, ...], role: str, taken: tuple[str, ...]) -> tuple[str, ...]:
    """The column that is called like its role; said where the name is not the plain one."""
    others = [name for name in rows.names if name not in taken]
    found = first_of(tuple(name for name in candidates if name not in taken), rows)
    if found is None and not others:
        raise DataError(
            f"{rows.source} has no labels, only the column {listed(taken)}; give a csv, tsv or jsonl file with a "
            "column of labels, or a folder that holds a folder of texts for each label"
        )
    if found is None:
        raise DataError(
            f"{rows.source} has the columns {listed(rows.names)}; say with --{role} which holds the {role}s"
        )
    if found != role:
        say(f"taking the {role}s from the column {found!r}; choose another with --{role}")
    return (found,)


def corpus_rows(task: str, sample: bool, progress: "Progress") -> "tuple[Dataset, Dataset | None, Columns, str, str]":
    """The real corpus of a task where it is in the cache, else the bundled sample; says which."""
    from seqtext import corpora
    from seqtext.training.columns import Columns

    parts = corpora.load(task, sample=sample)
    known = corpora.corpus(task)
    if parts.is_sample:
        title = f"the bundled sample {parts.path.name}"
        why = (
            "" if sample else f" (the real corpus {known.name} is not here; 'seqtext corpora list' tells how to get it)"
        )
        progress.say(f"corpus: {title}{why}")
    else:
        title = known.title
        progress.say(f"corpus: {title}, from {parts.path}")
    return parts.train, parts.test, Columns.named(["text"], ["label"]), title, parts.name
