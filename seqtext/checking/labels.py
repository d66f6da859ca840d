"""Checks of what the labels are, and of what contradicts them or gives them away."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from seqtext.checking.duplicates import group_rows, larger_groups
from seqtext.checking.findings import Finding, Part, counts_and_shares, percent
from seqtext.checking.giveaways import Giveaway, by_number, by_order, by_value, by_word, marks, split_pieces
from seqtext.errors import listed, plural

# Below this many rows of a label a model learns little of it.
FEW_ROWS = 10
# The largest label has so many times the rows of the smallest.
IMBALANCE = 10
# More different values than this, and than a tenth of the rows, are no labels.
MANY_LABELS = 20
# A share of contradicting rows from which on they are a warning.
CONTRADICTING = 0.005
# What to do about something that predicts the label, by where it stands.
REMEDIES = {"column": "leave it out of what the model reads", "text": "cut it off, or the model learns nothing else"}


def check_labels(part: Part) -> Iterator[Finding]:
    """Find the labels and their sizes, rows without one, and labels that look wrong."""
    for column in part.label_columns:
        if column in part.separators:
            yield from _check_sets(part, column)
            continue
        labels = part.labels(column)
        counts = Counter(filter(None, labels))
        if missing := [row for row, label in enumerate(labels) if not label]:
            message = f"without a label in {column!r}; label or remove them"
            yield part.finding_in(missing, "labels", message, warning_from=0, error_from=1, column=column)
        if counts:
            majority = max(counts.values()) / counts.total()
            quoted = Counter({repr(label): count for label, count in counts.items()})
            message = (
                f"{plural(len(counts), 'label')} in {column!r}: {counts_and_shares(quoted)}; "
                f"always saying the most frequent is right for {percent(majority)}"
            )
            facts = {"column": column, "labels": dict(counts.most_common()), "majority": majority}
            yield part.finding("labels", "info", message, facts)
        for severity, message, facts in _label_problems(counts, column):
            yield part.finding("labels", severity, message, {"column": column, **facts})


def _label_problems(counts: Counter[str], column: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield severity, message and facts; nothing about single labels where the column does not seem to hold labels."""
    if len(counts) == 1:
        yield "error", f"every row has the label {listed(counts)}; expected at least two to tell apart", {}
    elif len(counts) > MANY_LABELS and sum("," in label for label in counts) > len(counts) / 2:
        found = f"{column!r} seems to hold lists of labels separated by commas; each is taken for one label"
        message = f"{found}, unless --multilabel names the column"
        yield "warning", message, {}
    elif len(counts) > max(MANY_LABELS, counts.total() / 10):
        found = f"{column!r} has {len(counts):,} different values in {counts.total():,} rows"
        yield "warning", f"{found}, too many for labels; name another column with --label", {}
    elif counts:
        yield from _size_problems(counts)
        yield from _alike(counts)


def _check_sets(part: Part, column: str) -> Iterator[Finding]:
    """Find the same where a row has any number of labels: each of them is counted by itself."""
    separator = part.separators[column]
    sets = part.label_sets(column)
    known = [one for one in sets if one is not None]
    counts = Counter(label for one in known for label in one)
    if missing := [row for row, one in enumerate(sets) if one is None]:
        message = f"where nobody knows the labels in {column!r}; label or remove them"
        yield part.finding_in(missing, "labels", message, warning_from=0, error_from=1, column=column)
    if counts:
        empty = sum(not one for one in known)
        quoted = Counter({repr(label): count for label, count in counts.items()})
        none = f", none in {plural(empty, 'row')}" if empty else ""
        found = f"{plural(len(counts), 'label')} in {column!r}, {counts.total() / len(known):.2g} a row{none}"
        message = f"{found}: {counts_and_shares(quoted, len(known))}"
        facts = {"column": column, "labels": dict(counts.most_common()), "empty": empty}
        yield part.finding("labels", "info", message, facts)
    for severity, message, facts in _set_problems(counts, column):
        yield part.finding("labels", severity, message, {"column": column, **facts})
    if counts and not any(separator in cell if isinstance(cell, str) else cell for cell in part.rows.column(column)):
        message = (
            f"the separator {separator!r} stands in no row of {column!r}, so none has two labels; give another "
            "--separator, or take the column for single labels with --label"
        )
        yield part.finding("labels", "error", message, {"column": column, "separator": separator})


