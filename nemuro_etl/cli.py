"""The use cases as `nemuro <verb>`. Imports neither prefect nor pandas until a verb needs them.

Listings go to stdout, people's messages to stderr; faults are told in four parts and end with their exit code.
"""

import json
import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from nemuro_etl.errors import Exit, Fault, UsageWrong
from nemuro_etl.model.span import span_of
from nemuro_etl.report.edition import ReportEdition
from nemuro_etl.report.listing import Format, write_rows
from nemuro_etl.settings import Settings, configure_logging, read_settings

app = typer.Typer(
    name="nemuro",
    help="Watches every indicator of the regional revitalisation strategy, night by night.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
database = typer.Typer(help="The warehouse's schema and digest.", no_args_is_help=True, rich_markup_mode=None)
revisions = typer.Typer(
    help="Settled figures that a publisher or a section changed: held for a decision.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
workbooks = typer.Typer(
    help="The departments' entry workbooks: export, import, overview.", no_args_is_help=True, rich_markup_mode=None
)
mails = typer.Typer(help="Mails written and what became of them.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(database, name="db")
warnings = typer.Typer(
    help="Warnings that are open, and the answers to them.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(mails, name="outbox")
app.add_typer(warnings, name="alerts")
app.add_typer(revisions, name="revisions")
app.add_typer(workbooks, name="workbook")
reports = typer.Typer(help="The 調書 of a fiscal year, and what people wrote into it.", rich_markup_mode=None)
app.add_typer(reports, name="report")

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="As known at the end of DAY (Tokyo).")]
FiscalYear = Annotated[int | None, typer.Option("--fiscal-year", metavar="N", help="Only FY N (2017 = 平成29年度).")]
Form = Annotated[Format, typer.Option("--format", help="How to list.")]


@app.callback()
def globals_(
    context: typer.Context,
    home: Annotated[str | None, typer.Option(help="State: originals, embedded database, mails. [var/]")] = None,
    config: Annotated[str | None, typer.Option(help="The folder of config. [config/]")] = None,
    database_url: Annotated[str | None, typer.Option(help="[SQLite in the home]")] = None,
    now: Annotated[str | None, typer.Option(metavar="TIMESTAMP", help="A clock for rehearsals and tests.")] = None,
    strategy: Annotated[
        str | None, typer.Option(metavar="ID", help="The folder below config/strategy/. [the one now in force]")
    ] = None,
) -> None:
    """Global options; each is also an environment variable NEMURO_…"""
    overrides = {"home": home, "config": config, "database_url": database_url, "now": now, "strategy": strategy}
    context.obj = {key: value for key, value in overrides.items() if value is not None}


def _settings(context: typer.Context) -> Settings:
    settings = read_settings(context.obj)
    configure_logging(settings)
    return settings


@contextmanager
def _house(context: typer.Context) -> Iterator[Any]:
    from nemuro_etl import pipeline

    house = pipeline.open_house(_settings(context))
    try:
        with pipeline.watched_by(pipeline.terminal()):
            yield house
    finally:
        house.close()


def _day(text: str | None) -> date | None:
    return None if text is None else _day_of("--as-of", text)


def _until(text: str) -> date:
    return _day_of("--until", text)


def _day_of(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageWrong(
            what=f"{option} {text}: not a day.",
            expected="Expected: a day such as 2018-11-22.",
            kept="Nothing was done.",
            remedy="Run the command again with a day.",
        ) from None


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise UsageWrong(
            what=f"--month {text}: not a month.",
            expected="Expected: a month such as 2018-11.",
            kept="Nothing was done.",
            remedy="Run the command again with a month.",
        ) from None


def _span(text: str) -> timedelta:
    try:
        return span_of(text)
    except ValueError as error:
        raise UsageWrong(
            what=f"--max-age: {error}.",
            expected="Expected: a number with m, h or d.",
            kept="Nothing was done.",
            remedy="Run: nemuro watchdog --max-age 26h",
        ) from None


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


@app.command()
def nightly(
    context: typer.Context,
    as_of: AsOf = None,
    fiscal_year: FiscalYear = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write would-be mails to a folder; collect, record and send nothing.")
    ] = False,
) -> None:
    """The main job: collect → judge → warn → report."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        result = pipeline.nightly(house, as_of=_day(as_of), fiscal_year=fiscal_year, dry_run=dry_run)
        print(result.report(house))
    raise typer.Exit(result.exit)


@app.command()
def rerun(
    context: typer.Context,
    fiscal_year: Annotated[int, typer.Option("--fiscal-year", metavar="N", help="The fiscal year to recompute.")],
    as_of: AsOf = None,
    send: Annotated[bool, typer.Option("--send", help="Also warn and send, as a night would.")] = False,
    form: Form = Format.TABLE,
) -> None:
    """Recompute one fiscal year from what is recorded; sends nothing unless asked."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        evaluations = pipeline.rerun(house, fiscal_year, as_of=_day(as_of), send=send)
        _list_evaluations(evaluations, form)


@app.command()
def rehearse(
    context: typer.Context,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="The first night.")],
    last: Annotated[str, typer.Option("--to", metavar="DAY", help="The last night; today at the latest.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="A folder without mails. [HOME/rehearsal/FROM_TO]")
    ] = None,
    form: Form = Format.TABLE,
) -> None:
    """The mails that a past period would have brought under today's rules; records and sends nothing.

    It begins with nothing told, and nobody answers. A figure counts as known from the day on which it was recorded or
    was due by the calendar, whichever came first. Bands are today's; owners and targets are those of each night.
    """
    from nemuro_etl import pipeline

    with _house(context) as house:
        rehearsed = pipeline.rehearse(house, _day_of("--from", first), _day_of("--to", last), out)
    columns = ["night", "leaves", "kind", "department", "subject"]
    write_rows((each.as_row() for each in rehearsed), form, sys.stdout, columns)
    counts = Counter(str(each.mail.kind) for each in rehearsed)
    told = ", ".join(f"{kind}: {count}" for kind, count in counts.items())
    where = f" ({told}), in {rehearsed[0].file.parent}" if rehearsed else ""
    _tell(f"{len(rehearsed)} mails{where}. Nothing was recorded or sent.")


@app.command()
def collect(
    context: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="All when none is named.")] = None,
    pack: Annotated[
        Path | None, typer.Option(help="Load nothing: write the originals, signed, to this file for another network.")
    ] = None,
    form: Form = Format.TABLE,
) -> None:
    """Fetch, keep, read and load the named sources."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        results = pipeline.write_pack(house, pack, sources) if pack else pipeline.collect(house, sources or None)
    _end_collection(results, form)


@app.command()
def ingest(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(help="registry, returns, …")] = None,
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...")] = None,
    pack: Annotated[
        Path | None, typer.Option(help="Originals carried from another network, in place of files.")
    ] = None,
    form: Form = Format.TABLE,
) -> None:
    """Keep, read and load files at hand: `nemuro ingest registry 1803ssjin.xls`. Each file is one transaction."""
    from nemuro_etl import pipeline

    if (pack is None) == (source is None or not files):
        raise typer.BadParameter("name a source and its files, or --pack FILE")
    with _house(context) as house:
        results = pipeline.ingest_pack(house, pack) if pack else [pipeline.ingest(house, source or "", files or [])]
    _end_collection(results, form)


def _end_collection(results: list[Any], form: Format) -> None:
    write_rows([row for result in results for row in result.rows()], form, sys.stdout)
    for result in results:
        for fault in result.faults:
            _tell(f"\n{fault}")
        for line in result.remarks:
            _tell(line)
    from nemuro_etl.pipeline import exit_of

    raise typer.Exit(exit_of(results))


@app.command()
def facts(
    context: typer.Context,
    series: Annotated[str, typer.Argument(help="registry.population, return.g2-i1-1, …")],
    area: Annotated[str | None, typer.Option(help="A code such as 01223; every area without it.")] = None,
    period: Annotated[str | None, typer.Option(help="2018, 2018-04, FY2018, 2018-01-01 or 2013/2017.")] = None,
    as_of: AsOf = None,
    all_vintages: Annotated[bool, typer.Option("--all-vintages", help="Every recorded vintage.")] = False,
    form: Form = Format.TABLE,
) -> None:
    """Recorded figures with stage, snapshot and cell."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        rows = pipeline.facts(house, series, area=area, period=period, as_of=_day(as_of), all_vintages=all_vintages)
        write_rows(
            (figure.as_json() for figure in rows),
            form,
            sys.stdout,
            ["series", "area", "period", "dimensions", "value", "unit", "stage", "recorded_at", "locator", "snapshot"],
        )


