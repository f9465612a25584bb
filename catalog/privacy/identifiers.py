"""Personal identifiers in one text: which kinds, and how many of each.

Pure recognisers that know neither tables nor files; `search.py` brings them the texts. Nothing here hands on what it found: the
answers are kinds and counts.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from catalog.duck import literal
from catalog.model import Text

IDENTITY = "national identity number"

KINDS: dict[str, Text] = {
    IDENTITY: Text(nb="fødselsnummer", nn="fødselsnummer", en=IDENTITY),
    "e-mail address": Text(nb="e-postadresse", nn="e-postadresse", en="e-mail address"),
    "phone number": Text(nb="telefonnummer", nn="telefonnummer", en="phone number"),
    "meter identifier": Text(nb="målepunkt-ID", nn="målepunkt-ID", en="meter identifier"),
    "device address": Text(nb="adressen til en enhet", nn="adressa til ei eining", en="device address"),
    "vehicle plate": Text(nb="bilskilt", nn="bilskilt", en="vehicle plate"),
    "bank account": Text(nb="kontonummer", nn="kontonummer", en="bank account"),
    "name with address": Text(nb="navn med adresse", nn="namn med adresse", en="name with address"),
    "names of persons": Text(nb="navn på personer", nn="namn på personar", en="names of persons"),
    "free text": Text(nb="fritekst", nn="fritekst", en="free text"),
    "column named for personal data": Text(
        nb="kolonne med navn som lover personopplysninger",
        nn="kolonne med namn som lovar personopplysningar",
        en="column named for personal data",
    ),
}
"""What is looked for, as readers are told."""


# --- how a text can be written ---

_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def readable(text: str) -> str:
    """The text with digits and signs in their plain form and without invisible signs, so that no way of writing hides an identifier.

    Percent signs of addresses, entities of HTML and escapes of JSON are undone, once.
    """
    if "\\u" in text:
        text = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
    if "%" in text:
        text = unquote(text, errors="replace")
    if "&" in text:
        text = html.unescape(text)
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit.group())), text)


# --- numbers of eleven digits ---

_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def is_national_identity_number(digits: str, *, rule_of_2032: bool = True) -> bool:
    """Whether eleven digits are a valid national identity, D-, H-, FH- or synthetic number.

    From 2032 the first check may leave a remainder of 0 to 3, and the century is no longer read from the individual number;
    with `rule_of_2032` both hold already, which only adds findings. Of random eleven digits about one in a hundred passes.
    """
    if len(digits) != 11 or not digits.isascii() or not digits.isdigit():
        return False
    number = [int(digit) for digit in digits]
    first = sum(w * d for w, d in zip(_FIRST_WEIGHTS, number[:10], strict=True)) % 11
    second = sum(w * d for w, d in zip(_SECOND_WEIGHTS, number, strict=True)) % 11
    if second != 0 or first > (3 if rule_of_2032 else 0):
        return False
    if number[0] >= 8:  # FH-number: given by a hospital, with no birth date in it
        return first == 0
    day = int(digits[:2]) - (40 if number[0] >= 4 else 0)
    month = next((int(digits[2:4]) - shift for shift in (0, 40, 65, 80) if 1 <= int(digits[2:4]) - shift <= 12), 0)
    year, individual = int(digits[4:6]), int(digits[6:9])
    centuries = (1900, 2000) if rule_of_2032 else _century(individual, year)
    return any(_is_date(century + year, month, day) for century in centuries)


def _century(individual: int, year: int) -> tuple[int, ...]:
    if individual <= 499:
        return (1900,)
    if individual <= 749 and year >= 54:
        return (1800,)
    if year <= 39:
        return (2000,)
    return (1900,) if individual >= 900 else ()


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


_ACCOUNT_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def is_bank_account(digits: str) -> bool:
    """Whether eleven digits carry the check digit of a Norwegian bank account. Of random ones about one in eleven does."""
    if len(digits) != 11 or not digits.isascii() or not digits.isdigit():
        return False
    return sum(w * int(d) for w, d in zip(_ACCOUNT_WEIGHTS, digits, strict=True)) % 11 == 0


_SEPARATOR = r"[ \t.\-_\u2010\u2011\u2012\u2013/]"
_RUN = re.compile(rf"\d(?:{_SEPARATOR}{{0,3}}\d){{10,}}")
_FRACTION = re.compile(r"(?<![\d.])(?:\d{1,3}\.\d{4,}|\d{4,}\.\d{6,})(?![\d.])")
"""A coordinate or another measured number with many digits; nobody writes an identity number so."""
_WRITTEN_BREAKS = frozenset({(), (5,), (6,), (9,), (2, 4), (4, 6), (6, 9), (2, 4, 6), (2, 4, 9), (2, 4, 6, 9)})
"""Where people break the number when they write it: DD MM YY III KK, some of it together, or in half."""


def identity_numbers(text: str, *, any_grouping: bool) -> int:
    """How many identity numbers a readable text holds. Separators between digits do not hide one.

    Values of a table are read with `any_grouping`; on pages, where numbers stand beside numbers, only at the breaks people use.
    A part of a longer code of letters and digits and a coordinate are not candidates.
    """
    text = _FRACTION.sub("x", text)
    found = 0
    for run in _RUN.finditer(text):
        tokens = re.split(rf"{_SEPARATOR}+", run.group())
        if _is_glued_to_code(text, run.start(), -1):
            tokens[0] = "x"
        if _is_glued_to_code(text, run.end() - 1, 1):
            tokens[-1] = "x"
        found += sum(is_national_identity_number(candidate) for candidate in _candidates(tokens, any_grouping))
    return found


def _candidates(tokens: list[str], any_grouping: bool) -> Iterator[str]:
    """Neighbouring groups of digits that make eleven together."""
    for start in range(len(tokens)):
        joined, breaks = "", []
        for token in tokens[start:]:
            if token == "x" or len(joined) + len(token) > 11:
                break
            joined += token
            breaks.append(len(joined))
            if len(joined) == 11:
                each_digit = len(breaks) == 11
                if any_grouping or each_digit or tuple(breaks[:-1]) in _WRITTEN_BREAKS:
                    yield joined
                break


def _is_glued_to_code(text: str, at: int, step: int) -> bool:
    """Whether the digits at this end belong to a word that has further digits beyond its letters, as hashes and UUIDs do."""
    at += step
    letters = False
    while 0 <= at < len(text) and text[at].isalnum():
        if text[at].isdigit():
            return letters
        letters = True
        at += step
    return False


_SAYS_ACCOUNT = re.compile(r"konto(?:nr|nummer)?\b|bank.?account|kontonummer", re.IGNORECASE)
_NAMED_ACCOUNT = re.compile(
    r"\b(?:bank)?konto(?:nr|nummer)?\b[^\d\n]{0,15}(\d(?:[ .]?\d){10})(?!\d)|\baccount\b[^\d\n]{0,15}(\d(?:[ .]?\d){10})(?!\d)",
    re.IGNORECASE,
)
_WRITTEN_ACCOUNT = re.compile(r"(?<![\d.,])\d{4}([. ])\d\d\1\d{5}(?!\d|[.,]\d)")
_ELEVEN = re.compile(r"(?<!\d)\d{11}(?!\d)")


def _bank_accounts(text: str, says: str) -> int:
    """Accounts as people write them (1234.56.78903), or eleven digits where the text or its column speaks of an account."""
    written = [found.group() for found in _WRITTEN_ACCOUNT.finditer(text)]
    named = [first or second for first, second in _NAMED_ACCOUNT.findall(text)]
    plain = _ELEVEN.findall(text) if _SAYS_ACCOUNT.search(says) else []
    return len({digits for digits in (re.sub(r"\D", "", it) for it in (*written, *named, *plain)) if is_bank_account(digits)})


# --- addresses, phones, plates, devices ---

_SPACE = r"[ .\-]?"
_EMAIL = re.compile(r"[^\W_](?:[\w.+%-]{0,63}[\w+])?@[A-Za-z0-9æøåÆØÅ-]+(?:\.[A-Za-z0-9æøåÆØÅ-]+)*\.[A-Za-z]{2,}")
_SPELT_EMAIL = re.compile(
    r"\b[\w.+-]+ ?[(\[{<] ?(?:at|alfa|krøllalfa|snabel-?a|a) ?[)\]}>] ?[\w-]+(?:(?:\.| ?[(\[{<] ?(?:dot|punktum|prikk) ?[)\]}>] ?)[\w-]+)+",
    re.IGNORECASE,
)
_NORWEGIAN_PHONE = re.compile(rf"(?<![\w+])(?:\+|00){_SPACE}47\)?(?:{_SPACE}\(0\))?{_SPACE}[2-9](?:{_SPACE}\d){{7}}(?!\d)")
_FOREIGN_PHONE = re.compile(r"(?<![\w+])\+(?!47)[1-9]\d{0,2}[ -]?\d(?:[ -]?\d){7,11}(?![\d.,])")
_BARE_PHONE = re.compile(rf"(?<![\d.,])[2-9](?:{_SPACE}\d){{7}}(?![\d.,])")
_NAMED_PHONE = re.compile(
    rf"(?<![^\W\d_])(?:(?:telefon|telephone|tlf|mobil|phone)[^\W\d_]{{0,8}}|ring(?:e|es|t)?|call|sms)(?![^\W\d_])"
    rf"[^\d\n]{{0,15}}(?!\d{{4}}-\d\d-\d\d)[2-9](?:{_SPACE}\d){{7}}(?!\d)",
    re.IGNORECASE,
)
_GROUPED_PHONE = re.compile(r"(?<![\w.,+\-])[49]\d\d \d\d \d{3}(?![\w.,%]| ?\d)")
"""A mobile number as it is usually written; no other number is grouped 3-2-3."""
_LETTERS = "ABCDEFHJKLNPRSTUVXYZ"
"""Letters of plates: without G (but for GA), I, M, O, Q and W."""
_PLATE = re.compile(rf"(?<![A-ZÆØÅ0-9])(?:[{_LETTERS}]{{2}}|GA)[ \-]?[1-9]\d{{4}}(?!\d)")
_SPACED_PLATE = re.compile(rf"(?<![\w\-/.])(?!EN|NS|SN)(?:[{_LETTERS}]{{2}}|GA) [1-9]\d{{4}}(?![\w.,:%°²³-]| ?\d)")
_NAMED_PLATE = re.compile(
    rf"(?:(?<![^\W\d_])(?i:bil|bilen|bilens|plate|kjøretøyet)(?![^\W\d_])|(?i:skilt|kjennemerke|reg\.? ?nr))[^\n,;]{{0,25}}?"
    rf"(?<![A-ZÆØÅ0-9])(?:[{_LETTERS}]{{2}}|GA)[ \-]?[1-9]\d{{4}}(?!\d)"
)
_METER = re.compile(r"(?<!\d)707057\d{12}(?!\d)")
_MAC = re.compile(r"(?<![0-9A-Fa-f:\-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:\-])")
_IP = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")

_SAYS_PHONE = re.compile(r"telefon|telephone|tlf|mobil|phone", re.IGNORECASE)
_SAYS_PLATE = re.compile(r"skilt|kjennemerke|plate|registration_?number|registreringsn", re.IGNORECASE)
_SAYS_IP = re.compile(r"(?:^|_)ip(?:_|$)|ip.?adresse|ip.?address", re.IGNORECASE)
PERSONAL_NAME = re.compile(
    r"f[oøö]dsels?_?(?:nr|nummer|dato)|personn(?:r|ummer)|(?:^|_)d_?n(?:r|ummer)(?:$|_)|national_id|social_security|date_of_birth|birth_?date"
    r"|e_?post(?!nummer|kode)|e_?mail|telefon|(?:^|_)tlf|mobiln|phone|fornavn|etternavn|first_?name|last_?name|surname|family_name|given_name"
    r"|skiltnummer|kontonummer|person_?id|pasient|patient_id",
    re.IGNORECASE,
)
"""Names of columns and keys that promise personal data, whatever stands in them."""


def promising_keys(text: str) -> Iterator[str]:
    """Keys of JSON that promise personal data."""
    parts = text.replace('" :', '":').split('":')[:-1]
    for key in {part[part.rfind('"') + 1 :][-80:] for part in parts}:
        if PERSONAL_NAME.search(key):
            yield key


def _phones(text: str, says: str) -> int:
    foreign = sum(_is_foreign_phone(found.group()) for found in _FOREIGN_PHONE.finditer(text))
    if _SAYS_PHONE.search(says):
        return len(_NORWEGIAN_PHONE.findall(text)) + foreign + len(_BARE_PHONE.findall(text))
    return len(_NORWEGIAN_PHONE.findall(text)) + foreign + max(len(_NAMED_PHONE.findall(text)), len(_GROUPED_PHONE.findall(text)))


def _is_foreign_phone(written: str) -> bool:
    """Whether a number with another country's prefix has a length that this country uses."""
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(written, None))
    except phonenumbers.NumberParseException:
        return False


