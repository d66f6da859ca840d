"""Which columns of the data are for what."""

from collections.abc import Sequence
from dataclasses import dataclass

from seqtext.data.dataset import Dataset
from seqtext.errors import DataError
from seqtext.models.spec import part_names
from seqtext.recipes import Recipe


@dataclass(frozen=True)
class Columns:
    """Which column of the data feeds each input, and which holds the labels of each output, by their names."""

    inputs: dict[str, str]
    outputs: dict[str, str]

    @classmethod
    def named(
        cls,
        inputs: Sequence[str],
        outputs: Sequence[str],
        others: Sequence[str] = (),
        recipe: Recipe | None = None,
    ) -> "Columns":
        """
        Return these columns under names made from them, or under those that the recipe has settings for.

        Those of the ``others``, inputs that are no texts, do not depend on what the texts are called.
        """
        recipe = recipe or Recipe()
        if twice := [column for column in outputs if outputs.count(column) > 1]:
            raise DataError(f"the column {twice[0]!r} is named twice; every output needs a column of its own")
        names = part_names([*others, *inputs], "text", recipe.inputs)
        texts = {name: column for name, column in names.items() if column in inputs} | names
        labels = part_names(list(outputs), "label", recipe.outputs)
        taken = {name: f"{name}_label" if name in texts else name for name in labels}
        return cls(texts, {taken[name]: column for name, column in labels.items()})

    def input_values(self, rows: Dataset) -> dict[str, Sequence[str | None]]:
        """Return the values of ``rows`` by input name."""
        return {name: rows.column(column) for name, column in self.inputs.items()}

    def label_values(self, rows: Dataset) -> dict[str, Sequence[str | None]]:
        """Return the labels of ``rows`` by output name, None or blank where one is missing."""
        return {name: rows.column(column) for name, column in self.outputs.items()}