@app.command()
def judge(
    context: typer.Context, fiscal_year: FiscalYear = None, as_of: AsOf = None, form: Form = Format.TABLE
) -> None:
    """Evaluate, store and print every row of the plans in force."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        _list_evaluations(pipeline.judge(house, as_of=_day(as_of), fiscal_year=fiscal_year), form)


def _list_evaluations(evaluations: list[Any], form: Format) -> None:
    columns = ["indicator", "fiscal_year", "name", "rating", "data_state", "actual", "expected", "target", "unit"]
    write_rows((evaluation.as_json() for evaluation in evaluations), form, sys.stdout, columns)


@app.command()
def status(context: typer.Context, form: Form = Format.TABLE) -> None:
    """Every indicator now: newest rated year, rating, data state, trend."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        write_rows(
            pipeline.status(house),
            form,
            sys.stdout,
            ["indicator", "name", "department", "fiscal_year", "rating_label", "data_state_label", "trend"],
        )


@app.command()
def explain(
    context: typer.Context,
    indicator: Annotated[str, typer.Argument(help="g2-n1, …, or a report's code such as g2-n1@FY2017@2018-11-22")],
    fiscal_year: FiscalYear = None,
    as_of: AsOf = None,
    form: Form = Format.TABLE,
) -> None:
    """The chain from rating to cell."""
    from nemuro_etl import pipeline
    from nemuro_etl.report.reference import Reference

    day, reference = _day(as_of), Reference.parse(indicator)
    if reference is not None:
        if fiscal_year is not None or day is not None:
            raise typer.BadParameter("a report's code names its year and day: give neither --fiscal-year nor --as-of")
        indicator, fiscal_year, day = reference.indicator, reference.fiscal_year, reference.as_of
    with _house(context) as house:
        explanation = pipeline.explain(house, indicator, fiscal_year=fiscal_year, as_of=day)
    if form is Format.JSON:
        print(json.dumps([explanation.as_json()], ensure_ascii=False, indent=1))
    elif form is Format.CSV:
        write_rows(explanation.figure_rows(), form, sys.stdout)
    else:
        print(explanation.text())


