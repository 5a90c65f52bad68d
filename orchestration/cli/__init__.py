"""The `pmm` command. Each command imports what it needs when it runs: help and `pmm check` stay fast.

check.py         judge a file before it is sent
new_cycle.py     begin a cycle
template.py      blank workbooks
sample.py        the sample cycles
refresh.py       load, check, build, publish
runner.py        how a refresh runs in Dagster, and what it says meanwhile
several.py       refreshes of several cycles side by side
status.py        what there is
report.py        the pages that people look at
scorecard.py     a Member's own figures, for that Member alone
received.py      the files that were received for a cycle
publications.py  what was published: list, compare, restore, release, audit
serve.py         the pages on this machine, for a browser
common.py        what commands have in common
signals.py       whether somebody asks a command to end
pages.py         the pages of docs/ that are made from code, by the templates of page_templates/
dbt_docs.py      dbt's own pages
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # typer reads annotations at run time
from typing import Annotated, Literal

import typer

from orchestration.serving.address import PORT

app = typer.Typer(
    name="pmm",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""The PMM warehouse: from raw Member submissions to marts that analysts query.

A [bold]cycle[/bold] is a folder of raw/cycles/; what Members sent lies in its submissions/, as received.

First steps:

  pmm sample                        make the sample cycles

  pmm refresh --cycle sample-2022   load, check, build, publish

  pmm status                        what there is

A new cycle begins with [bold]pmm new-cycle[/bold], then [bold]pmm template[/bold] for each Member;
[bold]pmm check[/bold] FILE tells a Member what to mend before it sends.""",
)


def main() -> None:
    """The program: an error of the disk ends it with a sentence; any other is a defect, and shows where it is."""
    try:
        app()
    except Exception as error:
        from orchestration.cli.common import err, plain
        from orchestration.warehouse.storage import storage_problem

        said = storage_problem(error)
        if said is None:
            raise
        err().print(plain(said), style="bold red")
        raise SystemExit(1) from None


AudienceName = Literal["public", "wco", "internal"]


class Protected(StrEnum):
    """Audiences for whom a cycle may be held."""

    wco = "wco"
    public = "public"


CycleName = Annotated[str, typer.Option("--cycle", "-c", help="Name of the cycle, a folder of raw/cycles/.")]


@app.command()
def refresh(
    cycle: Annotated[list[str] | None, typer.Option("--cycle", "-c", help="Cycle to refresh; give it again for another.")] = None,
    all_cycles: Annotated[bool, typer.Option("--all", help="Rebuild every cycle, from nothing but the raw files.")] = False,
    reason: Annotated[
        str,
        typer.Option("--reason", "-r", help="Why; asked for where a cycle is closed and published. It is kept."),
    ] = "",
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Publish although the cycle shows much less than before, or nobody.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="How many cycles at once; else as many as processors and memory allow."),
    ] = None,
) -> None:
    """Refresh cycles: load what Members sent, check it, build the marts, check them, publish.

    Only the cycle's own rows change. If a critical check fails, nothing is published and yesterday's files stay.

    Exit code 0: all published; 1: a refresh failed; 2: there is no such cycle, or a reason is asked for.
    """
    from orchestration.cli.refresh import run
    from orchestration.publication.reasons import Reason

    run(cycle or [], Reason(reason, accepts_loss=accept_loss), all_cycles=all_cycles, jobs=jobs)


@app.command()
def release(
    cycle: Annotated[str, typer.Argument(help="The cycle that is held; pmm status lists those that are.")],
    audience: Annotated[list[Protected], typer.Option("--audience", "-a", help="For whom; give it again for another.")],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; it is kept with the publication.")],
) -> None:
    """Publish a cycle that is held: its new figures and those that an audience has may tell single answers together.

    Refreshes the cycle. Exit code 0: published; 1: the refresh failed; 2: there is no such cycle, or it is not held.
    """
    from orchestration.cli.refresh import release as run

    run(cycle, audience, reason)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Submissions: .xlsx, .json, or an export's .csv or .parquet.")],
    cycle: Annotated[
        str | None, typer.Option("--cycle", "-c", help="The cycle it is for; a workbook or JSON file says it itself.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")] = False,
) -> None:
    """Check submissions before they are sent: what would load, what would be set aside, and what to do about it.

    Needs no warehouse. Exit code 0: everything loads; 1: something would be set aside; 2: the cycle is not known.
    """
    from orchestration.cli.check import run

    run(files, cycle, as_json=as_json)


@app.command()
def template(
    cycle: CycleName,
    member: Annotated[
        list[str] | None, typer.Option("--member", "-m", help="Member, alpha-3; give it again for another.")
    ] = None,
    all_members: Annotated[bool, typer.Option("--all", help="One workbook for every Member on the roster.")] = False,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")] = Path(),
) -> None:
    """Write the workbook that a National Contact Point fills in, with drop-downs and locked labels."""
    from orchestration.cli.template import run

    run(cycle, member or [], output, all_members=all_members)


@app.command("new-cycle")
def new_cycle(
    cycle: Annotated[str, typer.Argument(help="Name of the new cycle, as pmm-2026; the folder's name.")],
    reporting_year: Annotated[int, typer.Option("--reporting-year", "-y", help="Year T that the figures are about.")],
    opens: Annotated[str, typer.Option(help="First day on which Members may send, as 2027-11-15.")],
    closes: Annotated[str, typer.Option(help="Last day on which Members may send, as 2028-06-30.")],
    framework: Annotated[str, typer.Option(help="Framework, a folder of raw/frameworks/.")] = "pmm-v1",
    member: Annotated[
        list[str] | None,
        typer.Option("--member", "-m", help="Nominated Member, alpha-3; give it again for another. Default: all Members."),
    ] = None,
) -> None:
    """Scaffold a cycle: cycle.toml, a roster from the list of all Members, and an empty submissions/."""
    from orchestration.cli.new_cycle import run

    run(cycle, reporting_year, opens, closes, framework, member or [])


