"""Texts, numbers, dates and order are right in every language; what is said is said plainly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from catalog import site
from catalog.errors import MetadataError
from catalog.load import load_datasets, read_yaml
from catalog.site.terms import terms
from catalog.site.words import Words, norwegian_order, texts
from indicators.load import HEAD, load_indicators

LANGUAGES = ("nb", "nn", "en")


def test_the_three_languages_have_the_same_texts_with_the_same_blanks() -> None:
    all_texts = {language: texts(language) for language in LANGUAGES}
    assert set(all_texts["nb"]) == set(all_texts["nn"]) == set(all_texts["en"])
    for key, text in all_texts["nb"].items():
        blanks = {language: set(re.findall(r"\{(\w+)\}", all_texts[language][key])) for language in LANGUAGES}
        assert blanks["nb"] == blanks["nn"] == blanks["en"], key
        assert text.strip() and all_texts["en"][key].strip()


Said = dict[str, str]
BOKMAAL = re.compile(
    r"\b(ikke|hvor|hvordan|hvorfor|hva|hvilke[nt]?|hvem|hver|jeg|noen|mye|fra|være|vært|blitt|de|deres|selv|hele|flere|høy(?:ere|este)?|kun|bare"
    r"|uten|utenfor|sammen|samlet|tallene?t?|dataene|verdier|verdiene|kommuner|kommunene|indikatorer|områder|stasjoner|perioder|enheter|enheten"
    r"|innbyggere|husholdninger|boliger|vei|veier|luften|utslippene|målinger|kilden?|kildene|hentet|endret|rettet|slettet|brukes|vises|regnes"
    r"|telles|finnes|mangler|gjelder|bygger|ligger|sier|teller|kommer|gjøre|gjør|gis|vet|navn|navnet|nå(?= \w+ (?:er|har|kan))|begge deler"
    r"|ennå|tjenester|strøm|måneder?|uker?|biler|turer|timer|dager|utgaven?|endringer|opplysninger|vurderinger|bedre|nyeste|(?<!data\.)norge"
    r"|mulig|tilgjengelig|sammenlign\w*|beskriv\w*|begynn\w*|forskjell(?:en|ig)?|årlig|daglig|månedlig|offentlig|oppgitt|åpne?|lønn)\b",
    re.IGNORECASE,
)
NYNORSK = re.compile(
    r"\b(ikkje|kva|kven|korleis|kvifor|frå|vere|vore|kommunar|fleire|enno|nokon|nokre|mykje|berre|dei|eit|ein)\b", re.IGNORECASE
)
NORWEGIAN = re.compile(
    r"\b(og|ikke|ikkje|eller|som|fra|frå|av|ein|eit|kommunen?|fylke|hva|kva|ingen|uten|utan|hver|være|vere|hos|på|er|det)\b"
)
NAMES = re.compile(r"Industri, olje og gass|Telling og skjønn|“[^”]*”|\([^)]*\)")
"""What stands in Norwegian in English sentences: sectors and words of a source, quotations, and Norwegian words in brackets."""


def _three(value: object, where: str) -> Iterator[tuple[str, Said]]:
    """Every text in three languages inside a value of a YAML file, with its place."""
    if isinstance(value, Mapping):
        said = {language: text for language in LANGUAGES if isinstance(text := value.get(language), str)}
        if len(said) == len(LANGUAGES):
            yield where, said
        else:
            for key, inner in value.items():
                yield from _three(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        columns = len(value) == 4 and all(isinstance(one, str) for one in value) and "meta.yaml" in where
        inside = [dict(zip(LANGUAGES, value[1:], strict=True))] if columns else value
        for at, inner in enumerate(inside):
            yield from _three(inner, f"{where}[{at}]")


@cache
def said_everywhere() -> tuple[tuple[str, Said], ...]:
    """Every text in three languages that a reader may meet: of pages, datasets, indicators, tables, rules, codes and units."""
    top = Path(site.__file__).parents[2]
    files = [*top.glob("catalog/**/*.yaml"), *top.glob("pipelines/datasets/*.yaml"), *top.glob("indicators/**/*.yaml")]
    found = [one for path in sorted(files) for one in _three(read_yaml(path.read_text("utf-8"), path.name), path.name)]
    for path in sorted(top.glob("indicators/**/*.sql")):
        if head := HEAD.match(path.read_text("utf-8")):
            found += _three(read_yaml(head["head"], path.name), path.name)
    pages = {language: texts(language) for language in LANGUAGES}
    found += [(f"texts: {key}", {language: pages[language][key] for language in LANGUAGES}) for key in pages["nb"]]
    return tuple(found)


def _wrong(language: str, pattern: re.Pattern[str], leave: re.Pattern[str] | None = None) -> dict[str, str]:
    """Where a pattern is found in the texts of a language, with what was found."""
    texts_of = ((where, leave.sub("", said[language]) if leave else said[language]) for where, said in said_everywhere())
    return {where: found[0] for where, text in texts_of if (found := pattern.search(text))}


def test_nynorsk_is_nynorsk_bokmaal_is_bokmaal_and_english_is_english() -> None:
    quoted = re.compile(r"«[^»]*»|Veitrafikk|[Ii]ndustri, olje og gass|[Ff]orbruksmåler|Annen måler|bolig, leilighet|Bredbånd|[\w.]*_\w+")
    assert _wrong("nn", BOKMAAL, quoted) == {}
    assert _wrong("nb", NYNORSK, quoted) == {}
    assert _wrong("en", NORWEGIAN, NAMES) == {}
    assert len(said_everywhere()) > 4000


def test_quotation_marks_dashes_and_decimals_are_those_of_the_language() -> None:
    for language in ("nb", "nn"):
        assert _wrong(language, re.compile(r"[“”\"]|(?<!\w)'\w+'(?!\))")) == {}
        assert _wrong(language, re.compile(r"\d\.\d+ ?(?:µ|%|prosent|kr|kWh|GWh|km|m²|meter|millimeter)")) == {}
    assert _wrong("en", re.compile(r"[«»„\"]")) == {}
    assert _wrong("en", re.compile(r"\d,\d(?!\d\d)")) == {}
    names = re.compile(r"«[^»]*»|“[^”]*”")
    for language in LANGUAGES:
        assert _wrong(language, re.compile(r"\w - \w| -- |—(?!\))"), names) == {}
        assert _wrong(language, re.compile(r"\s{2}|\s[,.;!?](?:\s|$)|^\s|\s$")) == {}
        doubled = re.compile(r"\b(?!(?:det|i|måler|kvar|000)\b)(\w+) \1\b", re.IGNORECASE)
        assert _wrong(language, doubled) == {}


def test_a_sentence_ends_in_every_language_or_in_none() -> None:
    sentence = re.compile(r"[.!?]$")
    apart = {where for where, said in said_everywhere() if len({bool(sentence.search(said[language])) for language in LANGUAGES}) > 1}
    assert apart <= {"units.yaml.t{CO2eq}.symbol", "units.yaml.mo.symbol"}, "abbreviations end in a full stop in Norwegian"
    cut = re.compile(r"[a-zæøå)]\. [A-ZÆØÅ][^.]*[^.!?:…»”\")}%\d]$")
    assert all(_wrong(language, cut) == {} for language in LANGUAGES)


def test_every_text_is_used_and_every_used_text_exists() -> None:
    folder = Path(site.__file__).parent
    source = "".join(path.read_text("utf-8") for path in folder.rglob("*") if path.suffix in (".py", ".html"))
    named = set(re.findall(r"[\"']([a-z_]+\.[a-z_]+)[\"']", source))
    put_together = set(re.findall(r"[\"']([a-z_]+)\.(?:[\"'] [~+]|\{)", source)) | set(re.findall(r"name\(\"([a-z_]+)\"", source))
    for key in texts("nb"):
        assert key.startswith("unit_one.") or key.removesuffix("_one") in named or key.split(".")[0] in put_together, (
            f"{key} is never shown"
        )
    with pytest.raises(MetadataError, match=r"no text 'front\.nonsense'"):
        Words("nb")("front.nonsense")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_that_an_indicator_is_divided_by_has_a_name(language: str) -> None:
    """Parts stand in tables and headings. Those of the worked examples are taken; what is a period is told as one."""
    known = texts(language)
    divided = {row.get("breakdown") for it in load_indicators().values() for row in it.example.expect}
    parts = {tuple(pair.split("=")) for breakdown in divided if breakdown for pair in str(breakdown).split(";")}
    assert len(parts) > 20
    assert {name for name, _ in parts if f"part.{name}" not in known} == set()
    assert {value for _, value in parts if f"part_value.{value}" not in known and not re.fullmatch(r"\d{4}(-\d\d)?", value)} == set()
    assert Words("nb").short_period("2024-12") == "des. 2024" and Words("en").short_day(date(2026, 11, 3)) == "3 Nov 2026"


def test_numbers_dates_and_units_follow_the_language() -> None:
    nb, en = Words("nb"), Words("en")
    assert nb.number(Decimal("12345.65"), 1) == "12\u00a0345,7"
    assert en.number(Decimal("12345.65"), 1) == "12,345.7"
    assert nb.number(Decimal("-0.05"), 1) == "−0,1", "halves go away from zero"
    assert nb.number(Decimal("0.04"), 1) == "0,0"
    assert nb.amount(Decimal("12.345678"), "ug/m3", 1) == "12,3\u00a0µg/m³"
    assert (nb.amount(12, "%"), en.amount(12, "%")) == ("12\u00a0%", "12%")
    assert (nb.amount(1, "d"), nb.amount(2, "d"), en.amount(1, "{trip}")) == ("1\u00a0dag", "2\u00a0dager", "1\u00a0trip")
    assert nb.limit(8.0, "ug/m3") == "8\u00a0µg/m³"
    assert (nb.bound(2015.0, "a"), nb.bound(2015.0, "d"), nb.bound(-0.5, "d")) == ("2015", "2\u00a0015", "−0,5")
    assert (nb.short(0.1 + 0.2), nb.short(2_500_000), Words("en").short(10_000_000)) == ("0,3", "2,5\u00a0mill.", "10M")
    assert (nb.size(900), nb.size(1_234_567), en.size(1_234_567)) == ("900\u00a0byte", "1,2\u00a0MB", "1.2\u00a0MB")
    assert (nb.period("2022-12"), en.period("2022-12"), nb.period("2022"), nb.period("all")) == (
        "desember 2022", "December 2022", "2022", "hele tabellen",
    )  # fmt: skip
    assert (nb.day(date(2026, 11, 3)), en.day(date(2026, 11, 3))) == ("3. november 2026", "3 November 2026")
    assert Words("nn")("download.rows", rows="1") == "éi rad"
    assert nb("sentence.middle_short", value="5 tonn CO₂-ekv.").endswith("5 tonn CO₂-ekv."), "no sentence ends with two stops"


def test_names_are_sorted_with_ae_oe_aa_last_and_saami_letters_among_their_kin() -> None:
    names = ["Ås", "Øygarden", "Ærøy", "Alta", "Zzz", "Čáhput", "Drammen", "Unjárga - Nesseby", "Utsira", "Aure"]
    assert sorted(names, key=norwegian_order) == [
        "Alta", "Aure", "Čáhput", "Drammen", "Unjárga - Nesseby", "Utsira", "Zzz", "Ærøy", "Øygarden", "Ås",
    ]  # fmt: skip


def lix(found: list[str]) -> float:
    """Björnsson's readability index over all texts together: below 30 is read by children, above 50 by specialists."""
    words = [word for text in found for word in re.findall(r"[^\W\d_]+", text)]
    sentences = sum(max(1, len(re.findall(r"[.!?:](?=\s|$)", text))) for text in found)
    return len(words) / sentences + 100 * sum(len(word) > 6 for word in words) / len(words)


