"""Damaged texts are recognised, and sound ones in any language are left in peace."""

import time

import pytest

from seqtext.checking.damage import SIGNS, has_entity, has_mojibake, main_script

SOUND = [
    "",
    "plain",
    "naïve café, Übung, señor, œuvre, Ångström",
    "«É», LIBERTÉ…, NÃO!, Â, É”",
    "SÃO PAULO – AÇÃO",
    "Привет, мир — «да»…",
    "Ελληνικά · «ναι»",
    "שלום, עולם",
    "漢字とかな、한국어",
    "😀 👩‍👩‍👧 ☹️ € ½ ©",
    "Łódź… Žižek ĲSSEL Łużyce",
]


@pytest.mark.parametrize("text", SOUND)
def test_sound_texts_are_not_taken_for_mojibake(text):
    assert not has_mojibake(text)


@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
@pytest.mark.parametrize("text", ["don’t", "café", "Привет", "Ελλάδα", "漢字", "😀", "50 €", "Übung", "no\u00a0break"])
def test_misread_utf8_is_mojibake(text, codec):
    # cp1252 knows no character for five bytes; most programs leave those as they are.
    misread = "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in text.encode())

    assert has_mojibake(misread)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&amp;", True),
        ("&nbsp;", True),
        ("&#8217;", True),
        ("&#x2019;", True),
        ("it #39;s", True),
        ("AT&T;", False),
        ("a&b", False),
        ("we're #1;", False),
        ("#39;", True),
        ("&#12345678;", False),
        ("no#39;", False),
        ("#1234567;", False),
        ("&notanentity;", False),
    ],
)
def test_entities_are_known_by_name(text, expected):
    assert has_entity(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("<br />", True), ("</P>", True), ('<a href="x">', True), ("1 < 2 > 0", False), ("<3", False)],
)
def test_tags_are_known_by_name(text, expected):
    assert bool(SIGNS["html-tags"].is_in(text)) == expected


def test_control_characters_are_those_that_latin_1_makes_of_cp1252():
    is_in = SIGNS["control-characters"].is_in

    assert is_in("don’t".encode("cp1252").decode("latin-1"))
    assert not is_in("tab\t, escape \x1b, nul \0, no\u00a0break")


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("hello", "Latin"),
        ("ПРИВЕТ", "Cyrillic"),
        ("مرحبا", "Arabic"),
        ("नमस्ते", "Devanagari"),
        ("漢字", "Han"),
        ("漢字です", "Japanese"),
        ("한국어", "Hangul"),
        ("ｆｕｌｌ", ""),
        ("𝐛𝐨𝐥𝐝 µ", ""),
        ("123 !? 😀", ""),
        ("да, hello there", "Latin"),
        ("да!? 123 😀", "Cyrillic"),
        ("です ab", "Japanese"),
        ("ab です", "Latin"),
        ("漢字漢字 で", "Japanese"),
        ("漢字 ПРИВЕТ", "Cyrillic"),
    ],
)
def test_the_script_is_that_of_most_letters(text, script):
    assert main_script(text) == script


@pytest.mark.parametrize("unit", ["<a ", "<", "&a", "&#", "#1", "â€", "Ã", "ÐÐ", "ð\x9f", "É»"])
def test_hostile_texts_are_searched_in_linear_time(unit):
    def seconds():
        start = time.perf_counter()
        for sign in SIGNS.values():
            sign.is_in(unit * (100_000 // len(unit)))
        return time.perf_counter() - start

    assert min(seconds() for _ in range(2)) < 1, "a regular expression backtracks"