def _plates(text: str, says: str) -> int:
    if _SAYS_PLATE.search(says):
        return len(_PLATE.findall(text))
    return max(len(_SPACED_PLATE.findall(text)), len(_NAMED_PLATE.findall(text)))


# --- names ---

_WORD = r"[A-ZÆØÅÁČĐŊŠŦŽ][a-zæøåáéèêëöäüčđŋšŧž]+"
_PERSON = re.compile(rf"(?<![\wæøå])({_WORD})((?:[ -]{_WORD}| [A-ZÆØÅ]\.){{1,4}})(?![\wæøå])")
_STREET = re.compile(
    r"(?:veien|vegen|gata|gaten|gate|vei|veg|plassen|plass|allé|alle|stien|sti|bakken|bakke|torg|torget|svingen|kroken|lia|åsen|haugen|tunet|brygge|kaia|terrasse|løkka)"
    r"s? \d{1,3} ?[A-Za-z]?(?![\w.,]\d)",
    re.IGNORECASE,
)
_POSTAL = re.compile(rf"(?<!\d)\d{{4}} {_WORD}|(?<!\d)\d{{4}} [A-ZÆØÅ]{{3,}}")


_PLACE = re.compile(
    r"(?:gate|gata|gaten|vei|veien|veg|vegen|plass|plassen|allé|alle|torg|park|parken|bru|bro|kirke|skole|skule|barnehage|brygge|hage|senter|hus|huset|hall|hallen|stadion|minde|"
    r"street|road|square|bridge|school|church)s?",
    re.IGNORECASE,
)