def _set_problems(counts: Counter[str], column: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if len(counts) < 2:
        found = f"only the label {listed(counts)}" if counts else "no label"
        yield "error", f"{column!r} holds {found}; expected at least two to tell apart", {}
    elif few := [label for label, count in counts.items() if count < FEW_ROWS]:
        has = "has" if len(few) == 1 else "have"
        message = f"{listed(few, 5)} {has} fewer than {FEW_ROWS} rows, too few to learn; add rows, merge or remove"
        yield "warning", message, {"few": few}
    yield from _alike(counts)


def _alike(counts: Counter[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    by_form: dict[str, list[str]] = defaultdict(list)
    for label in counts:
        by_form[" ".join(label.casefold().split())].append(label)
    if alike := [labels for labels in by_form.values() if len(labels) > 1]:
        message = f"labels that differ only in case or spaces: {listed(alike[0])}; make them one"
        yield "warning", message, {"alike": alike}


def _size_problems(counts: Counter[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    single = [label for label, count in counts.items() if count == 1]
    few = [label for label, count in counts.items() if 1 < count < FEW_ROWS]
    imbalance = max(counts.values()) / min(counts.values())
    if single:
        found = f"{listed(single, 5)} {'has' if len(single) == 1 else 'have'} a single row"
        yield "error", f"{found}, too few to learn and test; add rows, merge or remove the label", {"single": single}
    if few:
        has = "has" if len(few) == 1 else "have"
        yield "warning", f"{listed(few, 5)} {has} fewer than {FEW_ROWS} rows", {"few": few}
    if imbalance >= IMBALANCE:
        message = f"the largest label has {imbalance:,.0f} times the rows of the smallest"
        yield "warning", f"{message}; judge by macro-F1, not by accuracy", {"imbalance": imbalance}


def check_contradictions(part: Part) -> Iterator[Finding]:
    """Find equal texts with different labels: what no model can get right."""
    for column in part.label_columns:
        labelled = part.labelled(column)
        labels = labelled.labels(column)
        equal = larger_groups(group_rows(labelled.normalised_texts))
        counted = [(rows, Counter(labels[row] for row in rows)) for rows in equal]
        mixed = [(rows, counts) for rows, counts in counted if len(counts) > 1]
        if mixed:
            contradicting = [row for rows, _ in mixed for row in rows]
            ceiling = 1 - sum(counts.total() - max(counts.values()) for _, counts in mixed) / len(labels)
            message = (
                "with a text that also stands there with another label, so that at most "
                f"{100 * ceiling:.4g} % of the rows can be told right; correct the labels in {column!r}"
            )
            facts: dict[str, Any] = {"column": column, "texts": len(mixed), "ceiling": ceiling}
            yield labelled.finding_in(contradicting, "contradictions", message, warning_from=CONTRADICTING, **facts)


def check_giveaways(part: Part) -> Iterator[Finding]:
    """Find columns, headers, words and an order of the rows that predict the label almost for certain."""
    for column in part.label_columns:
        labelled = part.labelled(column)
        labels, texts = labelled.labels(column), labelled.texts
        for name, values in labelled.rows.columns.items():
            if name in part.text_columns or name in part.label_columns:
                continue
            if one := by_value(values, labels):
                yield _predictor(part, column, "column", f"column {name!r}", one)
            elif one := by_number(values, labels):
                yield _predictor(part, column, "column", f"the order of column {name!r}", one)
            elif words := by_word(values, labels, split=split_pieces):
                yield _words(part, column, f"in column {name!r}", words, REMEDIES["column"])
        for what, values in marks(texts).items():
            if one := by_value(values, labels):
                yield _predictor(part, column, "text", what, one)
        if words := by_word(texts, labels):
            yield _words(part, column, "in the text", words, "see whether they belong to the text")
        if by_order(labels):
            message = f"the rows are sorted by {column!r}; shuffle them where a tool splits without shuffling"
            yield part.finding("order", "info", message, {"column": column})


def _predictor(part: Part, column: str, kind: str, what: str, one: Giveaway) -> Finding:
    message = (
        f"{what} tells {column!r} right in {percent(one.accuracy)} of the {one.rows:,} rows that share a value "
        f"with others (the most frequent label: {percent(one.majority)}); {REMEDIES[kind]}"
    )
    return part.finding("giveaway", "warning", message, {"kind": kind, "column": column, "what": what, **vars(one)})


def _words(part: Part, column: str, where: str, words: Sequence[Giveaway], remedy: str) -> Finding:
    shown = listed((f"{one.word!r} ({one.label})" for one in words), 5, quote=False)
    message = f"words {where} that stand in most rows of one label of {column!r} and in no other: {shown}"
    facts = {"kind": "words", "column": column, "words": [vars(one) for one in words[:50]]}
    return part.finding("giveaway", "warning", f"{message}; {remedy}", facts)
