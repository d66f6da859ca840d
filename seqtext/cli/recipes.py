"""``seqtext recipes``: which recipes there are, and every setting of one."""

import click


@click.command(short_help="List the recipes, or the settings of one.")
@click.argument("name", required=False)
@click.option("--toml", "as_toml", is_flag=True, help="Print as TOML, for 'seqtext train --recipe FILE.toml'.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def recipes(name: str | None, as_toml: bool, as_json: bool) -> None:
    """
    List the recipes, or all settings of the recipe NAME.

    \b
        seqtext recipes sentiment
        seqtext recipes sentiment --toml > mine.toml
    """
    import json
    import textwrap

    from seqtext.recipes import RECIPES, find_recipe, flat_settings, to_toml
    from seqtext.schema import to_plain

    chosen = {name: find_recipe(name)} if name else RECIPES
    if as_toml:
        if name is None:
            raise click.UsageError("--toml prints one recipe; name it")
        click.echo(to_toml(chosen[name]))
    elif as_json:
        from seqtext.cli.screen import echo_json

        echo_json({key: to_plain(recipe) for key, recipe in chosen.items()})
    elif name:
        for setting, value in flat_settings(chosen[name]).items():
            shown = "none" if value is None else value if isinstance(value, str) else json.dumps(value)
            click.echo(f"{setting:<18} {shown}")
    else:
        width = max(map(len, RECIPES))
        for key, recipe in RECIPES.items():
            first, *more = textwrap.wrap(recipe.description, 98 - width)
            click.echo(f"{key:<{width}}  {first}")
            for line in more:
                click.echo(f"{'':<{width}}  {line}")
        click.echo("\n'seqtext recipes NAME' shows all settings of one; 'seqtext train --set name=value' changes them.")