@cache
def _given_names() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("given_names.txt").read_text("utf-8").split())


def persons(text: str) -> list[int]:
    """Where in a readable text a common given name with a further name ends. Places named after people, as Karl Johan, do not count."""
    found = []
    for person in _PERSON.finditer(text):
        words = re.split("[ -]", person.group())
        if words[0] in _given_names() and person.group() != "Karl Johan" and not any(_PLACE.fullmatch(word) for word in words[1:]):
            follows = re.match(r"[ -]?([^\W\d_]*)", text[person.end() : person.end() + 20])
            if follows is None or not _PLACE.fullmatch(follows[1]):
                found.append(person.end())
    return found


def _names_with_address(text: str) -> int:
    """A person's name followed within sixty signs, none of them a digit, by a street number or a postal place."""
    found = 0
    for end in persons(text):
        address = _STREET.search(text, end, end + 90) or _POSTAL.search(text, end, end + 90)
        found += address is not None and not any(sign.isdigit() for sign in text[end : address.start()])
    return found


def kinds(text: str, says: str = "", *, any_grouping: bool) -> Iterator[tuple[str, int]]:
    """Kinds of identifiers in a readable text and how many of each. `says` is what its column calls itself."""
    if "@" in text or "(" in text or "[" in text or "{" in text or "<" in text:
        yield "e-mail address", len(_EMAIL.findall(text)) + len(_SPELT_EMAIL.findall(text))
    if not any(map(text.__contains__, "0123456789")):
        return
    yield IDENTITY, identity_numbers(text, any_grouping=any_grouping)
    yield "phone number", _phones(text, says)
    yield "meter identifier", len(_METER.findall(text))
    yield "device address", len(_MAC.findall(text)) + (len(_IP.findall(text)) if _SAYS_IP.search(says) else 0)
    yield "vehicle plate", _plates(text, says)
    yield "bank account", _bank_accounts(text, says)
    yield "name with address", _names_with_address(text)


