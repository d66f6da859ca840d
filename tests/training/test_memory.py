"""A model that cannot be trained on this machine is refused before it is built, with the numbers."""

import pytest

from seqtext.errors import RecipeError
from seqtext.recipes import Recipe
from seqtext.recipes.change import changed
from seqtext.recipes.named import find_recipe
from seqtext.training import memory, run
from seqtext.training.labelled import labelled_rows
from seqtext.training.memory import free_memory, require_memory, require_memory_for_features

MEMINFO = "MemTotal:       24684084 kB\nMemFree:        1000 kB\nMemAvailable:   4000000 kB\n"
V2 = {
    "memory.max": "3000000000\n",
    "memory.current": "1200000000\n",
    "memory.stat": "anon 5\ninactive_file 200000000\n",
}
V1 = {
    "memory.limit_in_bytes": "9223372036854771712\n",
    "memory.usage_in_bytes": "5\n",
    "memory.stat": "total_inactive_file 1\n",
}


@pytest.fixture
def machine(tmp_path):
    """Function that makes the folder of a machine whose files say this of its memory."""

    def machine(meminfo=None, v2=None, v1=None):
        files = {"proc/meminfo": meminfo} if meminfo else {}
        files |= {f"sys/fs/cgroup/{name}": text for name, text in (v2 or {}).items()}
        files |= {f"sys/fs/cgroup/memory/{name}": text for name, text in (v1 or {}).items()}
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return machine


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ((MEMINFO,), 4_096_000_000),
        ((MEMINFO, V2), 2_000_000_000),
        ((None, V2), 2_000_000_000),
        ((MEMINFO, V2 | {"memory.max": "max\n"}), 4_096_000_000),
        ((MEMINFO, None, V1), 4_096_000_000),
        ((MEMINFO, V2 | {"memory.current": "9000000000\n"}), 0),
        (("MemTotal: many\n",), None),
        ((), None),
    ],
)
def test_free_memory_is_what_the_machine_and_its_container_leave(machine, files, expected):
    assert free_memory(machine(*files)) == expected


def test_what_does_not_fit_is_refused_with_the_numbers(machine):
    shapes = {"text/embedding": (400_000, 999), "answer/kernel": (400_000, 1)}

    with pytest.raises(RecipeError) as caught:
        require_memory(shapes, "adam", machine(MEMINFO))

    assert str(caught.value) == (
        "the model would have 400,000,000 weights and training needs about 6.4 GB, but this machine has 4.1 GB free; "
        "make it smaller: its largest part is text/embedding (400,000 x 999)"
    )
    require_memory(shapes, "sgd", machine(MEMINFO))


def test_where_nobody_knows_what_is_free_nothing_is_refused(machine):
    require_memory({"text/embedding": (10**6, 10**6)}, "adam", machine())


def test_a_small_model_is_trained_even_where_a_container_is_nearly_full(machine):
    require_memory({"text/embedding": (1000, 100)}, "adam", machine(MEMINFO, V2 | {"memory.current": "9000000000\n"}))


def test_training_asks_before_anything_is_built(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda root: 1_000)
    monkeypatch.setattr(memory, "ALWAYS_FITS", 0)
    monkeypatch.setattr("seqtext.models.build.build", lambda *_, **__: pytest.fail("it was built"))
    texts, labels = [f"so good {i}" for i in range(20)], ["a", "b"] * 10
    rows = labelled_rows({"text": texts}, {"label": labels})

    with pytest.raises(RecipeError, match=r"would have [\d,]+ weights and training needs about 0.0 GB"):
        run.train(rows, changed(Recipe(), {"units": 4, "embedding_dim": 4, "min_count": 1}))


def test_more_n_grams_than_can_be_learned_from_are_refused_with_what_to_do(machine):
    with pytest.raises(RecipeError) as caught:
        require_memory_for_features(200_000_000, machine(MEMINFO))

    assert str(caught.value).startswith("the rows have 200,000,000 n-grams and learning from them needs about 9.6 GB")
    assert "this machine has 4.1 GB free" in str(caught.value)
    assert "--set bag.max_chars=0" in str(caught.value)
    require_memory_for_features(20_000_000, machine(MEMINFO))


def test_n_grams_are_counted_before_the_other_half_is_trained(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda root: 1_000)
    monkeypatch.setattr(memory, "ALWAYS_FITS", 0)
    monkeypatch.setattr("seqtext.training.run._train_deep", lambda *_: pytest.fail("it was trained"))
    rows = labelled_rows({"text": [f"so good {i}" for i in range(20)]}, {"label": ["a", "b"] * 10})

    with pytest.raises(RecipeError, match="the rows have 92 n-grams"):
        run.train(rows, changed(find_recipe("general"), {"bag.max_chars": 0, "bag.ngrams": 2, "bag.min_count": 1}))