def test_readability_counts_sentences_and_long_words() -> None:
    assert lix(["Vi teller biler. Vi teller dem hver dag."]) == pytest.approx(8 / 2)
    assert lix(["Gjennomsnittet av konsentrasjonene."]) == pytest.approx(3 + 100 * 2 / 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_the_pages_are_easy_to_read(language: str) -> None:
    told = [re.sub(r"\{\w+\}", "x", text) for text in texts(language).values() if text.endswith(".")]
    assert lix(told) < 30
    assert lix([term.means.get(language) for term in terms().values()]) < 32


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_of_indicators_and_datasets_can_be_read_by_most(language: str) -> None:
    indicators = load_indicators().values()
    datasets = load_datasets(Path(site.__file__).parents[2] / "pipelines" / "datasets").values()
    for part in ("description", "does_not_say", "not_covered", "formula"):
        assert lix([getattr(it, part).get(language) for it in indicators]) < 45, part
    assert lix([it.description.get(language) for it in datasets]) < 42


@pytest.mark.parametrize(("language", "said"), [("nb", ["nei", "ja"]), ("nn", ["nei", "ja"]), ("en", ["no", "yes"])])
def test_what_is_there_or_not_is_told_as_yes_or_no(language: str, said: list[str]) -> None:
    t = Words(language)
    assert [t.limit(value, "{0/1}") for value in (0, 1)] == said
