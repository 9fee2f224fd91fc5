"""Runs one line of the command and turns what goes wrong into sentences and an exit status."""

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import partial
from time import monotonic
from typing import cast

import typer.main
from typer.exceptions import TyperException

from khuyencong.cli import app
from khuyencong.cli.call import Call, shipped_names
from khuyencong.cli.hoisting import hoist
from khuyencong.cli.naming import named
from khuyencong.cli.printing import Printer
from khuyencong.cli.usage_words import usage_words
from khuyencong.logs import Log, Mode, new_request
from khuyencong.settings import read_settings
from language.catalogue import DEFAULT, LANGUAGES
from shapes.errors import BadSetting
from shapes.naming import names_of
from shapes.problems import USAGE, Problem, internal, problem_of, wrong_usage
from store.errors import StorageFault

#: Problems of a proposal that was found.
_OF_PROPOSALS = ("not-owner", "no-such-action", "stale-proposal", "conditions-unmet", "key-reused")


def run(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """The exit status of a call: 0 done, 1 refused or a check failed, 2 wrong usage, 3 a part unreachable.

    Reasons go to standard error, one a line; with ``--json`` also as a problem document to standard output.
    What nobody raised on purpose is a bug and leaves as it is, with its traceback; with ``--json`` standard output
    still holds one problem document (``/problems/internal``).
    """
    line = hoist(words)
    try:
        settings = read_settings(environment)
    except BadSetting as error:
        printer = Printer(as_json="--json" in line, lang=_lang(line, DEFAULT))
        return _refuse(printer, problem_of(error, lang=printer.lang, names=shipped_names))
    call = Call(settings, Printer(as_json="--json" in line, lang=_lang(line, settings.language)))
    try:
        return _logged(call, line)
    finally:
        call.close()


def _logged(call: Call, line: list[str]) -> int:
    """Runs the line and logs how it ended; the code of a proposal only where there is one of that code."""
    log = call.log = Log(mode=cast("Mode", call.settings.log or "off"), request=new_request())
    action, code = named(typer.main.get_command(app), line)
    began = monotonic()
    try:
        status, outcome = _run(call, line)
    except BaseException as error:
        log.line(action, outcome="broken", seconds=monotonic() - began, figures={"error": type(error).__name__})
        raise
    known = code if outcome in ("done", *_OF_PROPOSALS) else ""
    log.line(action, outcome=outcome, code=known, seconds=monotonic() - began, figures={"exit": status})
    return status


def _lang(line: Sequence[str], default: str) -> str:
    """The language asked for, where it is one; a wrong one is refused when the command line is read."""
    asked = next((line[at + 1] for at, word in enumerate(line[:-1]) if word == "--lang"), "")
    joined = next((word.removeprefix("--lang=") for word in line if word.startswith("--lang=")), asked)
    return joined if joined in LANGUAGES else default


def _run(call: Call, line: list[str]) -> tuple[int, str]:
    """The exit status, and how it ended in a word: ``done``, or the name of the problem."""
    try:
        status = _run_line(call, line)
    except TyperException as error:
        if not call.printer.as_json and type(error).__name__ == "NoArgsIsHelpError":  # Typer does not export it.
            sys.stderr.write(f"{error.format_message()}\n")
            return USAGE, "wrong-usage"
        said = wrong_usage(usage_words(error, call.printer.lang), lang=call.printer.lang)
        return _refuse(call.printer, said), "wrong-usage"
    except typer.Abort:
        return USAGE, "aborted"
    except Exception as error:
        problem = problem_of(error, lang=call.printer.lang, names=partial(_names, call))
        if problem is None and not call.printer.as_json:
            raise
        if problem is None:
            traceback.print_exc()
            problem = internal(lang=call.printer.lang)
        return _refuse(call.printer, problem), problem.name
    return (status, "check-failed") if isinstance(status, int) and status else (0, "done")


def _run_line(call: Call, line: list[str]) -> object:
    return typer.main.get_command(app).main(line, prog_name="khuyencong", standalone_mode=False, obj=call)


def _names(call: Call, role: str, agency: str) -> tuple[str, str]:
    """How a role and an agency are called by the installation's registers, else by the shipped ones."""
    try:
        return names_of(call.law(), call.today, role, agency)
    except StorageFault:
        return shipped_names(role, agency)


def _refuse(printer: Printer, problem: Problem | None) -> int:
    if problem is None:
        return USAGE
    printer.problem(problem)
    return problem.exit_status
