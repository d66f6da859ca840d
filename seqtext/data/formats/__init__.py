"""One table of all formats: to add one, write a module beside these, and a line in ``FORMATS``."""

from pathlib import Path

from seqtext.data.files import COMPRESSIONS, FilePath
from seqtext.data.formats import array, jsonl, parquet, txt, xlsx
from seqtext.data.formats.delimited import delimited
from seqtext.data.formats.shared import Format
from seqtext.errors import DataError, did_you_mean, shortened

FORMATS = {
    "txt": Format((".txt",), txt.read),
    "csv": delimited(".csv", ","),
    "tsv": delimited(".tsv", "\t"),
    "jsonl": Format((".jsonl", ".ndjson"), jsonl.read, jsonl.write, lists=True, any_columns=True, quote=b""),
    "json": Format((".json",), array.read),
    "parquet": Format((".parquet",), parquet.read, parquet.write),
    "xlsx": Format((".xlsx", ".xlsm"), xlsx.read, takes_names=True),
}


def format_of(path: FilePath, format: str | None = None, option: str = "--input-format") -> tuple[str, str]:
    """Return the names of the format and the compression of a file, by its suffixes; messages point to ``option``."""
    if format is not None and format not in FORMATS:
        hint = did_you_mean(format, FORMATS)
        raise DataError(f"no format {shortened(format)!r}; choose from {', '.join(sorted(FORMATS))}{hint}")
    if str(path) == "-":
        return format or "txt", ""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    compression = suffixes.pop() if suffixes and suffixes[-1] in COMPRESSIONS else ""
    suffix = suffixes[-1] if suffixes else ""
    by_suffix = {known: name for name, one in FORMATS.items() for known in one.suffixes}
    if format is None and suffix not in by_suffix:
        found = f"the suffix {suffix!r}" if suffix else "no suffix that names a format"
        raise DataError(
            f"{path} has {found}; expected {', '.join(by_suffix)} (also with {', '.join(COMPRESSIONS)})"
            f"{did_you_mean(suffix, by_suffix)}, or say what it is with {option}"
        )
    return format or by_suffix[suffix], compression
