"""``seqtext check``: what is wrong with a labelled file before hours of training."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import (
    LABEL_COLUMNS,
    ROLES,
    SEPARATOR,
    check_roles,
    check_separator,
    file_options,
    first_of,
    hint_at_terminal,
    how_to_read,
    memory_option,
    names_in,
    text_column,
)
from seqtext.cli.screen import echo_json, printable
from seqtext.errors import DataError, in_file, listed

if TYPE_CHECKING:
    from seqtext.checking.findings import Finding, Part
    from seqtext.data.dataset import Dataset

SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--test", metavar="PATH", help="Labelled file for the score, checked for texts that FILE has as well.")
@click.option("--text", multiple=True, metavar="COL", help="Column with the text; several are checked as one text.")
@click.option("--label", multiple=True, metavar="COL", help="Column with the label; several are checked one by one.")
@click.option("--multilabel", multiple=True, metavar="COL", help="Column with any number of labels in each row.")
@click.option("--separator", metavar="TEXT", help="What stands between the labels of --multilabel. Default: a comma.")
@click.option("--number", multiple=True, metavar="COL", help="Column of numbers to read beside the texts.")
@click.option("--category", multiple=True, metavar="COL", help="Column of categories to read beside the texts.")
@click.option("--labels", metavar="NAMES", help="Check only rows with these labels: blue,red or 'a, b',red.")
@click.option("--part", metavar="COL", help="Column that says which part a row belongs to: train, test and so on.")
@click.option("--share", default=0.33, show_default=True, type=SHARE, help="Share of the rows in the random split.")
@click.option("--no-near", is_flag=True, help="Leave out near duplicates, which take most of the time.")
@click.option("--strict", is_flag=True, help="End with exit status 1 if there is a warning or an error.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@file_options
@memory_option
@click.pass_context
def check(ctx: click.Context, files: tuple[str, ...], strict: bool, as_json: bool, **options: Any) -> None:
    """
    Check labelled files before hours of training.

    Prints what is in each FILE (labels, lengths, scripts) and what is wrong with it: missing or contradicting labels,
    numbers that are none, empty texts, duplicates and how many of them a random split leaks, damaged encodings,
    columns and words that give the label away; then which texts several files share. With --strict, warnings and
    errors end with exit status 1.

    \b
        seqtext check tweets.csv --label sentiment --labels Negative,Positive
        seqtext check mails.csv --text body --number age --multilabel tags
        seqtext check train.csv --test test.csv --strict
    """
    from seqtext.checking.check import check as check_parts

    check_separator(options)
    parts = [part for file in (*files, *filter(None, [options["test"]])) for part in _read_parts(file, options)]
    findings = check_parts(*parts, share=options["share"], near=not options["no_near"])
    if as_json:
        echo_json([_summary(part, findings) for part in parts])
    else:
        for part in parts:
            _show(part, [finding for finding in findings if finding.part == part.name])
    if strict and any(finding.severity != "info" for finding in findings):
        ctx.exit(1)


def _read_parts(file: str, options: dict[str, Any]) -> "list[Part]":
    from seqtext.checking.findings import Part
    from seqtext.data.dataset import read

    hint_at_terminal(file)
    rows = read(file, **how_to_read(options))
    texts = options["text"] or (text_column(rows),)
    several = options["multilabel"]
    likely = tuple(name for name in LABEL_COLUMNS if name not in (*texts, *options["number"], *options["category"]))
    singles = options["label"] or (() if several else tuple(filter(None, [first_of(likely, rows)])))
    labels = (*singles, *several)
    roles = {role: options[role] for role in ROLES} | {"text": texts, "label": singles}
    check_roles(roles, rows)
    rows = _as_texts(rows, roles)
    separators = dict.fromkeys(several, options["separator"] or SEPARATOR)
    beside = {"number_columns": options["number"], "category_columns": options["category"]}
    whole = Part(rows.source, rows, texts, labels, separators=separators, **beside)
    if options["labels"]:
        if not labels:
            raise DataError(f"{rows.source} has the columns {listed(rows.names)}; name that of the labels with --label")
        whole = whole.where(labels[0], names_in(options["labels"]))
    column = options["part"] or ("part" if rows.names[-2:] == ["part", "path"] and any(rows.column("part")) else None)
    if column is None:
        return [whole]
    names = dict.fromkeys(name or "" for name in whole.rows.column(column))
    return [replace(whole.where(column, [name]), name=f"{rows.source} ({name or 'no part'})") for name in names]


def _as_texts(rows: "Dataset", roles: dict[str, tuple[str, ...]]) -> "Dataset":
    """The rows with lists in the columns of several labels alone; DataError for a list where one value should be."""
    from seqtext.data.dataset import Dataset
    from seqtext.data.formats.shared import as_text
    from seqtext.preprocess.category import read_categories
    from seqtext.preprocess.labels import LabelEncoder, MultiLabelEncoder
    from seqtext.preprocess.texts import each_text

    readers = {
        "text": lambda column: list(each_text(column)),
        "category": read_categories,
        "label": LabelEncoder().check,
        "multilabel": MultiLabelEncoder().check,
    }
    for role, read in readers.items():
        for column in roles[role]:
            with in_file(rows.source, column):
                read(rows.column(column))
    columns = rows.columns.items()
    return Dataset(
        {name: own if name in roles["multilabel"] else list(map(as_text, own)) for name, own in columns}, rows.source
    )


def _summary(part: "Part", findings: "list[Finding]") -> dict[str, Any]:
    found = [vars(finding) for finding in findings if finding.part == part.name]
    beside = {"number": part.number_columns, "category": part.category_columns}
    columns = {"text": part.text_columns, "label": part.label_columns} | {k: v for k, v in beside.items() if v}
    return {"name": part.name, "rows": len(part.rows), **columns, "findings": found}


def _show(part: "Part", findings: "list[Finding]") -> None:
    """Print a heading, and a paragraph for each finding, the gravest first."""
    from seqtext.errors import plural

    labels = listed(part.label_columns)
    with_labels = f"labels from {labels}" if labels else "no column with labels (name one with --label)"
    beside = {"numbers": part.number_columns, "categories": part.category_columns}
    others = "".join(f", {what} from {listed(columns)}" for what, columns in beside.items() if columns)
    texts = f"texts from {listed(part.text_columns)}{others}"
    click.echo(f"{part.name}: {plural(len(part.rows), 'row')}, {texts}, {with_labels}")
    for finding in sorted(findings, key=lambda one: ("error", "warning", "info").index(one.severity)):
        where = f" [row{'s'[: len(finding.rows) > 1]} {', '.join(map(str, finding.rows))}]" if finding.rows else ""
        click.echo(f"  {finding.severity:<7}  {finding.check}: {printable(finding.message, 1000)}{where}")
    severities = [finding.severity for finding in findings]
    click.echo(f"  {', '.join(plural(severities.count(kind), kind) for kind in ('error', 'warning'))}")
