"""Put a table that a benchmark made into the page that shows it."""

from pathlib import Path


def replace_table(page: Path, name: str, table: str) -> None:
    """Write ``table`` between the comments ``<!-- name begin -->`` and ``<!-- name end -->`` of ``page``."""
    begin, end = f"<!-- {name} begin -->", f"<!-- {name} end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{page} has no {begin} ... {end} to put the table between")
    page.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


def show(table: str, name: str, page: Path | None) -> None:
    """Print ``table``, and write it to ``page`` if there is one; see `replace_table`."""
    print(table)
    if page:
        replace_table(page, name, table)
