"""Workbooks: cells become the texts that a csv file would hold, and what asks for too much is refused."""

import contextlib
import datetime
import io
import sys
import zipfile

import openpyxl
import pytest

from seqtext.data.dataset import iter_chunks, read
from seqtext.data.formats import xlsx
from seqtext.data.writing import open_writer
from seqtext.errors import DataError, MissingExtraError

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'


def relations(**targets):
    lines = (
        f'<Relationship Id="{id}" Type="{KINDS}/{target[0]}" Target="{target[1]}"/>' for id, target in targets.items()
    )
    return HEAD + RELATIONS + "".join(lines) + "</Relationships>"


def sheet(rows):
    return f"{HEAD}<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def texts(*values):
    return f"{HEAD}<sst {MAIN}>{''.join(values)}</sst>"


def types(**parts):
    type = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    lines = "".join(f'<Override PartName="/{part}" ContentType="{type}{kind}+xml"/>' for kind, part in parts.items())
    return f'{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{lines}</Types>'


PARTS = {
    "[Content_Types].xml": types(**{"sheet.main": "xl/workbook.xml", "sharedStrings": "xl/sharedStrings.xml"}),
    "xl/workbook.xml": f'{HEAD}<workbook {MAIN} xmlns:r="{KINDS}"><sheets><sheet name="Mails" sheetId="1" r:id="r1"/>'
    '<sheet name="Notes" sheetId="2" r:id="r2"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": relations(
        r1=("worksheet", "worksheets/sheet1.xml"),
        r2=("worksheet", "/xl/worksheets/sheet2.xml"),
        r3=("sharedStrings", "sharedStrings.xml"),
        r4=("styles", "styles.xml"),
    ),
    "xl/sharedStrings.xml": texts(
        "<si><t>text</t></si><si><t>label</t></si>",
        '<si><r><rPr><b/></rPr><t>so </t></r><r><t xml:space="preserve"> good </t></r>'
        '<rPh sb="0" eb="2"><t>SO</t></rPh></si>',
        "<si><t>a_x000D_b &amp; &lt;c&gt;</t></si>",
    ),
    "xl/styles.xml": f'{HEAD}<styleSheet {MAIN}><numFmts><numFmt numFmtId="164" formatCode="d/m/yyyy h:mm"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="46"/></cellXfs></styleSheet>',
    "xl/worksheets/sheet1.xml": sheet(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>1</v></c></row>'
    ),
    "xl/worksheets/sheet2.xml": sheet(""),
}


@pytest.fixture
def book(tmp_path):
    """Write a workbook, some of whose parts are others, or none; return its path."""

    def write_book(rows=None, compression=zipfile.ZIP_DEFLATED, **parts):
        changed = {name.replace("__", "/"): part for name, part in parts.items()}
        if rows is not None:
            changed["sheet1"] = sheet(rows)
        with zipfile.ZipFile(tmp_path / "a.xlsx", "w", compression) as archive:
            for name, part in PARTS.items():
                short = name.rpartition("/")[2].removesuffix(".xml")
                if (own := changed.get(short, part)) is not None:
                    archive.writestr(name, own)
        return tmp_path / "a.xlsx"

    return write_book


def row(number, *cells):
    return f'<row r="{number}">{"".join(cells)}</row>'


TEXT = '<c t="inlineStr"><is><t>text</t></is></c>'


def test_shared_texts_become_columns(book):
    assert read(book()).columns == {"text": ["so  good "], "label": ["1"]}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("<c><v>1</v></c>", "1"),
        ("<c><v>1.0</v></c>", "1"),
        ("<c><v>0.10000000000000001</v></c>", "0.1"),
        ("<c><v>-2.5E-7</v></c>", "-2.5e-07"),
        ('<c t="b"><v>1</v></c>', "true"),
        ('<c t="b"><v>0</v></c>', "false"),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="s"><v>3</v></c>', "a\rb & <c>"),
        ('<c t="str"><f>A1&amp;A2</f><v>made</v></c>', "made"),
        ('<c t="str"><f>A1</f><v></v></c>', None),
        ("<c><f>SUM(1)</f></c>", None),
        ('<c t="inlineStr"><is><r><t>two </t></r><r><t>parts</t></r></is></c>', "two parts"),
        ('<c t="d"><v>2024-01-31</v></c>', "2024-01-31"),
        ('<c s="1"><v>45322</v></c>', "2024-01-31"),
        ('<c s="2"><v>45322.5</v></c>', "2024-01-31 12:00:00"),
        ('<c s="2"><v>0.75</v></c>', "18:00:00"),
        ('<c s="1"><v>9e9</v></c>', "#VALUE!"),
        ('<c s="3"><v>1.5</v></c>', "1.5"),
        ('<c s="99"><v>45322</v></c>', "45322"),
        ("<c><v><![CDATA[7]]></v></c>", "7"),
        ("<c/>", None),
        ('<c s="1"></c>', None),
    ],
)
def test_a_cell_is_the_text_that_other_formats_would_have(book, cell, value):
    path = book(row(1, TEXT, "<c><v>7</v></c>") + row(2, TEXT, cell))

    assert read(path).column("7") == [value]