@app.command()
def monthly(
    context: typer.Context,
    month: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", help="Default: the last that is over.")
    ] = None,
) -> None:
    """The page about a month again, as 推進本部 gets it by mail; sends nothing."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        print(pipeline.monthly(house, None if month is None else _month(month)))


@reports.callback(invoke_without_command=True)
def report(
    context: typer.Context,
    fiscal_year: Annotated[
        int | None, typer.Option("--fiscal-year", metavar="N", help="The year that is reported.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where it is written, anew every time.")
    ] = None,
    report_edition: Annotated[ReportEdition, typer.Option("--edition", help="For whom.")] = ReportEdition.INTERNAL,
    freeze: Annotated[bool, typer.Option("--freeze", help="Give it out for good: kept byte for byte.")] = False,
    frozen: Annotated[bool, typer.Option("--frozen", help="Write what was frozen, byte for byte.")] = False,
    allow_provisional: Annotated[
        bool, typer.Option("--allow-provisional", help="Let the public edition show figures that are not settled.")
    ] = False,
    as_of: AsOf = None,
) -> None:
    """Write the 調書 (.xlsx, .docx, .html, .pdf) and the dashboard of a fiscal year into a shared folder."""
    from nemuro_etl import pipeline

    if context.invoked_subcommand is not None:
        return
    if fiscal_year is None or out is None:
        raise typer.BadParameter("name the year with --fiscal-year and the folder with --out")
    if freeze and frozen:
        raise typer.BadParameter("--freeze gives an edition out, --frozen writes it again: give one of the two")
    with _house(context) as house:
        if frozen:
            issued = pipeline.write_frozen(house, fiscal_year, out, report_edition=report_edition, as_of=_day(as_of))
        else:
            issued = pipeline.write_report(
                house,
                fiscal_year,
                out,
                as_of=_day(as_of),
                report_edition=report_edition,
                freeze=freeze,
                allow_provisional=allow_provisional,
            )
    for file in issued.files:
        print(file)
    for remark in issued.remarks:
        _tell(remark)


@reports.command("import")
def import_remarks(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="調書 as .xlsx or .docx, filled in.")],
    by: Annotated[str | None, typer.Option("--by", help="Who wrote it. [the secretariat]")] = None,
    form: Form = Format.TABLE,
) -> None:
    """Take what people wrote into the boxes, from all files or from none; nothing that is recorded is overwritten."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        rows = pipeline.import_remarks(house, files, by)
    write_rows(rows, form, sys.stdout, ["file", "fiscal_year", "subject", "kind", "before", "now", "outcome"])
    _tell(f"{len(rows)} texts differed from what was recorded. Next: nemuro report --fiscal-year N --out DIR")


