"""What commands share: the consoles, and how a command ends whose input can't be used."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from orchestration.inputs.records import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.inputs.home import Home
    from orchestration.publication.kept import Publication
    from orchestration.report.language import Language

NO_CYCLE = "There is no cycle yet: pmm sample makes sample cycles, pmm new-cycle a real one."


# A sentence is one line, so that it can be searched for and piped; the terminal folds it. Tables
# are printed with soft_wrap=False, since they need the width.
@cache
def out() -> Console:
    """Standard output."""
    return Console(highlight=False, soft_wrap=True)


@cache
def err() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def plain(text: str) -> str:
    """Text of a stranger: never taken for markup, and nothing in it reaches the terminal that is not to be seen."""
    return escape("".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text))


def refuse(why: str) -> NoReturn:
    """End the command with exit code 2, and say why."""
    err().print(why, style="bold red", markup=False)
    raise typer.Exit(2)


def language_of(code: str) -> Language:
    """The language of pages that somebody asks for by its two letters; the command ends where there is none."""
    from orchestration.report.language import languages

    codes = {one.code: one for one in languages()}
    if code not in codes:
        refuse(f"There are no pages in {code!r}; there are {', '.join(codes)}.")
    return codes[code]


def publication_of(home: Home, name: str | None) -> Publication:
    """An earlier publication that somebody asks for by its name, or the current one; the command ends where there is none."""
    from orchestration.publication import kept

    with input_errors():
        publication = kept.get_publication(home, name) if name else kept.current(home)
    if publication is None:
        refuse("Nothing was published yet: pmm refresh --cycle NAME.")
    return publication


@contextmanager
def input_errors() -> Iterator[None]:
    """End the command with exit code 2 and every problem, if an input file can't be used."""
    try:
        yield
    except InputError as error:
        err().print(f"[bold red]{plain(error.what)}[/bold red]")
        for problem in error.problems:
            err().print(f"  - {plain(str(problem))}")
        raise typer.Exit(2) from None