def test_dates_may_be_counted_from_1904(book):
    first = PARTS["xl/workbook.xml"].replace("<sheets>", '<workbookPr date1904="1"/><sheets>')

    assert read(book(row(1, TEXT) + row(2, '<c s="1"><v>0</v></c><c/>'), workbook=first)).column("text") == ["00:00:00"]
    assert read(book(row(1, TEXT) + row(2, '<c s="1"><v>366</v></c>'), workbook=first)).column("text") == ["1905-01-01"]


def test_cells_without_a_value_are_missing_and_rows_without_any_are_none(book):
    rows = row(3, TEXT, '<c r="C3"><v>3</v></c>') + row(5, '<c r="C5"><v>5</v></c>') + row(6, "<c/>") + row(9, TEXT)

    assert read(book(rows)).columns == {"text": [None, "text"], "column2": [None, None], "3": ["5", None]}


def test_in_a_single_column_a_row_without_a_value_is_a_row(book):
    path = book(row(1, TEXT) + row(2, TEXT) + row(3, "<c/>") + row(5, TEXT) + row(6, "<c/>"))

    assert read(path).columns == {"text": ["text", None, None, "text"]}


def test_a_sheet_without_header_has_numbered_or_named_columns(book):
    path = book(row(1, TEXT, "<c><v>7</v></c>"))

    assert read(path, header=False).columns == {"column1": ["text"], "column2": ["7"]}
    assert read(path, names=["a", "b"]).columns == {"a": ["text"], "b": ["7"]}


def test_prefixes_of_names_and_attributes_that_are_left_out_do_not_matter(book):
    rows = f'<x:worksheet xmlns:x="{MAIN[7:-1]}"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c></x:row>'
    rows += "<x:row><x:c><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>"

    assert read(book(sheet1=rows)).columns == {"text": ["5"]}


def test_of_several_sheets_the_first_that_is_shown_and_has_values_is_read_and_that_is_said(book):
    said = []
    other = sheet(row(1, TEXT) + row(2, "<c><v>2</v></c>"))

    assert read(book(), say=said.append).names == ["text", "label"]
    assert said == []
    assert read(book(sheet2=other), say=said.append).names == ["text", "label"]
    assert "a.xlsx has 2 sheets with values; only the first, 'Mails', is read, not 'Notes'" in said[0]
    assert read(book("", sheet2=other), say=said.append).column("text") == ["2"]
    hidden = PARTS["xl/workbook.xml"].replace('name="Mails"', 'name="Mails" state="veryHidden"')
    assert read(book(sheet2=other, workbook=hidden), say=said.append).column("text") == ["2"]
    assert len(said) == 1


def test_a_workbook_comes_through_standard_input(book, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(book().read_bytes())))

    assert read("-", format="xlsx").column("label") == ["1"]


def test_a_workbook_comes_in_chunks(book):
    path = book(row(1, TEXT) + "".join(row(number, f"<c><v>{number}</v></c>") for number in range(2, 5002)))

    chunks = list(iter_chunks(path, rows=700))

    assert max(map(len, chunks)) == 700
    assert [value for chunk in chunks for value in chunk.column("text")] == [str(number) for number in range(2, 5002)]


def test_what_spreadsheet_programs_write_is_read(tmp_path):
    made = openpyxl.Workbook()
    made.active.append(["text", "n", "day", "time", "both", "is", "nothing"])
    day = datetime.datetime(2024, 1, 31)
    made.active.append(["línea\nzwei \u2028 ", 3, day.date(), datetime.time(7, 30), day.replace(hour=7), True, None])
    made.active.append(["=1+1", 0.1, None, None, None, False, "x"])
    made.active["A3"].data_type = "s"
    made.save(tmp_path / "a.xlsx")

    assert read(tmp_path / "a.xlsx").columns == {
        "text": ["línea\nzwei \u2028 ", "=1+1"],
        "n": ["3", "0.1"],
        "day": ["2024-01-31", None],
        "time": ["07:30:00", None],
        "both": ["2024-01-31 07:00:00", None],
        "is": ["true", "false"],
        "nothing": [None, "x"],
    }


