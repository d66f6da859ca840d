"""
The command line: one module per command; this one holds the group that they join.

Modules here import nothing but click at the top, so that ``seqtext --help`` answers at once.
"""

import click

from seqtext import __version__
from seqtext.cli.check import check
from seqtext.cli.classify import classify
from seqtext.cli.corpora import corpora
from seqtext.cli.device import device
from seqtext.cli.evaluate import evaluate
from seqtext.cli.explain import explain
from seqtext.cli.export import export
from seqtext.cli.group import OneLineErrors
from seqtext.cli.inspect import inspect
from seqtext.cli.pretrain import pretrain
from seqtext.cli.recipes import recipes
from seqtext.cli.train import train


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="seqtext")
def main() -> None:
    """
    Train a text classifier on your own labelled texts, and label files with it.

    \b
        seqtext train sentiment             train on a corpus, or on its bundled sample
        seqtext classify tweets.csv         label every row with the model trained last
    """


for command in (train, check, classify, evaluate, inspect, explain, export, pretrain, recipes, device, corpora):
    main.add_command(command)
