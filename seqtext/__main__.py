"""The command ``seqtext``, and ``python -m seqtext``, for when that is not on the path."""

import sys


def run() -> None:
    """Run the command; Ctrl-C while it is still being imported is a line, as it is later."""
    try:
        from seqtext.cli import main

        main(prog_name="seqtext")
    except KeyboardInterrupt:
        print("seqtext: stopped", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    run()