# ------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "a.xlsx has no sheet with values; expected a row with column names"),
        (row(1, TEXT), r"a.xlsx has a header \('text'\) but no rows"),
        (row(1, TEXT, TEXT), "more than one column named 'text'"),
        (
            row(1, TEXT) + row(2, TEXT) + row(4, TEXT, TEXT) + row(7, TEXT, TEXT),
            "2 rows have a value beyond the 1 column of the first row: rows 4, 7; name each column there",
        ),
        (row(1, TEXT) + row(2, '<c t="s"><v>4</v></c>'), "is not a readable xlsx file: row 2: .*index out of range"),
        (row(1, TEXT) + row(2, "<c><v>nan</v></c>"), "row 2: .*invalid literal"),
        (row(1, TEXT) + row(2, f"<c><v>{'1' * 5000}</v></c>"), "row 2: "),
        (row(1, TEXT) + row(2, '<c r="ZZZZ2"><v>1</v></c>'), "row 2: "),
        (row("x", TEXT), "is not a readable xlsx file: "),
        (row(2, TEXT) + row(1, TEXT), "its cells are not in order in row 2, or behind it; save it again, or as csv"),
        (row(1, '<c r="AB1"><v>1</v></c><c r="C1"><v>1</v></c>'), "its cells are not in order in row 1, or behind it"),
        (row(1, '<c r="A1"><v>1</v></c><c r="A1"><v>1</v></c>'), "its cells are not in order in row 1, or behind it"),
        (row(1, '<c r="P1"><v>1</v></c>', '<c r="XFD1"><v>1</v></c>'), "has 16,384 columns, at most 10,000 are read"),
        (row(1, TEXT) + row(2, TEXT.replace("text", "x" * 2000)), "row 2 has more than 1,000 characters"),
        (row(1, TEXT) + row(2, *[TEXT] * 300), "row 2 has more than 1,000 characters"),
        (row(1, TEXT) + "<row>", "mismatched tag"),
        (f'<row spans="{"x" * 2_500_000}">', "it has a text or a tag of more than 2,000,000 bytes"),
    ],
)
def test_rows_that_are_not_what_they_should_be_are_refused_in_one_line(book, rows, message):
    path = book(rows)

    with pytest.raises(DataError, match=message) as refused:
        read(path, max_row_size=1000)
    assert "\n" not in str(refused.value)


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
WORKBOOK = PARTS["xl/workbook.xml"]
STYLE_THAT_IS_NOT_THERE = PARTS["xl/styles.xml"].replace(
    "</styleSheet>", '<cellStyles><cellStyle name="a" xfId="9"/></cellStyles></styleSheet>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"sharedStrings": None}, "There is no item named 'xl/sharedStrings.xml'"),
        ({"workbook.xml.rels": None}, "There is no item named 'xl/_rels/workbook.xml.rels'"),
        ({"workbook.xml.rels": relations()}, "is not a readable xlsx file: KeyError"),
        (
            {"sharedStrings": HEAD + LAUGHS + texts()[len(HEAD) :]},
            "it declares a document type, as no spreadsheet does",
        ),
        ({"sharedStrings": (LAUGHS + texts()[len(HEAD) :]).encode("utf-16")}, "declares a document type"),
        ({"sheet1": HEAD + OUTSIDE + sheet("")[len(HEAD) :]}, "declares a document type"),
        ({"styles": "<a>" * 1000}, "is not a readable xlsx file: "),
        ({"styles": HEAD.replace("UTF-8", "no-such") + "<a/>"}, "unknown encoding"),
        ({"styles": PARTS["xl/styles.xml"].replace("d/m/yyyy", "[" * 300)}, "a number format of more than 255 char"),
        ({"styles": f"<a>{'x' * 30_000}</a>"}, "it has a text or a tag of more than 20,000 bytes"),
        ({"styles": STYLE_THAT_IS_NOT_THERE}, "list index out of range"),
        ({"workbook": ""}, "is not a readable xlsx file: "),
        ({"workbook": WORKBOOK.replace('r:id="r2"', 'r:id="r1"')}, "sheet1.xml is in it again and again"),
        ({"sheet1": None, "sheet2": None}, "a.xlsx has no sheet with values"),
        ({"sheet1": sheet("")}, "a.xlsx has no sheet with values"),
    ],
)
def test_parts_that_are_not_what_they_should_be_are_refused_in_one_line(book, capsys, parts, message):
    path = book(**parts)

    with pytest.raises(DataError, match=message) as refused:
        read(path)
    assert "\n" not in str(refused.value)
    assert capsys.readouterr().out == ""


def test_what_expands_out_of_all_proportion_is_refused(book, monkeypatch):
    monkeypatch.setattr(xlsx, "XLSX_EXPANSION_FREE", 100_000)
    path = book(row(1, TEXT) + f"<row>{TEXT}</row>" * 50_000)

    with pytest.raises(DataError, match=r"a.xlsx is not read as xlsx: it expands to more than 50 times its size"):
        read(path)