@reports.command("comments")
def list_comments(context: typer.Context, fiscal_year: FiscalYear = None, form: Form = Format.TABLE) -> None:
    """Every text that was written into a report, all versions: where, by whom, and when it was recorded."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        columns = ["fiscal_year", "subject", "kind", "recorded", "by", "text"]
        write_rows(pipeline.comments(house, fiscal_year), form, sys.stdout, columns)


@app.command()
def trace(
    context: typer.Context,
    verify_all: Annotated[bool, typer.Option("--verify-all", help="Re-read every recorded figure.")] = False,
) -> None:
    """Re-read every recorded figure from its stored original; non-zero if one differs."""
    from nemuro_etl import pipeline

    if not verify_all:
        raise UsageWrong(
            what="nemuro trace: nothing to do.",
            expected="Expected: --verify-all.",
            kept="Nothing was done.",
            remedy="Run: nemuro trace --verify-all — or, for one indicator: nemuro explain INDICATOR",
        )
    with _house(context) as house:
        verification = pipeline.verify(house)
    print(verification.report())
    raise typer.Exit(Exit.DONE if verification.clean else Exit.UNEXPECTED)


@app.command()
def check(context: typer.Context) -> None:
    """Lint of config/: every fault of every file at once."""
    from nemuro_etl import pipeline

    print(pipeline.check(_settings(context)))


@app.command()
def doctor(context: typer.Context, form: Form = Format.TABLE) -> None:
    """What is wrong with settings, config, database, originals, mail, clock and disk."""
    from nemuro_etl import pipeline

    findings = pipeline.doctor(_settings(context), context.obj)
    write_rows(findings, form, sys.stdout)
    if any(finding["state"] == "wrong" for finding in findings):
        raise typer.Exit(Exit.USAGE)


@app.command()
def watchdog(
    context: typer.Context,
    max_age: Annotated[str, typer.Option("--max-age", metavar="SPAN", help="26h, 90m, 2d.")] = "26h",
) -> None:
    """Whether the night ran: non-zero and a mail to the operator when it is late, hung or dead."""
    from nemuro_etl import pipeline

    watch = pipeline.watch(_settings(context), _span(max_age))
    for incident in watch.incidents:
        _tell(f"{incident.fault}\n")
    if watch.incidents:
        _tell(watch.told)
        raise typer.Exit(Exit.UNEXPECTED)
    print(watch.told)


@app.command()
def sources(context: typer.Context, form: Form = Format.TABLE) -> None:
    """Every source: how it is, where its files come from, and the original it last brought."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        columns = ["source", "condition", "folder", "endpoints", "last_original", "obtained_at", "remark"]
        write_rows(pipeline.sources(house), form, sys.stdout, columns)


@app.command()
def calendar(context: typer.Context, fiscal_year: FiscalYear = None, form: Form = Format.TABLE) -> None:
    """Every figure: when it is expected and how it stands; of returns also call, reminder, deadline, escalation."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        columns = ["family", "indicator", "name", "fiscal_year", "expected", "grace_ends", "data_state_label"]
        columns += ["call", "remind", "deadline", "escalate", "note"]
        write_rows(pipeline.calendar(house, fiscal_year), form, sys.stdout, columns)


@warnings.command("list")
def list_warnings(context: typer.Context, form: Form = Format.TABLE) -> None:
    """Every open warning: in which year, how it stands, whose it is, and whether it is answered or silenced."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        columns = ["indicator", "name", "department", "fiscal_year", "rating_label", "actual", "target", "told"]
        write_rows(pipeline.alerts(house), form, sys.stdout, [*columns, "state", "until", "by"])


