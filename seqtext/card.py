"""The model card, README.md of a model folder."""

from seqtext.errors import told_apart
from seqtext.evaluation import MODEL, class_table, score_table, verdict, which_rows
from seqtext.model import TrainedModel
from seqtext.models.cudnn import cudnn_lines


def model_card(model: TrainedModel) -> str:
    """Return the card of a model as Markdown."""
    made = model.made
    lines = ["# A text classifier trained with seqtext", ""]
    for head in model.spec.outputs:
        any_of = "" if head.is_exclusive else "any of "
        labels = any_of + ", ".join(map(told_apart, model.label_names[head.name]))
        lines.append(f"- Output `{head.name}`, learned from the column `{model.columns[head.name]}`: {labels}")
    lines += [f"- Input `{name}`: the column `{model.columns[name]}`" for name in model.preparers]
    rows = ", ".join(f"{count:,} {part}" for part, count in made.rows.items())
    lines += [
        f"- Trained on {made.title or made.source} (rows: {rows}), recipe `{made.recipe}`, "
        f"seed {model.recipe.rows.seed}, {made.effort}",
        *(f"- {line}" for line in cudnn_lines(model.spec)),
    ]
    for name, scores in model.scores.items():
        lines += ["", f"## Scores of `{name}` on {which_rows(scores)}", ""]
        lines += [
            "```",
            score_table(scores),
            "```",
            "",
            f"Verdict: {verdict(scores, is_linear=model.spec.is_linear)}.",
            "",
        ]
        lines += ["```", class_table(scores[MODEL]), "```"]
    lines += [
        "",
        "## Use",
        "",
        "```",
        "seqtext classify FILE -m THIS_FOLDER",
        "```",
        "",
        "The model answers with labels from above, whatever the text is about. It has seen only texts like those "
        "it was trained on; on others its probabilities mean little.",
        "",
    ]
    return "\n".join(lines)
