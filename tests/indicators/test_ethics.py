"""What the heads of the indicators say about uses and misuses is their own, in three languages, by roles that are not the same."""

from __future__ import annotations

from collections import Counter

import pytest

from catalog.model import LANGUAGES
from indicators.load import load_indicators

INDICATORS = load_indicators()


@pytest.mark.parametrize("id_", INDICATORS)
def test_an_indicator_says_what_it_is_for_and_how_it_misleads(id_: str) -> None:
    ethics = INDICATORS[id_].ethics
    assert ethics is not None, "without it the indicator is withheld"
    assert ethics.decision.by != ethics.assessor, "who weighed it does not decide"
    for said in (ethics.intended_use, ethics.discouraged_use, ethics.misleads_when, ethics.decision.reason):
        assert said.en not in (said.nb, said.nn)
        assert all(said.get(language).endswith(".") for language in LANGUAGES)


@pytest.mark.parametrize(("key", "most"), [("intended_use", 7), ("misleads_when", 6)])
def test_what_a_number_is_for_and_how_it_misleads_is_not_the_same_for_all(key: str, most: int) -> None:
    told = Counter(getattr(it.ethics, key).en for it in INDICATORS.values() if it.ethics)
    assert max(told.values()) <= most, [words for words, count in told.items() if count > most]
    assert len(told) > len(INDICATORS) / 2