Until = Annotated[str, typer.Option("--until", metavar="DAY", help="The last day on which it holds; at most a year.")]
Answerer = Annotated[str, typer.Option("--by", help="Who answers: name and section.")]


@warnings.command()
def ack(
    context: typer.Context,
    indicator: Annotated[str, typer.Argument(help="g2-n1, … as listed by `nemuro alerts list`.")],
    until: Until,
    by: Answerer,
    comment: Annotated[str, typer.Option("--comment", help="What is done about it (対応状況).")],
    fiscal_year: FiscalYear = None,
) -> None:
    """Acknowledge an open warning: not reminded of until DAY; the comment is in the section's next digest."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        answer = pipeline.acknowledge(
            house, indicator, fiscal_year=fiscal_year, until=_until(until), by=by, comment=comment
        )
    _tell(f"{indicator} FY{answer.fiscal_year}: acknowledged until {answer.until.isoformat()}.")


@warnings.command()
def silence(
    context: typer.Context,
    indicator: Annotated[str, typer.Argument(help="g2-n1, … as listed by `nemuro alerts list`.")],
    until: Until,
    by: Answerer,
    reason: Annotated[str, typer.Option("--reason", help="Why; listed for the secretariat every night.")],
) -> None:
    """Mail no change of an indicator to its section until DAY; what changes is recorded and listed all the same."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        answer = pipeline.silence(house, indicator, until=_until(until), by=by, reason=reason)
    _tell(f"{indicator}: silenced until {answer.until.isoformat()}.")


@warnings.command("answers")
def list_answers(context: typer.Context, form: Form = Format.TABLE) -> None:
    """Every answer and silence, newest first: to what, by whom, until when, and in which words."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        columns = ["indicator", "fiscal_year", "kind", "until", "holds", "department", "by", "answered", "text"]
        write_rows(pipeline.answers(house), form, sys.stdout, columns)


@warnings.command("import")
def import_replies(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE|FOLDER...", help=".eml, mbox, or folders of them.")],
    form: Form = Format.TABLE,
) -> None:
    """Take the sections' replies to mails, each once; what is ignored is listed with the reason."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        rows = pipeline.import_replies(house, paths)
    write_rows(rows, form, sys.stdout, ["mail", "from", "warning", "outcome", "detail"])


@mails.command("list")
def list_mails(context: typer.Context, form: Form = Format.TABLE) -> None:
    """Every mail with its status: held, pending, sending, sent, refused (by the server), or doubtful (perhaps sent)."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        columns = ["key", "night", "kind", "to", "subject", "status", "not_before", "remark", "last_error"]
        rows = list(pipeline.outbox(house))
        if form is Format.TABLE:
            rows = [{**row, "key": str(row["key"])[:8]} for row in rows]
        write_rows(rows, form, sys.stdout, columns)
        if (halted := pipeline.halt_of(house.settings)) is not None:
            _tell(str(halted))


MailKeys = Annotated[list[str] | None, typer.Argument(metavar="[KEY]...", help="As `nemuro outbox list` shows them.")]


@mails.command()
def retry(context: typer.Context, keys: MailKeys = None) -> None:
    """Send what is due now; a refused or doubtful mail only when it is named, to the address that it has by then."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        _end_deliveries(pipeline.retry(house, keys or []))


@mails.command()
def release(
    context: typer.Context,
    by: Annotated[str, typer.Option("--by", help="Who decides: name and section.")],
    keys: MailKeys = None,
) -> None:
    """Let held mails go (those that are named, or all), and send what is due now."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        _end_deliveries(pipeline.release(house, keys or [], by=by))


def _end_deliveries(deliveries: list[Any]) -> None:
    for each in deliveries:
        print(f"{each.mail.key[:8]} {each.mail.to}: {each.outcome} {each.detail}")
    if any(each.failed for each in deliveries):
        raise typer.Exit(Exit.SOURCE_FAILED)


@app.command()
def resolve(context: typer.Context, source: Annotated[str, typer.Argument(help="trade")]) -> None:
    """Ask e-Stat for the code of the city's customs office by its name, and write it into the source's file."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        print(pipeline.resolve(house, source))


