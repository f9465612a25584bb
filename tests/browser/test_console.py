"""The SQL console in a real browser: the release's own database, piece by piece, and nothing from anywhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def page(browser, address: str, release: Path) -> Iterator:
    """The console as a reader finds it, with every request written down in `page.asked`."""
    if not (release / "site" / "nb" / "console.html").is_file():
        pytest.skip("NOT TESTED: the console's engine is not installed (`make site`)")
    context = browser.new_context(accept_downloads=True)
    opened = context.new_page()
    opened.asked = []
    opened.policy = []
    opened.refused = {}
    opened.on("requestfailed", lambda request: opened.refused.update({request.url: request.failure}))
    opened.on("request", lambda request: opened.asked.append((request.url, request.headers.get("range"))))
    opened.on("console", lambda message: opened.policy.append(message.text) if "Security" in message.text else None)
    opened.goto(f"{address}nb/console.html")
    yield opened
    context.close()


def ask(page, sql: str) -> str:
    """Run a query and wait for its end; what the console says then."""
    page.fill("#sql", sql)
    page.click("button[name=run]")
    page.wait_for_selector("#console[aria-busy=false]", timeout=120_000)
    return page.inner_text("#console-state")


def answer(page) -> list[list[str]]:
    return page.evaluate(
        "[...document.querySelectorAll('#console-answer tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"
    )


def test_nothing_of_the_engine_is_loaded_before_the_reader_asks(page) -> None:
    assert not [url for url, _ in page.asked if "duckdb" in url]
    assert "MB" in page.inner_text("#console-state")


def test_a_query_is_answered_exactly_from_the_release_and_from_nowhere_else(page, address: str, release: Path) -> None:
    import duckdb

    sql = """select ref_area, time_period, breakdown, obs_value
from indicators.observations
where obs_value is not null
order by indicator, ref_area, time_period, breakdown, obs_value
limit 50"""
    said = ask(page, sql)
    assert said.startswith("50 rader"), said
    with duckdb.connect(release / "bymaal.duckdb", read_only=True) as con:
        expected = con.execute(f"select columns(*)::varchar from ({sql})").fetchall()
    assert [tuple(row) for row in answer(page)] == expected
    host = address.split("/releases/")[0]
    assert all(url.startswith((host, "blob:")) for url, _ in page.asked)
    parts = [span for url, span in page.asked if url.endswith("bymaal.duckdb")]
    assert parts and all(parts), "the database is read in parts, never whole"
    assert page.policy == []


def test_a_wrong_query_says_why_and_the_next_one_works(page) -> None:
    assert "nowhere" in ask(page, "select * from nowhere")
    assert answer(page) == []
    assert ask(page, "select 1 as one").startswith("Én rad")
    assert answer(page) == [["1"]]


def test_a_missing_value_is_said_and_no_decimal_is_rounded(page) -> None:
    ask(page, "select null::int as nothing, 12345678901234567890.123456::decimal(38, 6) as much, '<img src=x onerror=alert(1)>' as text")
    assert answer(page) == [["mangler", "12345678901234567890.123456", "<img src=x onerror=alert(1)>"]]


def test_the_database_cannot_be_changed_nor_the_network_reached_from_the_console(page) -> None:
    for statement in ("drop table indicators.observations", "install spatial", "select 1; select 2"):
        ask(page, statement)
        assert answer(page) == [], statement
    ask(page, "select * from read_csv('https://example.org/x.csv')")
    assert answer(page) == []
    elsewhere = [url for url, _ in page.asked if "example.org" in url]
    assert all(page.refused.get(url) == "csp" for url in elsewhere), page.refused


def test_a_query_that_never_ends_can_be_stopped(page) -> None:
    ask(page, "select 1")
    page.fill("#sql", "select count(*) from range(1000000000) a, range(1000000) b")
    page.click("button[name=run]")
    page.click("button[name=stop]")
    page.wait_for_selector("#console[aria-busy=false]")
    assert ask(page, "select 2 as two").startswith("Én rad")


def test_an_answer_is_taken_home_and_a_query_is_shared(page, browser, address: str) -> None:
    ask(page, "select 'Øvre, \"Eiker\"' as name, 1.50::decimal(9, 2) as value")
    with page.expect_download() as download:
        page.click("button[name=csv]")
    assert Path(download.value.path()).read_bytes().decode() == 'name,value\r\n"Øvre, ""Eiker""",1.50\r\n'
    shared = browser.new_page()
    shared.goto(page.url)
    assert shared.input_value("#sql") == page.input_value("#sql")
    shared.close()


def test_every_documented_query_runs_in_the_console(page, release: Path) -> None:
    from catalog.queries import load

    said = {query.id: ask(page, query.sql) for query in load()}
    assert not {id: words for id, words in said.items() if words.startswith("Det gikk ikke")}, json.dumps(said, ensure_ascii=False)
