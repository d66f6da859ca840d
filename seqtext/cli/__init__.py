"""
The command line: one module per command; this one holds the group that they join.

Modules here import nothing but click at the top, so that ``seqtext --help`` answers at once.
"""

from typing import Any

import click

from seqtext import __version__
from seqtext.cli.classify import classify
from seqtext.cli.corpora import corpora
from seqtext.cli.evaluate import evaluate
from seqtext.cli.inspect import inspect
from seqtext.cli.recipes import recipes
from seqtext.cli.train import train
from seqtext.errors import SeqtextError


class OneLineErrors(click.Group):
    """A group whose commands end with one line and exit status 1 on what a user can put right."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SeqtextError as error:
            click.echo(f"seqtext: {error}", err=True)
            ctx.exit(1)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from seqtext.errors import did_you_mean

            hint = did_you_mean(args[0], self.commands)
            ctx.fail(f"no command {args[0]!r}; there are {', '.join(sorted(self.commands))}{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="seqtext")
def main() -> None:
    """
    Train a text classifier on your own labelled texts, and label files with it.

    \b
        seqtext train sentiment             train on a corpus, or on its bundled sample
        seqtext classify tweets.csv         label every row with the model trained last
    """


for command in (train, classify, evaluate, inspect, corpora, recipes):
    main.add_command(command)
