"""Imports point one way, and heavy packages are imported only by the functions that need them."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "seqtext"

# From the bottom up, by folder or module: one may import from its own line and from those above it.
LAYERS = (
    ("errors", "schema", "terminal", "notebook", "atomic", "parallel"),
    ("preprocess", "data", "evaluation"),
    ("models", "checking", "corpora"),
    ("recipes",),
    ("model", "model_folder", "card", "saving", "export", "language"),
    ("training",),
    ("estimator",),
    ("cli", "__main__"),
)
RANKS = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if path != ROOT / "__init__.py"
}
LIGHT = {"numpy", "click"}
KERAS = {"models.layers", "models.build"}
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 50

every_module = pytest.mark.parametrize("module", MODULES)


def folder(module):
    return module.split(".")[0]


def imported(path, *, in_functions):
    """Dotted names that a file imports; those for type checking count as in functions."""
    found = set()

    def visit(node):
        is_later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or (
            isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        )
        if is_later and not in_functions:
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


def roots(names):
    return {name.split(".")[0] for name in names}


def own(names):
    """Those of the imported names that are modules of seqtext; ``from seqtext.errors import DataError`` is errors."""
    found = set()
    for name in names:
        parts = name.split(".")[1:] if name.startswith("seqtext.") else []
        candidates = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
        found.update([one for one in candidates if one in MODULES][:1])
    return found


@every_module
def test_imports_point_one_way(module):
    assert folder(module) in RANKS, "give it a layer here and in docs/architecture.md"

    upwards = {
        one for one in own(imported(MODULES[module], in_functions=True)) if RANKS[folder(one)] > RANKS[folder(module)]
    }

    assert upwards == set()


def test_no_module_imports_itself_in_a_circle_not_even_for_types():
    graph = {name: own(imported(path, in_functions=True)) - {name} for name, path in MODULES.items()}
    TopologicalSorter(graph).prepare()


@every_module
def test_keras_is_imported_at_the_top_of_two_files_only(module):
    assert ("keras" in roots(imported(MODULES[module], in_functions=False))) == (module in KERAS)


@every_module
def test_keras_is_imported_by_models_and_training_only(module):
    if {"keras", "tensorflow"} & roots(imported(MODULES[module], in_functions=True)):
        # The one that is not makes a tf.data.Dataset for those who ask for one.
        assert folder(module) in ("models", "training") or module == "preprocess.batches"


@every_module
def test_nothing_heavy_is_imported_at_the_top(module):
    allowed = set(sys.stdlib_module_names) | LIGHT | {"seqtext"} | ({"keras"} if module in KERAS else set())

    assert roots(imported(MODULES[module], in_functions=False)) - allowed == set()


@pytest.mark.parametrize("module", [name for name in MODULES if folder(name) == "cli"])
def test_commands_import_only_click_and_their_own_at_the_top(module):
    found = imported(MODULES[module], in_functions=False)

    # The tasks of `train` are those of the catalogue, and a status line needs no more than the standard library.
    assert {folder(one) for one in own(found) - {"corpora.catalogue"}} <= {"cli", "errors", "terminal"}
    assert "numpy" not in roots(found)


@pytest.mark.parametrize("module", [name for name in MODULES if folder(name) == "preprocess"])
def test_preprocessing_stands_alone(module):
    found = own(imported(MODULES[module], in_functions=True))

    assert {one for one in found if folder(one) != "preprocess"} <= {"errors", "data.files", "notebook", "parallel"}


def test_tensorflow_itself_is_imported_by_those_who_say_so_only():
    """What trains goes through Keras, so that another backend serves as well."""
    users = {name for name, path in MODULES.items() if "tensorflow" in roots(imported(path, in_functions=True))}

    # One silences it, one makes a tf.data.Dataset, and one reverses with an operation of its own where Keras is on it.
    assert users == {"training.quiet", "preprocess.batches", "models.layers"}


@every_module
def test_no_module_is_longer_than_can_be_read_at_once(module):
    lines = MODULES[module].read_text(encoding="utf-8").count("\n")

    assert lines <= MOST_LINES


@every_module
def test_no_function_is_longer_than_a_screen(module):
    long = []
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
            if node.end_lineno - first.lineno + 1 > MOST_LINES_OF_A_FUNCTION:
                long.append(node.name)

    assert long == []