@app.command()
def sample(
    cycle: Annotated[list[str] | None, typer.Option("--cycle", "-c", help="Sample cycle; default: all of them.")] = None,
) -> None:
    """Make the sample cycles: invented Members, real files in all three forms, the same bytes each time."""
    from orchestration.cli.sample import run

    run(cycle or [])


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show each cycle: open or closed, submissions in, sufficient Members, last refresh, checks."""
    from orchestration.cli.status import run

    run(as_json=as_json)


@app.command()
def received(
    cycle: CycleName,
    file: Annotated[str | None, typer.Argument(help="One file's name within submissions/; default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show what was received for a cycle and when: files that came, changed or went, and where their bytes are kept."""
    from orchestration.cli.received import run

    run(cycle, file, as_json=as_json)


@app.command()
def publications() -> None:
    """List the publications that are kept, with their names."""
    from orchestration.cli.publications import show

    show()


@app.command()
def diff(
    before: Annotated[str | None, typer.Argument(help="The earlier publication's name; default: the one before.")] = None,
    after: Annotated[str | None, typer.Argument(help="The later one's; default: the current.")] = None,
    audience: Annotated[AudienceName, typer.Option(help="Whose file is compared.")] = "internal",
    as_json: Annotated[bool, typer.Option("--json", help="Print all changes as JSON.")] = False,
) -> None:
    """Show which figures changed between two publications, and which submissions or other inputs caused it."""
    from orchestration.cli.publications import diff as run

    run(before, after, audience, as_json=as_json)


@app.command()
def audit(
    name: Annotated[str | None, typer.Argument(help="The publication's name; default: the current.")] = None,
) -> None:
    """Audit a publication again: does nothing that an audience may not see follow from what its files show?"""
    from orchestration.cli.publications import audit as run

    run(name)


@app.command()
def report(
    audience: Annotated[AudienceName, typer.Option("--audience", "-a", help="Whose report.")] = "public",
    publication: Annotated[
        str | None, typer.Option("--publication", "-p", help="Of an earlier publication; pmm publications lists them.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write it to; default: say where the published one is.")
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Write one cycle's report as PDF to this file; needs Chromium, and --cycle.")
    ] = None,
    cycle: Annotated[str | None, typer.Option("--cycle", "-c", help="The cycle to print.")] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="The language to print it in, by its two letters.")] = "en",
) -> None:
    """Say where the report is that was published with an audience's file, or write it to another folder, or as PDF.

    The pages work from a folder or a web server, without a network. Exit code 2: there is nothing to show or write.
    """
    from orchestration.cli.report import run, to_pdf

    if pdf is not None:
        to_pdf(audience, publication, pdf, cycle, language)
    else:
        run(audience, publication, output)


@app.command("pages")
def serve(
    port: Annotated[int, typer.Option("--port", help="Port to listen on; 0 for any that is free.")] = PORT,
) -> None:
    """Serve reports, the checks' pages and dbt's on this machine (127.0.0.1), to whoever has the key that it prints."""
    from orchestration.cli.serve import run

    run(port)


@app.command()
def scorecard(
    file: Annotated[
        Path | None, typer.Argument(help="A Member's own workbook, before it is sent; with --against, on its own computer.")
    ] = None,
    cycle: Annotated[str | None, typer.Option("--cycle", "-c", help="Name of a cycle, a folder of raw/cycles/.")] = None,
    member: Annotated[
        list[str] | None, typer.Option("--member", "-m", help="The Member's alpha-3 code; give it again for another.")
    ] = None,
    all_members: Annotated[bool, typer.Option("--all", help="All Members of whom a submission counts.")] = False,
    against: Annotated[
        Path | None, typer.Option("--against", help="The audience's file to compare with, as warehouse/public.duckdb.")
    ] = None,
    publication: Annotated[
        str | None, typer.Option("--publication", "-p", help="Of an earlier publication; pmm publications lists them.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")] = Path(),
    language: Annotated[str, typer.Option("--language", "-l", help="The language, by its two letters.")] = "en",
    pdf: Annotated[bool, typer.Option(help="Write a PDF beside the page; needs Chromium.")] = True,
) -> None:
    """Write a Member's scorecard: its own figures beside all Members' and its groups', strengths, needs, and who could help.

    It is for that Member alone. From its own workbook it needs no warehouse, and nothing leaves the computer. Exit code 2:
    there is nothing to write.
    """
    from orchestration.cli.scorecard import of_file, of_members

    if (file is None) != (against is None):
        raise typer.BadParameter("a workbook and --against go together")
    if file is not None and against is not None:
        of_file(file, against, cycle, output, language, with_pdf=pdf)
        return
    if cycle is None:
        raise typer.BadParameter("say which cycle: --cycle NAME")
    of_members(cycle, member or [], publication, output, language, all_members=all_members, with_pdf=pdf)


@app.command()
def restore(
    name: Annotated[str, typer.Argument(help="Name of the earlier publication, as pmm publications lists it.")],
    cycle: CycleName,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; pmm status and pmm publications show it.")] = "",
) -> None:
    """Bring a cycle's figures back as an earlier publication had them; other cycles stay as they are.

    Exit code 0: published; 1: nothing was published; 2: there is no such publication or cycle.
    """
    from orchestration.cli.publications import restore as run

    run(name, cycle, reason)
