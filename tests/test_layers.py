"""Imports point one way, and heavy packages are imported only by the functions that need them."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "seqtext"

# From the bottom up: a module may import from its own layer and from those above it in this list.
LAYERS = (
    ("errors", "schema"),
    ("preprocess", "data", "evaluation", "models.spec"),
    ("models", "checking", "corpora"),
    ("bundle", "recipes"),
    ("training",),
    ("estimator",),
    ("cli", "__main__"),
)
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if path != ROOT / "__init__.py"
}
LIGHT = {"numpy", "click"}
KERAS = {"models.layers", "models.build"}

every_module = pytest.mark.parametrize("module", MODULES)


def layer(module):
    """Number of the layer of a module: that of its longest name in the list."""
    ranks = {name: rank for rank, names in enumerate(LAYERS) for name in names}
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in ranks:
            return ranks[".".join(parts[:length])]
    raise AssertionError(f"seqtext.{module} is in no layer: give it one here and in docs/architecture.md")


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imported(path, *, in_functions):
    """Dotted names that a file imports, those for type checking left out."""
    found = set()

    def visit(node):
        if is_type_checking(node):
            for other in node.orelse:
                visit(other)
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not in_functions:
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def own(names):
    """Those of the imported names that are modules of seqtext; ``from seqtext.errors import DataError`` is errors."""
    found = set()
    for name in names:
        if not name.startswith("seqtext."):
            continue
        parts = name.removeprefix("seqtext.").split(".")
        candidates = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        found.update(
            [next(candidate for candidate in candidates if candidate in MODULES)] if parts[0] != "__version__" else []
        )
    return found


@every_module
def test_imports_point_one_way(module):
    upwards = {other for other in own(imported(MODULES[module], in_functions=True)) if layer(other) > layer(module)}

    assert upwards == set()


def test_no_module_imports_itself_in_a_circle():
    # A package and its modules count as one where the package only hands names on.
    graph = {
        name: own(imported(path, in_functions=True)) - {name} for name, path in MODULES.items() if name != "preprocess"
    }

    TopologicalSorter(graph).prepare()


@every_module
def test_keras_is_imported_at_the_top_of_two_files_only(module):
    roots = {name.split(".")[0] for name in imported(MODULES[module], in_functions=False)}

    assert ("keras" in roots) == (module in KERAS)


@every_module
def test_nothing_heavy_is_imported_at_the_top(module):
    roots = {name.split(".")[0] for name in imported(MODULES[module], in_functions=False)}
    allowed = set(sys.stdlib_module_names) | LIGHT | {"seqtext"} | ({"keras"} if module in KERAS else set())

    assert roots - allowed == set()


@pytest.mark.parametrize("module", [name for name in MODULES if name.split(".")[0] == "cli"])
def test_commands_import_only_click_and_their_own_at_the_top(module):
    found = imported(MODULES[module], in_functions=False)

    assert own(found) <= {name for name in MODULES if name.split(".")[0] == "cli"} | {"errors"}
    assert "numpy" not in {name.split(".")[0] for name in found}


@pytest.mark.parametrize("module", [name for name in MODULES if name.split(".")[0] == "preprocess"])
def test_preprocessing_stands_alone(module):
    found = own(imported(MODULES[module], in_functions=True))

    assert {name.split(".")[0] for name in found} <= {"preprocess", "errors", "data"}


def test_tensorflow_itself_is_imported_by_those_who_say_so_only():
    """What trains goes through Keras, so that another backend serves as well."""
    users = {
        name
        for name, path in MODULES.items()
        if "tensorflow" in {one.split(".")[0] for one in imported(path, in_functions=True)}
    }

    # The one silences it, the other makes a tf.data.Dataset for those who ask for one.
    assert users == {"training.quiet", "preprocess.batches"}