def must_read_all(says: str) -> bool:
    """Whether a column calls itself something by which short numbers in it are identifiers, so that every value is to be read."""
    return bool(_SAYS_PHONE.search(says) or _SAYS_PLATE.search(says) or _SAYS_IP.search(says) or _SAYS_ACCOUNT.search(says))


_GAP = r"(?:[ \x{00a0}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]|&nbsp;|%20|%C2%A0|\\u00(?:20|a0))"
"""A space, however a page, an address or JSON writes it; `\\u20` and `&#` are let through wherever they stand."""
_S = r"(?:[ \t.\-_\x{00a0}\x{2009}\x{202f}\x{2010}-\x{2013}/]{0,3}|" + _GAP + ")"
_NO_DIGIT = r"(?:[^0-9\n]|\\u00(?:20|a0))"
_BOUNDARY = r"(?:^|[^A-Za-zæøåÆØÅ])"
_RARE = (
    r"@",
    r"[(\[{<] ?(?:at|alfa|krøllalfa|snabel-?a|a) ?[)\]}>]",
    rf"(?:^|[^0-9.])[0-9]{{2}}{_S}[0-9]{{2}}{_S}[0-9]{_S}[0-9]{_S}[0-9]{{3}}{_S}[0-9]{{2}}(?:[^0-9]|$)",
    rf"(?:[0-9](?:[.\-_]|{_GAP})){{10}}[0-9]",
    r"\+[1-9][0-9 -]{8}",
    rf"(?i:telefon|telephone|tlf|mobil|phone){_NO_DIGIT}{{0,24}}[2-9]",
    rf"{_BOUNDARY}(?i:ring|ringe|ringes|ringt|call|sms)(?:(?:[^0-9A-Za-zæøå\n]|{_GAP}){_NO_DIGIT}{{0,14}})?[2-9]",
    rf"(?:^|[^0-9A-Za-z.,+-]|{_GAP})[49][0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{3}}(?:[^0-9A-Za-z.,%]|{_GAP}|$)",
    rf"(?:^|[^A-Za-z0-9]|{_GAP})[{_LETTERS}G]{{2}}{_GAP}[1-9][0-9]{{4}}(?:[^0-9A-Za-z.,:%]|{_GAP}|$)",
    rf"(?:{_BOUNDARY}[Bb]il|(?i:skilt|kjennemerke|reg\.?(?:{_GAP})?nr|plate|kjøretøy))"
    rf"(?:[^\n,;]|&nbsp;){{0,30}}[{_LETTERS}G]{{2}}(?:-|{_GAP})?[1-9][0-9]{{4}}",
    r"707057[0-9]{12}",
    r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}",
    r"(?:^|[^0-9.,])[0-9]{4}[. ][0-9]{2}[. ][0-9]{5}(?:[^0-9]|$)",
    rf"(?i:konto|account){_NO_DIGIT}{{0,20}}[0-9]{{4}}",
    r"[\x{ff10}-\x{ff19}\x{ff20}\x{0660}-\x{0669}\x{06f0}-\x{06f9}\x{0966}-\x{096f}\x{00ad}\x{034f}\x{061c}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{fe00}-\x{fe0f}\x{feff}]",
    r"\\u00[34]|\\uff|\\u06|\\u20|%40|%3[0-9]|&#",
)
_ADDRESS = (
    r"(?i:vei|veg|gat|plass|all[eé]|sti|bakk|torg|sving|krok|lia|åsen|haug|tun|brygge|kai|terrasse|løkka)[a-z]{0,3}"
    rf"{_GAP}[0-9]|[0-9]{{4}}{_GAP}[A-ZÆØÅ]"
)

