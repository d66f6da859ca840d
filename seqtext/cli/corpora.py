"""``seqtext corpora``: what there is to train on, and how to get it."""

from typing import TYPE_CHECKING

import click

from seqtext.cli.group import Commands
from seqtext.cli.options import say

if TYPE_CHECKING:
    from seqtext.corpora import Status
    from seqtext.terminal import StatusLine


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
    from seqtext.corpora.catalogue import CATALOGUE

    every = [known.status(name) for name in CATALOGUE]
    if as_json:
        import dataclasses

        from seqtext.cli.screen import echo_json

        echo_json([dataclasses.asdict(one) for one in every])
        return
    width = max(len(one.name) for one in every)
    for one in every:
        for i, line in enumerate(_lines(one)):
            click.echo(f"{'' if i else one.name:<{width}}  {line}")
        click.echo()
    click.echo("looked in " + " and ".join(map(str, known.cache_roots())))


def _lines(one: "Status") -> list[str]:
    """What a person wants to know about one corpus."""
    lines = [one.title]
    if one.path:
        lines.append(f"found at {one.path}")
    elif one.is_fetchable:
        size = f" ({one.size / 1e6:,.0f} MB)" if one.size else ""
        lines.append(f"not here; download it{size} with: seqtext corpora fetch {one.name}")
    else:
        lines.append(f"not here; download it (needs a login) from {one.homepage}")
        lines.append(f"and put it at {_place(one.name)}")
    if one.sample:
        lines.append(f"bundled sample: {one.sample}")
    if one.task:
        lines.append(f"train on it with: seqtext train {one.task}")
    return [*lines, f"licence: {one.licence}"]


def _place(name: str) -> str:
    from seqtext.corpora import cache_roots, corpus

    return str(cache_roots()[0] / corpus(name).paths[0])


@corpora.command(short_help="Print where a corpus lies.")
@click.argument("name")
def path(name: str) -> None:
    """
    Print where a corpus lies: the real one, else its bundled sample.

    \b
        seqtext corpora path imdb
    """
    from seqtext import corpora as known

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
    from seqtext.terminal import StatusLine

    with StatusLine() as status:
        folder = known.fetch(name, progress=_Showing(known.corpus(name).name, status))
    click.echo(str(folder))


class _Showing:
    """The progress of a download: a status line on a terminal, a line for each phase elsewhere."""

    def __init__(self, name: str, status: "StatusLine") -> None:
        self.name = name
        self.status = status
        self.first: int | None = None

    def __call__(self, done: int, total: int | None) -> None:
        if self.first is None:
            self.first = done
            whole = f" ({total / 1e6:,.0f} MB)" if total else ""
            say(f"downloading {self.name}{whole}")
        self.status.show(download_line(done, total, self.status.seconds, done - self.first))
        if done == total:
            self.status.clear()
            say("checking and unpacking")


def download_line(done: int, total: int | None, seconds: float, gained: int) -> str:
    """
    How far a download is; ``gained`` bytes came in these ``seconds``, the others were there before.

    >>> download_line(42_000_000, 84_000_000, 14.0, 42_000_000)
    '[##########..........]   42.0 of 84.0 MB, 3.0 MB/s, 0:14 left'
    """
    from seqtext.terminal import clock

    speed = gained / max(seconds, 1e-3)
    if not total:
        return f"{done / 1e6:,.1f} MB, {speed / 1e6:,.1f} MB/s"
    left = f", {clock((total - done) / speed)} left" if speed > 0 else ""
    bar = "#" * (20 * done // total)
    return f"[{bar:.<20}] {done / 1e6:6,.1f} of {total / 1e6:,.1f} MB, {speed / 1e6:,.1f} MB/s{left}"
