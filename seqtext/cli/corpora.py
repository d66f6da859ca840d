"""``seqtext corpora``: what there is to train on, and how to get it."""

import click


@click.group()
def corpora() -> None:
    """List the corpora that seqtext knows, say where they are, or download one."""


@corpora.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_corpora(as_json: bool) -> None:
    """
    List the corpora: what they hold, and where they were found.

    \b
        seqtext corpora list
    """
    from seqtext import corpora as catalogue

    known = [catalogue.status(name) for name in catalogue.CATALOGUE]
    if as_json:
        import dataclasses
        import json

        click.echo(json.dumps([dataclasses.asdict(one) for one in known], default=str, indent=1))
        return
    for one in known:
        click.echo(f"{one.name}: {one.title}")
        click.echo(f"  {'task ' + one.task if one.task else 'a resource, not a task'}; licence: {one.licence}")
        if one.path:
            click.echo(f"  found at {one.path}")
        elif one.is_fetchable:
            size = f" ({one.size / 1e6:.0f} MB)" if one.size else ""
            click.echo(f"  not here; get it with: seqtext corpora fetch {one.name}{size}")
        else:
            click.echo(f"  not here, and needs a login: {one.homepage}")
        if one.sample:
            click.echo(f"  bundled sample: {one.sample}")
    click.echo("\nlooked in: " + ", ".join(map(str, catalogue.cache_roots())))


@corpora.command()
@click.argument("name")
def path(name: str) -> None:
    """
    Print where a corpus lies: the real one, else its bundled sample.

    \b
        seqtext corpora path imdb
    """
    from seqtext import corpora as catalogue

    click.echo(str(catalogue.find(name) or catalogue.sample_path(name)))


@corpora.command()
@click.argument("name")
def fetch(name: str) -> None:
    """
    Download a corpus into the cache, check it, and unpack it; a broken download is resumed.

    \b
        seqtext corpora fetch imdb
    """
    from seqtext import corpora as catalogue

    known = catalogue.corpus(name)
    with click.progressbar(
        length=known.size or 0, label=f"downloading {known.name}", file=click.get_text_stream("stderr")
    ) as bar:

        def show(done: int, total: int | None) -> None:
            bar.length = total or bar.length
            bar.update(done - bar.pos)

        folder = catalogue.fetch(name, progress=show)
    click.echo(str(folder))
