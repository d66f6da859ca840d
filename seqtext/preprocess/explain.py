"""What a pipeline does to one text, as data and as lines for a terminal."""

from dataclasses import dataclass
from typing import Any

from seqtext.errors import plural, shortened
from seqtext.notebook import html_table
from seqtext.preprocess.clean import find_step, list_steps
from seqtext.preprocess.padding import truncate
from seqtext.preprocess.texts import as_text


@dataclass(frozen=True)
class Stage:
    """The text after one cleaning step."""

    step: str
    text: str
    changed: bool


@dataclass(frozen=True, repr=False)
class Explanation:
    """Every stage of one text; ``ids`` and ``unknown`` are empty before the pipeline has learned its words."""

    text: str
    stages: tuple[Stage, ...]
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    unknown: tuple[str, ...]
    kept: tuple[bool, ...]

    def __repr__(self) -> str:
        unknown, cut = f"{self.ids.count(1)} unknown, " if self.ids else "", self.kept.count(False)
        return f"Explanation({shortened(self.text)!r}: {plural(len(self.tokens), 'token')}, {unknown}{cut:,} cut)"

    def _repr_html_(self) -> str:
        steps = [(stage.step, stage.text if stage.changed else "no change") for stage in self.stages]
        ids = self.ids or ("",) * len(self.tokens)
        marks = ["cut" if not kept else "unknown" if id == 1 else "" for id, kept in zip(ids, self.kept, strict=True)]
        tokens = zip(self.tokens, ids, marks, strict=True)
        return html_table([("step", "text"), ("", self.text), *steps]) + html_table([("token", "id", ""), *tokens])

    def __str__(self) -> str:
        """Return lines for a terminal: the steps that changed something, then each token above its id."""
        return self.render()

    def render(self, *, width: int = 100) -> str:
        """Return the same at most ``width`` wide; an unknown word has ``?`` after its id, one that was cut ``cut``."""
        rows = [("text", visible(self.text))]
        rows += [(stage.step, visible(stage.text)) for stage in self.stages if stage.changed]
        if unchanged := [stage.step for stage in self.stages if not stage.changed]:
            rows.append(("no change", ", ".join(unchanged)))
        rows.append(("", ""))
        count = len(self.tokens)
        below = [f"{index}{'?' if index == 1 else ''}" for index in self.ids] or [""] * count
        below = [under if kept else "cut" for under, kept in zip(below, self.kept, strict=True)]
        margin = max(len(name) for name, _ in [*rows, ("unknown", "")]) + 2
        for above, under in wrap_columns(list(map(visible, self.tokens)), below, width - margin):
            rows += [("tokens", above), *([("ids", under)] if under else []), ("", "")]
        if not count:
            rows += [("tokens", "none: the text becomes one unknown word"), ("", "")]
        if self.unknown:
            rows.append(("unknown", f"{self.ids.count(1)} of {count} tokens: {', '.join(map(visible, self.unknown))}"))
        if not all(self.kept):
            rows.append(("cut", f"{self.kept.count(False)} of {count} tokens"))
        return "\n".join(f"{name:{margin}}{text}".rstrip() for name, text in rows).rstrip()


def wrap_columns(above: list[str], below: list[str], width: int) -> list[tuple[str, str]]:
    """Return pairs of lines with each word of ``below`` under its word of ``above``, at most ``width`` wide."""
    lines: list[tuple[str, str]] = []
    top = bottom = ""
    for word, under in zip(above, below, strict=True):
        space = max(len(word), len(under)) + 2
        if top and len(top) + space - 2 > width:
            lines.append((top.rstrip(), bottom.rstrip()))
            top = bottom = ""
        top, bottom = top + word.ljust(space), bottom + under.ljust(space)
    return [*lines, (top.rstrip(), bottom.rstrip())] if top else lines


def visible(text: str) -> str:
    """Return ``text`` so written that a terminal shows all of it and obeys none of it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def explain(pipeline: Any, text: str | None) -> Explanation:
    """Return every stage of one ``text``: after each cleaning step, its tokens, their ids, what is unknown and cut."""
    original = cleaned = as_text(text, 0)
    stages = []
    for name, apply in map(find_step, list_steps(pipeline.clean)):
        before, cleaned = cleaned, apply(cleaned)
        stages.append(Stage(name, cleaned, changed=cleaned != before))
    tokens = pipeline.splitter()(cleaned)
    id_of = {word: index for index, word in enumerate(getattr(pipeline, "vocabulary_", []))}
    ids = [id_of.get(token, 1) or 1 for token in tokens] if id_of else []
    unknown = dict.fromkeys(token for token, index in zip(tokens, ids, strict=False) if index == 1)
    places = list(range(len(tokens)))
    kept = set(truncate(places, pipeline.max_length or len(places), pipeline.truncating))
    are_kept = tuple(place in kept for place in places)
    return Explanation(original, tuple(stages), tuple(tokens), tuple(ids), tuple(unknown), are_kept)
