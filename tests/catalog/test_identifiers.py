"""Planted identifiers are found in every form and place and never echoed; the quick search lets through whatever the exact rules find."""

from __future__ import annotations

import json
import random

import pytest

from benchmarks.identifiers import FORMS, PLACES, plant
from catalog.duck import connect
from catalog.privacy.identifiers import is_bank_account, kinds, readable, worth_reading
from catalog.privacy.search import looks_personal
from catalog.privacy.sieve import Lines, forms_of, lines_of, sift, worth


def test_every_form_is_found_in_every_place_and_none_is_echoed() -> None:
    outcome = plant(2 * len(FORMS) * len(PLACES), seed=7)
    assert (outcome.found, outcome.echoed, dict(outcome.missed)) == (outcome.planted, 0, {})


@pytest.mark.parametrize("any_grouping", [True, False])
def test_what_the_exact_rules_find_is_never_dropped_by_the_quick_search(any_grouping: bool) -> None:
    chance, con = random.Random(3), connect()
    texts = [f"Melding: {make(chance)} slutt" for make in FORMS.values() for _ in range(25)]
    texts += [f"bilen EK {chance.randrange(10_000, 99_999)} sto der", "målepunkt 707057500012345678", "sensor 00:1B:44:11:3A:B7"]
    condition = worth_reading("value", any_grouping=any_grouping)
    kept = {
        value
        for (value,) in con.execute(f"select value from (select unnest($1::varchar[]) as value) where {condition}", [texts]).fetchall()
    }
    exact = {text for text in texts if any(count for _, count in kinds(readable(text), any_grouping=any_grouping))}
    assert len(exact) > 490
    assert exact <= kept


SPACES = (" ", "\u00a0", "&nbsp;", "&#160;", "%20", "\\u0020", "\u2009", "\u202f", "")


def test_a_line_in_which_something_is_found_passes_by_its_form_however_it_is_written() -> None:
    """Forms have no digits but 0, so that +47 and +01:00 are alike there; and escapes may stand between any two signs."""
    chance = random.Random(11)
    written = [make(chance) for make in FORMS.values() for _ in range(15)]
    written += [one.replace(" ", space) for one in written for space in SPACES if " " in one]
    dialled = [f"{start}{gap}47" for start in ("+", "00") for gap in ("", " ", "-", ".")]
    subscribers = [space.join((part[:3], part[3:5], part[5:])) for space in SPACES for part in ("40212345", "98765432")]
    written += [f"{code}{space}{number}" for code in dialled for space in SPACES for number in subscribers]
    others = ["bilen EK 12345", "skilt EL12345", "707057500012345678", "00:1B:44:11:3A:B7", "konto 12345678903", "ring 40 21 23 45"]
    written += [one.replace(" ", space) for one in (*others, "ansatt: 402 12 345") for space in SPACES]
    written += [json.dumps(one)[1:-1] for one in written if not one.isascii()]
    around = ("2024-01-01T00:00:00+01:00;{};µg/m³ 12,5", '{{"id": 4711, "told": "{}", "at": "2024-01-01T00:00:00+01:00"}}')
    lines = [form.format(one) for one in written for form in around]
    told = [line for line in lines if any(count for _, count in kinds(readable(line), any_grouping=False))]
    texts = [lines_of("\n".join(["2024-01-01T00:00:00+01:00;1.5;ok"] * 5 + [line]).encode()) for line in told]
    assert len(told) > 1_000 and all(texts)
    assert [line for line, found in zip(told, together([one for one in texts if one]), strict=True) if line not in found] == []


def together(texts: list[Lines]) -> list[list[str]]:
    """The lines of all texts that are worth reading, in one go instead of one for each text."""
    passed = set(worth("\n".join(form.decode() for one in texts for form in one.new), digits_alike=True))
    read = set(worth("\n".join(one.text.decode() for one in texts)))
    sent = sift([texts[0], texts[-1]])
    found = [
        [line for line in one.text.decode().split("\n") if line in read and forms_of(line.encode())[0].decode() in passed] for one in texts
    ]
    assert [found[0], found[-1]] == sent
    return found


def sifted(text: str) -> tuple[list[str], bool]:
    """Lines worth reading, and whether keys are; nothing of a text whose forms are all known."""
    lines = lines_of(text.encode())
    return (sift([lines])[0], lines.promises) if lines else ([], False)


def test_of_a_table_whose_lines_differ_in_digits_alone_nothing_is_left_to_read() -> None:
    rows = [f"NO{n:04}A,NO2,2019-01-{1 + n % 28:02}T{n % 24:02}:00:00+01:00,{n % 90 / 10},µg/m³,1,0" for n in range(5_000)]
    assert sifted("\n".join(rows)) == ([], False)
    assert lines_of("\n".join(rows).encode()) is None, "its forms are remembered as harmless"
    assert sifted("\n".join([*rows, '{"e_mail": null}'])) == ([], True)
    assert sifted("\n".join([*rows, '{"e_mail": null}'])) == ([], True), "what promises is not remembered as harmless"


def test_of_texts_that_are_judged_together_each_keeps_its_own_lines() -> None:
    clean = "\n".join(f"målt på plassen nr {n} rad {n}" for n in range(200))
    texts = [lines_of(one.encode()) for one in (f"{clean}\nskriv til kari@example.no", clean, f"{clean}\nring 40 21 23 45")]
    assert sift([one for one in texts if one]) == [["skriv til kari@example.no"], [], ["ring 40 21 23 45"]]


def test_the_account_rule_agrees_with_an_independent_library() -> None:
    from stdnum.no import kontonr

    chance = random.Random(5)
    for _ in range(5_000):
        digits = f"{chance.randrange(1_000, 9_999)}{chance.randrange(10**7):07}"
        if digits[4:6] != "00":  # accounts of the post, with another rule
            assert is_bank_account(digits) == kontonr.is_valid(digits)


@pytest.mark.parametrize(
    "words",
    [
        "organisasjonsnummer 958935420", "KV20274 S2D1 m210", "EV6 S12D1 m3450", "SN18700", "NS 31600", "EN 15251:2007",
        "NSR:StopPlace:58366",
        "AVI:ServiceJourney:DY360-01-523285595", "2024-01-01 00:00:00.123", "59.9138688 10.7522454", "10.743456971511705", "12 345 678",
        "Alexander Kiellands Plass, ved Maridalsveien", "Georg Morgenstiernes hus, Moltke Moes vei 37",
        "Karl Johan, Rådhusbrygge 4, 0161 OSLO",
        "Dronningens gate vest for Karl Johan,59.911392299457006,10.74,494,Rådhusbrygge 4", "H2023M01", "0301 Oslo", "1 234 567,89 kWh",
        "+01:00", "00:47:12", "1013171825", "{3f2504e0-4f89-11d3-9a0c-0305e82c3301}", "ISBN 978-82-02-12345-6", "kr 12 500 000",
    ],
)  # fmt: skip
def test_codes_places_times_and_measures_raise_no_alarm(words: str) -> None:
    assert not looks_personal(words)
