"""The `bymaal` command. Parses, calls one function, prints what it returned; everything heavy is imported by the command that needs it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import BymaalError, UsageError
from pipelines.settings import Settings, from_environment

if TYPE_CHECKING:
    from indicators.engines import Engine
    from pipelines.run import Input

Outcome = tuple[Any, int]
"""What a command has to say – text for people or a value for `--json` – and the exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 ok, 1 a bug, 2 wrong use, 3 source, 4 data, 5 privacy, 6 busy, 7 storage."""
    parser = _parser()
    args = parser.parse_args(arguments)
    if args.command is None:
        parser.print_help()
        return 0
    try:
        said, code = _outcome(args)
        _print(said, as_json=args.json)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("bymaal: stopped; run the same command again to go on", file=sys.stderr)
        return 130
    return code


def _outcome(args: argparse.Namespace) -> Outcome:
    try:
        settings = from_environment(data_dir=args.data_dir, synthetic=getattr(args, "source", None) in (None, "sample"))
        return args.does(args, settings)
    except BymaalError as error:
        return error, error.exit_code


def _print(said: Any, *, as_json: bool) -> None:
    if isinstance(said, BymaalError):
        print(json.dumps(said.as_record(), ensure_ascii=False) if as_json else f"bymaal: {said}", file=sys.stderr)
    elif as_json:
        print(json.dumps(said if not hasattr(said, "as_record") else said.as_record(), ensure_ascii=False, indent=1, default=str))
    elif said is not None:
        print(said if isinstance(said, str) else said.as_text())


def _say(args: argparse.Namespace) -> Callable[[str], None]:
    """Progress: only for people, only on a terminal. What waits in the inbox for somebody to act is said everywhere."""
    if args.json or not sys.stderr.isatty():
        return _say_what_is_left
    return lambda text: print(f"  {text}", file=sys.stderr, flush=True)


def _say_what_is_left(text: str) -> None:
    from pipelines.inbox import LEFT

    if text.startswith(LEFT):
        print(f"bymaal: {text}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data-dir", type=Path, metavar="DIR", help="the data folder (default: data, or $BYMAAL_DATA)")
    common.add_argument("--json", action="store_true", help="answer as JSON, for programs")
    common.set_defaults(source=None)
    parser = argparse.ArgumentParser(
        prog="bymaal",
        description="Open data and local SDG indicators for Norwegian municipalities.",
        epilog="Exit codes: 0 ok · 1 a bug · 2 wrong use · 3 source not available · 4 data refused · 5 privacy · 6 busy · 7 storage.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, does: Callable[[argparse.Namespace, Settings], Outcome], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[common], help=text, description=text)
        sub.set_defaults(does=does)
        return sub

    def with_source(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub.add_argument(
            "--source", choices=["sample", "recorded", "live"], default="sample", help="sandbox, saved snapshots or the real services"
        )
        sub.add_argument("--recorded", type=Path, metavar="DIR", help="folder with snapshots.csv, for --source recorded")
        sub.add_argument("--only", nargs="+", default=[], metavar="DATASET", help="only these datasets")
        sub.add_argument("--municipality", nargs="+", default=[], metavar="CODE", help="ask only for these municipalities")
        return sub

    def with_kind(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub.add_argument("--source", choices=["sample", "recorded", "live"], default="sample", help="which data: sandbox or real")
        sub.add_argument("--recorded", type=Path, metavar="DIR", help="folder with snapshots.csv, for --source recorded")
        return sub

    with_source(command("run", _run, "ingest, validate, compute and publish a release"))
    with_source(command("ingest", _ingest, "bring validated tables up to date"))
    _archive_parser(command("archive", _archive, "list what the archive holds, or take delivered files into it"))
    sub = with_kind(command("validate", _validate, "check every promise about the validated tables again"))
    sub.add_argument("--only", nargs="+", default=[], metavar="DATASET", help="only these datasets")
    sub = command("confirm", _confirm, "confirm what is held back until a person decides, or list it")
    sub.add_argument("dataset", nargs="?", metavar="DATASET", help="whose periods are confirmed; not needed with --list")
    sub.add_argument("--period", help="only this period, such as 2024 or 2024-02; without it, everything that waits in the dataset")
    sub.add_argument("--why", help="how you know that the data are right; it is published, your name is not")
    sub.add_argument("--by", metavar="WHO", help="who confirms (default: the user of this machine); stays in the data folder")
    sub.add_argument("--list", action="store_true", help="list what waits, and what was confirmed before")
    sub.add_argument("--source", choices=["sample", "live"], help="sandbox or real data (default: what the last run worked on)")
    sub = with_kind(command("compute", _compute, "compute indicators from validated tables"))
    sub.add_argument("--engine", choices=["duckdb", "spark"], default="duckdb", help="what runs the queries; spark is an optional extra")
    sub.add_argument("--master", metavar="URL", help="address of Apache Spark: local[4], spark://host:7077 … (default: local[2])")
    with_kind(command("publish", _publish, "publish a release of what is computed"))
    command("status", _status, "show what is there, what is late and what is held back")

    sub = command("serve", _serve, "show the published releases in a browser")
    sub.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
    sub.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")

    sub = command("sql", _sql, "query a release's database with SQL")
    sub.add_argument("query", metavar="QUERY", help="one select statement, in quotes")
    sub.add_argument("--format", choices=["table", "csv", "json", "parquet"], default="table", help="form of the answer (default: table)")
    sub.add_argument("--out", type=Path, metavar="FILE", help="file to write; needed for parquet")
    sub.add_argument("--release", metavar="ID", help="an earlier release; bymaal releases lists them (default: the current one)")
    sub.add_argument("--timing", action="store_true", help="say on standard error how long it took; on a terminal this is always said")

    sub = command("explain", _explain, "trace one published value down to the snapshots it rests on")
    sub.add_argument("indicator", metavar="INDICATOR", help="id, such as sdg_11_6_no2")
    sub.add_argument("area", metavar="AREA", help="municipality number, such as 0301; NO for the country")
    sub.add_argument("period", metavar="PERIOD", help="such as 2024 or 2024-02")
    sub.add_argument("--breakdown", metavar="TEXT", help="only this breakdown, such as sector=road; empty for the value itself")
    sub.add_argument("--release", metavar="ID", help="an earlier release (default: the current one)")
    sub.add_argument("--language", choices=["nb", "nn", "en"], default="en", help="language of titles, formulas and warnings (default: en)")

    sub = command("diff", _diff, "show what changed in the numbers between two releases")
    sub.add_argument("old", metavar="RELEASE", nargs="?", help="from (default: the release before)")
    sub.add_argument("new", metavar="RELEASE", nargs="?", help="to (default: the current one)")
    sub.add_argument("--language", choices=["nb", "nn", "en"], help="tell the changes in words, in this language, instead of as a list")

    sub = command("releases", _releases, "list releases, the current one marked")
    sub.add_argument("--cite", metavar="RELEASE", help="note that somebody relies on a release, so that it is never removed")
    sub.add_argument("--why", help="who relies on it, such as the DOI of a paper")
    sub.add_argument("--mend", action="store_true", help="write a damaged ledger anew from what is readable and from the releases")
    sub = command("rollback", _rollback, "point readers back to an earlier release")
    sub.add_argument("release", nargs="?", metavar="RELEASE", help="the release to go back to (default: the one before the current)")
    sub.add_argument("--why", required=True, help="the reason, shown to readers")
    sub.add_argument("--erase", action="store_true", help="delete the withdrawn release, because it may not be read")
    sub.add_argument(
        "--holding", nargs="+", default=[], metavar="DATASET", help="with --erase: also every release that holds the same files of these"
    )
    sub = command("verify", _verify, "check a release against its manifest")
    sub.add_argument("release", nargs="?", metavar="RELEASE", help="which release (default: the current one)")
    sub.add_argument("--signers", type=Path, metavar="FILE", help="the keys you trust (default: those beside the releases)")
    sub = command("score", _score, "show the points of every dataset in the European and the Norwegian metadata quality scores")
    sub.add_argument("release", nargs="?", metavar="RELEASE", help="which release (default: the current one)")

    sub = command("doctor", _doctor, "find what is wrong with this machine and this data folder, and say how to mend it")
    sub.add_argument("--full", action="store_true", help="read every file of the current release, not only its manifest")
    sub = command("new", _new, "write the files of a new dataset or indicator, with blanks to fill in")
    sub.add_argument("kind", choices=["dataset", "indicator"], help="what to describe")
    sub.add_argument("id", metavar="ID", help="its id: small letters, digits and underscores")
    sub.add_argument("--goal", type=int, choices=[9, 11, 17], help="goal of an indicator whose id does not say it")
    sub.add_argument(
        "--sample", type=Path, metavar="FILE", help="a CSV or XLSX file of a dataset's source, from which its columns are declared"
    )
    sub.add_argument("--into", type=Path, metavar="FOLDER", help="folder to write to, instead of pipelines/datasets or indicators")

    sub = command("bench", _bench, "run the pipeline on generated readings and write the results for comparison")
    sub.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with the generated readings")
    sub.add_argument("--format", choices=["csv", "json"], default="csv", help="format of the readings (default: csv)")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    return parser


def _archive_parser(sub: argparse.ArgumentParser) -> None:
    """`archive`, `archive import` and `archive inbox`. Real data unless the list is asked for with `--source sample`."""
    sub.add_argument("--source", choices=["sample", "live"], default="live", help="which archive to list: sandbox or real data")
    again = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    again.add_argument("--data-dir", type=Path, metavar="DIR", help="the data folder (default: data, or $BYMAAL_DATA)")
    again.add_argument("--json", action="store_true", help="answer as JSON, for programs")
    actions = sub.add_subparsers(dest="action", metavar="ACTION")

    text = "take files that were delivered by hand into the archive of real data"
    one = actions.add_parser("import", parents=[again], help=text, description=text)
    one.set_defaults(does=_archive_import, source="live")
    one.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a delivered file")
    one.add_argument("--dataset", required=True, metavar="ID", help="the dataset that the files are of")
    one.add_argument("--format", required=True, metavar="FORMAT", help="one of the formats that the dataset's description names")
    one.add_argument("--period", help="the one period that the files hold, such as 2024 or 2024-02 (default: what their rows say)")
    one.add_argument("--note", help="shown wherever the snapshot is listed")
    one.add_argument(
        "--retrieved-on", type=date.fromisoformat, metavar="DATE", help="day they were retrieved from their source (default: today)"
    )
    one.add_argument("--source-url", metavar="URL", help="address they came from (default: the dataset's service)")
    one.add_argument("--dry-run", action="store_true", help="show what would become of them and keep nothing")

    text = "take in what lies in inbox/<dataset>/<format>/ of the data folder"
    one = actions.add_parser("inbox", parents=[again], help=text, description=text)
    one.set_defaults(does=_archive_inbox, source="live")
    one.add_argument("--now", action="store_true", help="also files that changed in the last five seconds")


def _input(args: argparse.Namespace) -> Input:
    from pipelines.run import Input

    return Input(args.source, args.recorded.resolve() if args.recorded else None)


def _run(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.run import run

    report = run(_input(args), settings, wanted=args.only, municipalities=args.municipality, say=_say(args))
    return report, report.exit_code


def _ingest(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.run import ingest_only

    report = ingest_only(_input(args), settings, wanted=args.only, municipalities=args.municipality, say=_say(args))
    return report, report.exit_code


def _archive(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.inbox import holdings

    return holdings(settings), 0


def _archive_import(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.inbox import DELIVERED, describe, import_files
    from pipelines.run import datasets_in, only_writer

    delivery = describe(
        datasets_in(settings.datasets),
        args.dataset,
        args.format,
        period=args.period,
        note=args.note or DELIVERED,
        retrieved_on=args.retrieved_on,
        source_url=args.source_url,
        today=settings.now.date(),
    )
    if args.dry_run:
        from pipelines.trial import try_files

        trial = try_files(args.files, delivery, settings)
        return trial, trial.exit_code
    with only_writer(settings):
        return import_files(args.files, delivery, settings), 0


def _archive_inbox(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.inbox import take_in
    from pipelines.run import datasets_in, only_writer

    with only_writer(settings):
        outcome = take_in(datasets_in(settings.datasets), settings, at_once=args.now)
    return outcome, outcome.exit_code


def _validate(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.recheck import recheck
    from pipelines.run import datasets_in, only_writer

    with only_writer(settings):
        rechecked = recheck(datasets_in(settings.datasets), args.only, settings)
    return rechecked, rechecked.exit_code


def _confirm(args: argparse.Namespace, settings: Settings) -> Outcome:
    from dataclasses import replace

    from catalog.errors import UsageError
    from pipelines.ingesting.confirm import confirm, listed
    from pipelines.status import is_synthetic

    settings = replace(settings, synthetic=args.source == "sample" if args.source else is_synthetic(settings.data_dir))
    if args.list or not args.dataset:
        return listed([args.dataset] if args.dataset else [], settings), 0
    if not args.why:
        said = "say how you know that the data are right"
        raise UsageError("a reason is needed; readers will see it", where="--why", effect="nothing is confirmed", next_step=said)
    from pipelines.run import only_writer

    with only_writer(settings):
        return confirm(args.dataset, period=args.period, why=args.why, by=args.by, settings=settings), 0


def _compute(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.run import compute_only

    report = compute_only(_input(args), settings, _engine(args, settings))
    return report, report.exit_code


def _engine(args: argparse.Namespace, settings: Settings) -> Engine | None:
    """The engine that was asked for; None is DuckDB, which `compute_all` opens itself."""
    if args.engine == "duckdb":
        if args.master:
            raise UsageError("only Apache Spark has a master", where="--master", next_step="add --engine spark")
        return None
    from indicators.engines.spark import Spark

    return Spark(master=args.master or f"local[{settings.threads}]")


def _publish(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.run import publish_only

    report = publish_only(_input(args), settings)
    return report, report.exit_code


def _status(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.ingesting.freshness import local_day
    from pipelines.status import status

    return status(settings.data_dir, local_day(settings.now)), 0


def _serve(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.serve import serve

    serve(settings.public, args.host, args.port)
    return None, 0


def _sql(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.query import sql, timed

    with timed(args.timing):
        told = sql(settings.public, args.query, "json" if args.json else args.format, release=args.release, out=args.out)
    return (json.loads(told) if args.json else told), 0


def _explain(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.explain import explain

    wanted = {"breakdown": args.breakdown, "release": args.release, "language": args.language}
    return explain(settings.public, args.indicator, args.area, args.period, **wanted), 0


def _diff(args: argparse.Namespace, settings: Settings) -> Outcome:
    from catalog.releases.changes import diff

    changed = diff(settings.public, args.old, args.new)
    if not args.language or args.json:
        return changed, 0
    from catalog.releases.told import in_words

    return in_words(changed, settings.public, args.language), 0


def _releases(args: argparse.Namespace, settings: Settings) -> Outcome:
    from catalog.releases.ledger import mend, releases
    from catalog.releases.rollback import cite
    from pipelines.run import only_writer

    if args.mend:
        with only_writer(settings):
            return mend(settings.public), 0
    if args.cite:
        with only_writer(settings):
            cite(settings.public, args.cite, args.why or "", settings.now)
    return releases(settings.public), 0


def _rollback(args: argparse.Namespace, settings: Settings) -> Outcome:
    from catalog.releases.rollback import rollback
    from pipelines.run import only_writer

    with only_writer(settings):
        return rollback(settings.public, args.release, why=args.why, at=settings.now, erase=args.erase, holding=args.holding), 0


def _verify(args: argparse.Namespace, settings: Settings) -> Outcome:
    from catalog.releases.verify import verify

    problems = verify(settings.public, args.release, signers=args.signers)
    return problems, 7 if problems else 0


def _score(args: argparse.Namespace, settings: Settings) -> Outcome:
    from catalog.releases.verify import score

    scores = score(settings.public, args.release)
    return scores, 0 if scores.is_full else 4


def _doctor(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.doctor import examine

    diagnosis = examine(settings, full=args.full)
    return diagnosis, diagnosis.exit_code


def _new(args: argparse.Namespace, settings: Settings) -> Outcome:
    from pipelines.authoring.scaffold import new_dataset, new_indicator

    if args.kind == "dataset":
        return new_dataset(args.id, args.into or settings.datasets, settings.now.date(), args.sample), 0
    return new_indicator(args.id, args.goal, args.into or settings.indicators, settings.now.date()), 0


def _bench(args: argparse.Namespace, settings: Settings) -> Outcome:
    from dataclasses import replace

    from pipelines.bench import bench

    state = bench(args.data, args.format, args.out, replace(settings, data_dir=args.data_dir or args.out / "data"))
    return f"{state.rows:,} rows in {len(state.periods)} periods", 0


if __name__ == "__main__":
    sys.exit(main())
