"""``python -m seqtext``: the command line, for when the command ``seqtext`` is not on the path."""

from seqtext.cli import main

main(prog_name="seqtext")