@pytest.mark.parametrize(
    "parts",
    [
        {"sheet1": sheet(f"<row>{TEXT}</row>" * 5000)},
        {"sheet1": sheet(f"<row>{TEXT * 4000}</row>")},
        {"sheet1": sheet("<row/>" + "<x/>" * 2000)},
        {"sheet1": sheet(row(1, TEXT)).replace("<sheetData>", '<hyperlinks><hyperlink ref="A1"/></hyperlinks>' * 2000)},
        {"sheet1": sheet("<row/>" + "<si><x/></si>" * 2000)},
        {"sharedStrings": texts("<si><t>a</t></si>" * 9500)},
        {"sharedStrings": texts(f"<si><t>{'a' * 1000}</t></si>" * 600)},
        {"sharedStrings": texts("<row><x/></row>" * 1000)},
        {"styles": PARTS["xl/styles.xml"].replace("<cellXfs>", "<cellXfs>" + "<xf/>" * 1500)},
        {"sheet1": sheet("<row " + " ".join(f'a{number}=""' for number in range(30_000)) + "/>")},
    ],
)
def test_what_would_need_much_memory_is_refused(book, monkeypatch, parts):
    monkeypatch.setattr(xlsx, "MAX_HELD", 2_000_000)
    monkeypatch.setattr(xlsx, "MAX_ELEMENTS", 20_000)

    with pytest.raises(DataError, match=r"a.xlsx is not read as xlsx: it has too many cells and texts"):
        read(book(**parts))


def test_long_names_that_would_take_much_time_are_refused(book):
    names = '<definedName localSheetId="0" name="_xlnm.Print_Area">' + "a" * 19_000 + "</definedName>"
    parts = WORKBOOK.replace("</sheets>", f"</sheets><definedNames>{names * 40}</definedNames>")

    with pytest.raises(DataError, match="it has many long texts outside of its sheets"):
        read(book(workbook=parts))


def test_rows_are_let_go_of(book, monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_HELD", 2_000_000)

    assert len(read(book(sheet1=sheet(f"<row>{TEXT}</row>" * 5000)))) == 4999


def test_the_size_that_a_sheet_claims_is_not_believed(book):
    claims = sheet(row(1, TEXT) + row(2, TEXT)).replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')

    assert read(book(sheet1=claims)).columns == {"text": ["text"]}


def test_cells_far_away_are_few(book, monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_CELLS", 1_000_000)
    rows = "".join(row(number, f'<c r="XFD{number}" s="1"/>') for number in range(2, 200))

    with pytest.raises(DataError, match="row 62: nearly all cells up to here are empty"):
        read(book(row(1, TEXT) + rows))
    with pytest.raises(DataError, match="row 5,000: nearly all cells up to here are empty"):
        read(book(row(1_000_000_000, TEXT)))


def test_an_archive_of_very_many_files_is_no_spreadsheet(book, monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_DIRECTORY", 100)

    with pytest.raises(DataError, match="is no spreadsheet: it is an archive of very many files"):
        read(book())


@pytest.mark.parametrize("package", ["openpyxl", "defusedxml"])
def test_a_missing_package_is_answered_with_the_extra(write, monkeypatch, package):
    monkeypatch.setitem(sys.modules, "openpyxl.reader.excel" if package == "openpyxl" else package, None)

    with pytest.raises(MissingExtraError, match=rf"the package '{package}', .*seqtext\[xlsx\]"):
        read(write("a.xlsx", b"x"))


def test_other_compressions_are_refused(book):
    with pytest.raises(DataError, match="compressed in a way that no spreadsheet uses"):
        read(book(compression=zipfile.ZIP_BZIP2))


def test_any_damage_is_refused_in_one_line_or_does_no_harm(book):
    path = book()
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[at] ^= 0x11
        path.write_bytes(damaged)
        with contextlib.suppress(DataError):
            read(path)
        path.write_bytes(whole[:at])
        with pytest.raises(DataError):
            read(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.xlsx is not a readable xlsx file: BadZipFile .File is not a zip file.; save it again"),
        (b"text,label\na,b\n", "a.xlsx is not a readable xlsx file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "is an old .xls file, or has a password; save it as xlsx"),
    ],
)
def test_what_is_no_workbook_is_refused_in_one_line(write, data, message):
    with pytest.raises(DataError, match=message):
        read(write("a.xlsx", data))


def test_a_workbook_is_not_written(tmp_path):
    with pytest.raises(DataError, match=r"xlsx: xlsx files are only read; choose csv, tsv, jsonl or parquet"):
        open_writer(tmp_path / "a.xlsx").__enter__()
