"""The group that commands join: their order, help for misspelt names, and errors in one line."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, NoReturn

import click

from seqtext.errors import SeqtextError, did_you_mean

# 128 and the number of SIGINT.
STOPPED = 130


class OnDemand(Mapping[str, click.Command]):
    """Commands by name, each imported when it is asked for: who labels a text waits for no other."""

    def __init__(self, homes: Mapping[str, str]) -> None:
        self.homes = homes

    def __getitem__(self, name: str) -> click.Command:
        found: click.Command = getattr(import_module(self.homes[name]), name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.homes)

    def __len__(self) -> int:
        return len(self.homes)


class Commands(click.Group):
    """A group that lists its commands in the order in which they are needed, and helps with misspelt ones."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(
                f"no command {args[0]!r}; there are {', '.join(self.commands)}{did_you_mean(args[0], self.commands)}"
            )
        return super().resolve_command(ctx, args)


class WithSettings(click.Command):
    """A command with --set, which says so to whoever gives a setting as an option of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            from seqtext.recipes import Recipe
            from seqtext.recipes.change import flat_settings

            name = error.option_name.lstrip("-").replace("-", "_")
            if name in flat_settings(Recipe()):
                raise click.UsageError(f"{name} is a setting: write --set {name}=VALUE", ctx) from error
            raise


class OneLineErrors(Commands):
    """
    The outermost group: what a user can put right ends with one line and exit status 1, never with a traceback.

    Its commands are imported from their ``homes``, by name, when they are needed.
    """

    def __init__(self, *args: Any, homes: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.commands = OnDemand(homes)  # type: ignore[assignment]  # click only reads from it

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; Ctrl-C ends it with the status that shells expect, a reader who has seen enough with 0."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("seqtext: stopped", err=True)
            ctx.exit(STOPPED)
        except BrokenPipeError:
            _let_go_of_stdout()
            ctx.exit(0)

    def main(self, *args: Any, **extra: Any) -> Any:
        if not extra.get("standalone_mode", True):
            return super().main(*args, **extra)
        # A console that cannot show a character shows its number; files are written in UTF-8, whatever the console.
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            return super().main(*args, **extra)
        except SeqtextError as error:
            _end(str(error))
        except MemoryError:
            _end("not enough memory; close other programs, give fewer or shorter texts, or choose a smaller model")
        except OSError as error:
            from seqtext.data.files import reason

            _end(f"cannot use {error.filename or 'standard output'}: {reason(error)}")


def _end(message: str) -> NoReturn:
    click.echo(f"seqtext: {' '.join(message.splitlines())}", err=True)
    _let_go_of_stdout()
    sys.exit(1)


def _let_go_of_stdout() -> None:
    """What a full disk did not take stays in the buffer; Python would complain about it once more when it ends."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
