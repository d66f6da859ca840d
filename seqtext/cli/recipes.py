"""``seqtext recipes``: which recipes there are, and every setting of one."""

import click


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def recipes(name: str | None, as_json: bool) -> None:
    """
    List the recipes, or all settings of the recipe NAME.

    \b
        seqtext recipes sentiment
    """
    import json

    from seqtext.recipes import RECIPES, find_recipe
    from seqtext.schema import to_plain

    chosen = {name: find_recipe(name)} if name else RECIPES
    if as_json:
        click.echo(json.dumps({key: to_plain(recipe) for key, recipe in chosen.items()}, indent=1))
    elif name:
        for setting, value in to_plain(chosen[name]).items():
            click.echo(f"{setting:<18} {value if isinstance(value, str) else json.dumps(value)}")
    else:
        width = max(map(len, RECIPES))
        for key, recipe in RECIPES.items():
            click.echo(f"{key:<{width}}  {recipe.description}")
        click.echo("\n'seqtext recipes NAME' shows all settings of one; 'seqtext train --set name=value' changes them.")