@app.command()
def rebuild(context: typer.Context) -> None:
    """The warehouse again from the originals and the journal in the home: also how a lost database is restored."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        rebuilt = pipeline.rebuild(house)
    for fault in rebuilt.faults:
        _tell(f"{fault}\n")
    print(rebuilt.report())
    if rebuilt.faults:
        raise typer.Exit(Exit.UNREADABLE)


@database.command("migrate")
def migrate(context: typer.Context) -> None:
    """Bring the schema up to date."""
    with _house(context) as house:
        print(f"schema version {house.warehouse.schema_version()}")


@database.command("hash")
def hash_(context: typer.Context) -> None:
    """A digest of figures, evaluations, warnings and what people wrote; the hash is the last line."""
    with _house(context) as house:
        print(house.warehouse.digest())


@revisions.command("list")
def list_revisions(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those already decided.")] = False,
    form: Form = Format.TABLE,
) -> None:
    """Held revisions: old, new, difference and the indicators affected."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        write_rows(pipeline.held_revisions(house, undecided_only=not every), form, sys.stdout)


def _decide(context: typer.Context, numbers: list[int], accept: bool, by: str, reason: str) -> None:
    from nemuro_etl import pipeline

    with _house(context) as house:
        pipeline.decide_revisions(house, numbers, accept=accept, by=by, reason=reason)
    _tell(f"{'Accepted' if accept else 'Rejected'}: {', '.join(map(str, numbers))}. Next: nemuro nightly")


Numbers = Annotated[list[int], typer.Argument(metavar="ID...", help="As listed by `nemuro revisions list`.")]
By = Annotated[str, typer.Option("--by", help="Who decides.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]


@revisions.command()
def accept(context: typer.Context, numbers: Numbers, by: By, reason: Reason) -> None:
    """Take the new figure: a new vintage, known from now on."""
    _decide(context, numbers, True, by, reason)


@revisions.command()
def reject(context: typer.Context, numbers: Numbers, by: By, reason: Reason) -> None:
    """Keep the recorded figure; the same revision is not held again."""
    _decide(context, numbers, False, by, reason)


@workbooks.command("export")
def export_workbooks(
    context: typer.Context,
    fiscal_year: Annotated[int, typer.Option("--fiscal-year", metavar="N", help="The year that is reported.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the workbooks are written.")],
    department: Annotated[str | None, typer.Option(help="One section, by id or name.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every section that reports anything.")] = False,
    form: Form = Format.TABLE,
) -> None:
    """Write one entry workbook a section, filled in as far as the year is recorded. Overwrites nothing."""
    from nemuro_etl import pipeline

    if (department is None) != every:
        raise typer.BadParameter("name a section with --department, or all of them with --all")
    with _house(context) as house:
        written = pipeline.export_workbooks(house, fiscal_year, out, department)
    write_rows((each.as_row() for each in written), form, sys.stdout)


@workbooks.command("import")
def import_workbooks(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    form: Form = Format.TABLE,
) -> None:
    """Read and load filled workbooks, each whole or not at all; a refused one comes back with its wrong cells marked."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        result = pipeline.ingest(house, "returns", files)
    _end_collection([result], form)


@workbooks.command("overview")
def write_overview(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The .xlsx file to write, anew every time.")],
) -> None:
    """Write every indicator and year with value, state, who and when for the secretariat; what is missing first."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        count = pipeline.write_overview(house, out)
    _tell(f"{out}: {count} rows.")


@workbooks.command("dictionary")
def write_dictionary(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="docs/indicators.md")],
) -> None:
    """Write the definitions of all indicators, from config, as Markdown."""
    from nemuro_etl import pipeline

    with _house(context) as house:
        pipeline.write_dictionary(house, out)
    _tell(f"{out} written.")


def main(arguments: list[str] | None = None) -> NoReturn:
    """Entry point of `nemuro`: faults are printed to stderr and become their exit code."""
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    try:
        app(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(Exit.UNEXPECTED)
    except Fault as fault:
        _tell(f"{fault}")
        return int(fault.exit)
    except BrokenPipeError:
        # the reader of the listing (head, less) has seen enough; what Python would still flush goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.DONE)
    except Exception:  # noqa: BLE001 - the last line of defence: a fault that this program does not know
        traceback.print_exc()
        _tell("An unexpected fault: what was committed stays. Please report the lines above, then run: nemuro doctor")
        return int(Exit.UNEXPECTED)
    return int(Exit.DONE)
