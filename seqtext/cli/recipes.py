"""``seqtext recipes``: which recipes there are, and every setting of one."""

from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import recipe_called

if TYPE_CHECKING:
    from seqtext.recipes import Recipe


@click.command(short_help="List the recipes, or the settings of one.")
@click.argument("name", required=False)
@click.option("--toml", "as_toml", is_flag=True, help="Print as TOML, for 'seqtext train --recipe FILE.toml'.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--explain", is_flag=True, help="Say what each setting means and may be; NAME is general, if not given.")
def recipes(name: str | None, as_toml: bool, as_json: bool, explain: bool) -> None:
    """
    List the recipes, or all settings of the recipe NAME.

    \b
        seqtext recipes sentiment
        seqtext recipes sentiment --toml > mine.toml
        seqtext recipes --explain
    """
    import textwrap

    from seqtext.recipes.change import flat_settings
    from seqtext.recipes.named import RECIPES
    from seqtext.recipes.toml import to_toml
    from seqtext.schema import to_plain

    if explain:
        _explain(recipe_called(name or "general"), as_json)
        return
    chosen = {name: recipe_called(name)} if name else RECIPES
    if as_toml:
        if name is None:
            raise click.UsageError("--toml prints one recipe; name it")
        click.echo(to_toml(chosen[name]))
    elif as_json:
        from seqtext.cli.screen import echo_json

        echo_json({key: to_plain(recipe) for key, recipe in chosen.items()})
    elif name:
        for setting, value in flat_settings(chosen[name]).items():
            click.echo(f"{setting:<18} {shown(value)}")
    else:
        width = max(map(len, RECIPES))
        for key, recipe in RECIPES.items():
            first, *more = textwrap.wrap(recipe.description, 98 - width)
            click.echo(f"{key:<{width}}  {first}")
            for line in more:
                click.echo(f"{'':<{width}}  {line}")
        click.echo("\n'seqtext recipes NAME' shows all settings of one; 'seqtext train --set name=value' changes them.")


def shown(value: Any) -> str:
    """A value as ``--set`` takes it."""
    import json

    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)


def _explain(recipe: "Recipe", as_json: bool) -> None:
    import dataclasses
    import itertools
    import textwrap

    from seqtext.cli.screen import echo_json
    from seqtext.recipes.explain import explained

    settings = explained(recipe)
    if as_json:
        echo_json([dataclasses.asdict(one) for one in settings])
        return
    section = ""
    for one, next_one in itertools.zip_longest(settings, settings[1:]):
        if one.section != section:
            section = one.section
            click.echo(f"{section}:")
        click.echo(f"  {one.name} = {shown(one.value) or '(nothing)'}")
        for line in textwrap.wrap(one.allowed, 90, break_on_hyphens=False):
            click.echo(f"    | {line}")
        if next_one is None or (next_one.section, next_one.meaning) != (section, one.meaning):
            for line in textwrap.wrap(one.meaning, 92):
                click.echo(f"      {line}")
