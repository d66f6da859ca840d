"""
The command line: one module per command; this one holds the group that they join.

Modules here import nothing but click at the top, so that ``seqtext --help`` answers at once.
"""

import click

from seqtext import __version__
from seqtext.cli.group import OneLineErrors

# In the order in which they are needed; each is the function of its name in the module of its name.
COMMANDS = (
    *("train", "check", "classify", "evaluate", "inspect", "explain"),
    *("export", "pretrain", "recipes", "device", "corpora"),
)


@click.group(
    cls=OneLineErrors,
    homes={name: f"seqtext.cli.{name}" for name in COMMANDS},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="seqtext")
def main() -> None:
    """
    Train a text classifier on your own labelled texts, and label files with it.

    \b
        seqtext train sentiment             train on a corpus, or on its bundled sample
        seqtext classify tweets.csv         label every row with the model trained last
    """
