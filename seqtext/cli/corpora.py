"""``seqtext corpora``: what there is to train on, and how to get it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from seqtext.cli.group import Commands
from seqtext.cli.options import say, wrong_call
from seqtext.cli.screen import echo_json
from seqtext.terminal import StatusLine, clock


@click.group(cls=Commands, short_help="List the corpora, find or fetch one.")
def corpora() -> None:
    """List the corpora that seqtext knows, say where they are, or download one."""


@corpora.command("list", short_help="List the corpora and where they were found.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_corpora(as_json: bool) -> None:
    """
    List the corpora: what they hold, and where they were found.

    \b
        seqtext corpora list
    """
    from seqtext import corpora as known

    roots = known.cache_roots()
    every = [known.status(name) for name in known.CATALOGUE]
    if as_json:
        echo_json(every)
        return
    width = max(map(len, known.CATALOGUE)) + 2
    for one in every:
        text = f"\n{'':{width}}".join(_lines(one, roots[0]))
        click.echo(f"{one['name']:{width}}{text}\n")
    click.echo("looked in " + " and ".join(map(str, roots)))


def _lines(one: dict[str, Any], root: Path) -> list[str]:
    """Return what a person wants to know about one corpus; ``root`` is where to put it."""
    if one["path"]:
        place = [f"found at {one['path']}"]
    elif one["is_fetchable"]:
        place = [f"not here; download it ({one['size'] / 1e6:,.0f} MB) with: seqtext corpora fetch {one['name']}"]
    else:
        file = root / one["paths"][0]
        place = [f"not here; download it (needs a login) from {one['homepage']}", f"and put it at {file}"]
    sample = [f"bundled sample: {one['sample']}"] if one["sample"] else []
    task = [f"train on it with: seqtext train {one['task']}"] if one["task"] else []
    return [one["title"], *place, *sample, *task, f"licence: {one['licence']}"]


@corpora.command(short_help="Print where a corpus lies.")
@click.argument("name")
def path(name: str) -> None:
    """
    Print where a corpus lies: the real one, else its bundled sample.

    \b
        seqtext corpora path imdb
    """
    from seqtext import corpora as known

    with wrong_call():
        known.corpus(name)
    found = known.find(name)
    if found is None:
        found = known.sample_path(name)
        say(f"the bundled sample; the real corpus {known.corpus(name).name} is not in {known.cache_roots()[0]}")
    click.echo(str(found))


@corpora.command(short_help="Download a corpus into the cache.")
@click.argument("name")
def fetch(name: str) -> None:
    """
    Download a corpus into the cache, check it, and unpack it; a broken download is continued.

    Prints where it lies; does nothing if it is there already. SEQTEXT_DATA names another folder for the cache.

    \b
        seqtext corpora fetch imdb
    """
    from seqtext import corpora as known

    with wrong_call():
        known.corpus(name)
    with StatusLine() as status:
        click.echo(str(known.fetch(name, progress=_progress(known.corpus(name).name, status))))


def _progress(name: str, status: StatusLine) -> Callable[[int, int], None]:
    """Return a function that shows a download: a status line on a terminal, a line for each phase elsewhere."""
    first: int | None = None

    def show(here: int, in_all: int) -> None:
        nonlocal first
        if first is None:
            first = here
            say(f"downloading {name} ({in_all / 1e6:,.0f} MB)")
        speed = (here - first) / max(status.seconds, 1e-3)
        left = f", {clock((in_all - here) / speed)} left" if speed else ""
        bar = "#" * (20 * here // in_all)
        status.show(f"[{bar:.<20}] {here / 1e6:6,.1f} of {in_all / 1e6:,.1f} MB, {speed / 1e6:,.1f} MB/s{left}")
        if here == in_all:
            status.clear()
            say("checking and unpacking")

    return show