_ALIKE = (
    (r"\\u00", r"\\uzz"), (r"\\u06|\\u20", r"\\u00"), ("(?:20|a0)", "(?:00|a0)"), ("%40", "%00"), ("%3", "%0"), ("%20", "%00"),
    ("%C2", "%C0"), ("[1-9]", "0"), ("[2-9]", "0"), ("[49]", "0"), ("[34]", "0"), ("707057", "0{6}"),
)  # fmt: skip
"""How the rules above read where every digit is a 0 and `\\u00`, by then, `\\uzz`."""
_CODE_OF_NORWAY = r"(?:\+|\b00)[ .-]?\(?47"
_CODE_ALIKE = r"(?:\+|\b00)[ .-]?\(?00"
_NUMBER_ALIKE = (
    rf"{_CODE_ALIKE}(?:(?:[ .()-]|[^\x00-\x7f]){{0,6}}0){{8}}",
    rf"{_CODE_ALIKE}.*(?:[&%]|\\u)",
    rf"(?:[&%]|\\u).*{_CODE_ALIKE}",
)
"""With digits alike +47 is no other than +01:00, so that eight digits must follow, unless something in the line might stand for them."""


def _with_digits_alike(pattern: str) -> str:
    for some, alike in _ALIKE:
        pattern = pattern.replace(some, alike)
    return pattern


@cache
def worth_reading(value: str, *, any_grouping: bool, digits_alike: bool = False) -> str:
    """An SQL condition that DuckDB tries quickly over the column `value`: only texts that meet it are read by the exact rules above.

    It lets through whatever the exact rules could find, and little else; a test holds the two together. With `digits_alike` it judges
    forms, which `sieve.py` makes of texts: that of every text in which something could be found passes.
    """
    rare = [*_RARE, r"[0-9](?:" + _S + r"[0-9]){10}"] if any_grouping else [*_RARE]
    address = _ADDRESS
    named = rf"{_BOUNDARY}(?:{'|'.join(sorted(_given_names()))})(?:-|{_GAP})[A-ZÆØÅÁČĐŊŠŦŽ]"
    if digits_alike:
        rare = [*map(_with_digits_alike, rare), *_NUMBER_ALIKE]
        address, named = _with_digits_alike(address), _with_digits_alike(named)
    else:
        rare.append(_CODE_OF_NORWAY)
    pattern = "|".join(f"(?:{part})" for part in rare)
    return (
        f"(regexp_matches({value}, {literal(pattern)}) or "
        f"(regexp_matches({value}, {literal(address)}) and regexp_matches({value}, {literal(named)})))"
    )
