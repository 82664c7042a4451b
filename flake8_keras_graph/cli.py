"""The ``keras-graph`` command: what it takes, and how it ends.

Exit status: 0 nothing found at or above ``--fail-on``, 1 findings, 2 wrong use or an error of ours.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flake8_keras_graph import __version__, config, failure

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

WRONG_USE = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; nothing but argparse's own exits is raised."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a letter is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    arguments = _parser().parse_args(argv)
    try:
        config.use(getattr(arguments, "config", None))
        # Only the command that is run is imported: measuring needs packages that checking does not.
        run: Callable[[argparse.Namespace], int] = importlib.import_module(arguments.module).run
        status = run(arguments)
        sys.stdout.flush()
        return status
    except config.ConfigError as error:
        return _failed(str(error))
    except BrokenPipeError:  # the reader has seen enough: keras-graph check | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("keras-graph: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("KERAS_GRAPH_TRACEBACK"):
            raise
        return _failed(f"{failure.describe(error)} (KERAS_GRAPH_TRACEBACK=1 shows where it came from)")


def _failed(message: str) -> int:
    print(f"keras-graph: error: {message}", file=sys.stderr)
    return WRONG_USE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keras-graph",
        description="Find what Python in a Keras call does to the compiled graph, and measure what it costs.",
        epilog="Exit status: 0 nothing found at or above --fail-on, 1 findings, 2 wrong use or an error of ours.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_add_check, _add_fix, _add_explain, _add_measure, _add_rank):
        add(commands)
    return parser


def _add_check(commands: Commands) -> None:
    command = _command(commands, "check", "report findings in files and folders")
    _add_paths(command, stdin=True)
    _add_rules(command)
    command.add_argument(
        "--format",
        choices=("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"),
        default="text",
        help="how findings are written: text with the lines of source, concise with a line each (%(default)s)",
    )
    command.add_argument(
        "--jobs",
        type=_jobs,
        default=0,
        metavar="N",
        help="processes to check with; auto (the default) starts them where there are many files",
    )
    command.add_argument(
        "--stdin-display-name",
        default="stdin",
        metavar="NAME",
        help="the path of what is read from stdin, for imports, configuration and messages",
    )
    command.add_argument(
        "--no-cache", action="store_true", help="check files anew that have not changed, and remember nothing"
    )
    command.add_argument(
        "--no-evidence", action="store_true", help="say nothing of what was measured, and show what it shows to be free"
    )
    _add_gate(command)
    _add_known(command)
    command.add_argument("--statistics", action="store_true", help="only count the findings of each rule")
    command.add_argument("--output-file", metavar="FILE", help="write the findings to FILE instead of stdout")
    command.add_argument("-q", "--quiet", action="store_true", help="no summary on stderr")


def _add_fix(commands: Commands) -> None:
    command = _command(commands, "fix", "fix findings in place, the safe way")
    _add_paths(command)
    _add_rules(command)
    command.add_argument("--diff", action="store_true", help="print a unified diff and change nothing")
    _add_gate(command)
    command.add_argument("--unsafe", action="store_true", help="also fixes that may change meaning on some input")
    command.add_argument(
        "--verify", action="store_true", help="run both versions and make only fixes that compute the same"
    )
    command.add_argument(
        "--functional", metavar="NAME", help="print the functional builder of one model instead; changes nothing"
    )
    command.add_argument(
        "--with-training",
        action="store_true",
        help="with --functional: let layers act in training though `call` takes no `training`, which Keras 3 fits as "
        "in inference",
    )


def _add_explain(commands: Commands) -> None:
    command = _command(commands, "explain", "list the rules, show a rule's page, or why a line has its findings")
    command.add_argument(
        "what",
        nargs="?",
        metavar="CODE | FAMILY | PATH:LINE",
        help="a rule's code or name, the beginning of codes (KG3), or a place; all rules without it",
    )
    _add_config(command)
    _add_keras(command)


def _add_measure(commands: Commands) -> None:
    command = _command(commands, "measure", "run models and measure what their findings cost")
    command.epilog = (
        "How a model is built and fed is taken from [[tool.keras-graph.model]] tables in pyproject.toml, from literal "
        "constructions in the code, or guessed, and then marked so. What was measured is kept in "
        ".keras-graph/evidence.json, where check, flake8 and rank read it. "
        "Exit status: 0 nothing left to report at or above --fail-on, 1 findings, 2 wrong use or an error, "
        "130 interrupted."
    )
    _add_paths(command)
    _add_keras(command)
    command.add_argument("--all", action="store_true", help="also the models that have no finding")
    command.add_argument(
        "--model", action="append", default=[], metavar="NAME", help="only this class (can be repeated)"
    )
    command.add_argument(
        "--device", choices=("cpu", "gpu", "all"), default="cpu", help="where to run each; all is both (%(default)s)"
    )
    command.add_argument("--steps", type=_positive, metavar="N", help="training steps to rank for (1000)")
    command.add_argument("--budget", type=_seconds, metavar="SECONDS", help="time for one model on one device (60)")
    command.add_argument(
        "--shard", type=_shard, metavar="K/N", help="only part K of N, for N machines that share the work"
    )
    command.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="send each model to a worker of the dask.distributed cluster that has its scheduler at ADDRESS",
    )
    command.add_argument(
        "--fresh", action="store_true", help="begin again, where the same command would go on after an interruption"
    )
    command.add_argument("--json", metavar="FILE", help="write everything to FILE; - for stdout")
    command.add_argument("--html", metavar="FILE", help="write the report as a page to FILE; - for stdout")
    _add_tables(command)
    _add_gate(command)


def _add_rank(commands: Commands) -> None:
    command = _command(commands, "rank", "rank findings by what was measured of them")
    _add_paths(command)
    _add_rules(command)
    command.add_argument(
        "--evidence",
        action="append",
        default=[],
        metavar="FILE",
        help="first merge FILE, an evidence file of another machine, into the project's (can be repeated)",
    )
    command.add_argument("--steps", type=_positive, metavar="N", help="training steps to rank for (1000)")
    command.add_argument("--json", metavar="FILE", help="write the ranking to FILE; - for stdout")
    _add_tables(command)
    _add_gate(command)


def _command(commands: Commands, name: str, purpose: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
    command.set_defaults(module=f"flake8_keras_graph.commands.{name}")
    return command


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config",
        metavar="FILE",
        help="the file whose table [tool.keras-graph] holds for everything (the nearest pyproject.toml of each path)",
    )


def _add_paths(command: argparse.ArgumentParser, stdin: bool = False) -> None:
    _add_config(command)
    kinds = "files, folders, or - for stdin" if stdin else "files or folders"
    command.add_argument("paths", nargs="*", default=["."], metavar="PATH", help=f"{kinds} (.)")
    command.add_argument(
        "--exclude",
        type=_patterns,
        action="extend",
        default=[],
        metavar="PATTERNS",
        help="more names or paths to leave out, separated by commas",
    )
    command.add_argument(
        "--no-respect-gitignore", action="store_true", help="also files in folders that .gitignore leaves out"
    )


def _add_rules(command: argparse.ArgumentParser) -> None:
    for option, purpose in (("--select", "only these"), ("--ignore", "not these")):
        command.add_argument(
            option,
            type=_codes,
            action="extend",
            default=[],
            metavar="CODES",
            help=f"{purpose}: codes or their beginnings, separated by commas",
        )
    _add_keras(command)


def _add_known(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--baseline", metavar="FILE", help="pass what FILE knows of: only new findings are given, and what is gone goes"
    )
    command.add_argument(
        "--update-baseline", action="store_true", help="write the findings of this run into the file of --baseline"
    )
    command.add_argument(
        "--diff", metavar="REV", help="only findings on lines that changed since the git revision REV and HEAD parted"
    )
    command.add_argument(
        "--min-slowdown",
        type=_ratio,
        metavar="R",
        help="leave out what was measured to cost less than R times what its rule advises, such as 1.1",
    )
    command.add_argument(
        "--add-noqa",
        action="store_true",
        help="silence the findings by comments on their lines, instead of giving them",
    )


def _add_tables(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--markdown", metavar="FILE", help="write the ranking as a comment on a pull request to FILE; - for stdout"
    )
    command.add_argument("--csv", metavar="FILE", help="write the ranking as a table to FILE; - for stdout")


def _add_gate(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--fail-on",
        choices=("error", "warning", "note"),
        default="warning",
        help="the mildest level of a finding that makes the exit status 1 (%(default)s)",
    )
    command.add_argument("--exit-zero", action="store_true", help="exit with 0 whatever is found")


def _add_keras(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--keras",
        choices=("auto", "2", "3"),
        help="whose semantics hold; auto: of what the file imports and its project allows (auto)",
    )


def _patterns(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _codes(text: str) -> tuple[str, ...]:
    try:
        return config.code_prefixes(_patterns(text))
    except config.ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    try:
        return config.at_least_one(int(text))
    except (ValueError, config.ConfigError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1") from None


def _shard(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    try:
        parts = config.at_least_one(int(number)), config.at_least_one(int(count))
    except (ValueError, config.ConfigError):
        raise argparse.ArgumentTypeError(f"{text!r} is not K/N, such as 1/4") from None
    if parts[0] > parts[1]:
        raise argparse.ArgumentTypeError(f"{text!r}: there is no part {parts[0]} of {parts[1]}")
    return parts


def _seconds(text: str) -> float:
    try:
        return config.seconds(float(text))
    except (ValueError, config.ConfigError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0") from None


def _ratio(text: str) -> float:
    try:
        return config.ratio(float(text))
    except (ValueError, config.ConfigError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a ratio from 1") from None


def _jobs(text: str) -> int:
    return 0 if text == "auto" else _positive(text)
