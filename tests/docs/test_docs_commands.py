"""What the documentation names exists: commands, options, parameters, make targets, imports, files, links; some is run."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from doc_pages import ANYTHING, REPOSITORY, SHELL, Block, Command, Page, pages, split_commands

from attune.cli.main import COMMANDS, app
from attune.config.params import Params

PAGES = pages()
CHECKED_FOLDERS = {
    "attune",
    "benchmarks",
    "components",
    "docs",
    "images",
    "pipelines",
    "prompts",
    "sample",
    "sources",
    "src",
    "tests",
    "tools",
}
# Options that pages explain alone, of programs that are not ours: dvc gc, transformers serve.
OTHER_PROGRAMS = {"--workspace", "--continuous-batching"}
FILE_ENDINGS = {"csv", "db", "html", "json", "jsonl", "md", "parquet", "py", "sql", "txt", "yaml", "yml"}
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
COLUMNS_OF_COUNTS = 6  # of the table of a run: step, rows in, kept, rejected, quarantined, after an empty one

Problem = tuple[int, str]
by_page = pytest.mark.parametrize("page", PAGES, ids=str)


def fail_with(page: Page, problems: Iterable[Problem]) -> None:
    found = [f"{page}:{line}: {problem}" for line, problem in sorted(set(problems))]
    if found:
        pytest.fail("\n" + "\n".join(found), pytrace=False)


# Commands of attune


@cache
def root() -> Any:
    return typer.main.get_command(app)


def options_of(command: Any) -> set[str]:
    return {name for item in command.params for name in (*item.opts, *item.secondary_opts) if name.startswith("-")} | {"--help"}


@cache
def all_options() -> frozenset[str]:
    found: set[str] = set()
    waiting = [root(), *(root().get_command(None, name) for group in COMMANDS.values() for name in group)]
    while waiting:
        command = waiting.pop()
        found |= options_of(command)
        waiting += getattr(command, "commands", {}).values()
    return frozenset(found)


def problems_of_attune(words: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with an ``attune …`` command: a command or option that does not exist, or an unknown parameter."""
    command, path, rest = root(), "attune", list(words[1:])
    while rest and not rest[0].startswith("-") and hasattr(command, "get_command"):
        name = rest[0]
        if ANYTHING in name or name.isupper() or name == "...":
            return  # stands for any command
        found = command.get_command(None, name)
        if found is None:
            break
        command, path = found, f"{path} {rest.pop(0)}"
    default = getattr(command, "commands", {}).get("files")  # `attune redact FILE` is `attune redact files FILE`
    if default is not None and rest[:1] != ["--help"]:
        command = default
    elif rest and hasattr(command, "get_command") and not rest[0].startswith("-"):
        yield f"`{path}` has no command {rest[0]}"
        return
    known = options_of(command)
    for position, word in enumerate(rest):
        option, _, value = word.partition("=")
        if not option.startswith("-") or ANYTHING in option or re.fullmatch(r"-[\d.]*", option):
            continue
        if option not in known:
            yield f"`{path}` has no option {option}"
        if option in {"--set", "-s"}:
            yield from problems_of_setting(value or next(iter(rest[position + 1 :]), ""))


def problems_of_setting(text: str) -> Iterator[str]:
    key, equals, _ = text.partition("=")
    if equals and ANYTHING not in key and not key.isupper() and not is_key(key):
        yield f"there is no parameter {key}"


@by_page
def test_every_attune_command_and_option_that_a_page_names_exists(page: Page) -> None:
    fail_with(
        page,
        (
            (command.line, f"{problem}: {command.text}")
            for command in page.commands
            if command.program == "attune"
            for problem in problems_of_attune(command.words)
        ),
    )


@by_page
def test_every_option_that_a_page_names_alone_belongs_to_some_command(page: Page) -> None:
    scripts = "\n".join(path.read_text() for folder in ("benchmarks", "tools") for path in (REPOSITORY / folder).rglob("*.py"))
    named = ((line, re.match(r"--?[a-z][\w-]*", span)) for line, span in page.spans)
    fail_with(
        page,
        (
            (line, f"no command has the option {option[0]}")
            for line, option in named
            if option and option[0] not in all_options() | OTHER_PROGRAMS and f'"{option[0]}"' not in scripts
        ),
    )


@by_page
def test_every_parameter_that_a_page_names_exists(page: Page) -> None:
    named = [(line, key) for line, span in page.spans for key in parameter(span)]
    fail_with(page, ((line, f"there is no parameter {key}") for line, key in named if not is_key(key)))


def parameter(span: str) -> Iterator[str]:
    """The parameter that inline code names, such as ``dedupe.threshold`` or ``score.judge: llm``."""
    match = re.fullmatch(r"([a-z_]+)((?:\.[a-z_]+)+)(?:(?:=|: | = ).*)?", span)
    if match and match[1] in Params.model_fields and match[2].rsplit(".", 1)[1] not in FILE_ENDINGS:
        yield match[1] + match[2]


def is_key(key: str) -> bool:
    value: Any = Params()
    for part in key.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif part not in getattr(type(value), "model_fields", {}):
            return False
        else:
            value = getattr(value, part)
    return True


# make and python


@by_page
def test_every_make_target_and_variable_that_a_page_names_exists(page: Page) -> None:
    fail_with(
        page,
        (
            (command.line, f"{problem}: {command.text}")
            for command in page.commands
            if command.program == "make"
            for problem in problems_of_make(command.words)
        ),
    )


def problems_of_make(words: tuple[str, ...]) -> Iterator[str]:
    targets = re.findall(r"^([a-z][\w-]*%?):", MAKEFILE, re.MULTILINE)
    for word in words[1:]:
        name, is_variable, _ = word.partition("=")
        if is_variable:
            if f"$({name})" not in MAKEFILE and f",{name})" not in MAKEFILE:
                yield f"the Makefile has no variable {name}"
        elif ANYTHING not in word and not any(re.fullmatch(target.replace("%", ".+"), word) for target in targets):
            yield f"the Makefile has no target {word}"


@by_page
def test_every_python_file_module_and_import_that_a_page_names_exists(page: Page) -> None:
    problems = [
        (command.line, f"{problem}: {command.text}")
        for command in page.commands
        if re.fullmatch(r"python3?(\.\d+)?", command.program)
        for problem in problems_of_python(command)
    ]
    for block in page.blocks:
        if block.language == "python":
            problems += problems_of_code(block.text, block.line)
    problems += [(line, f"there is no {span}") for line, span in page.spans if is_dotted(span) and not exists(span)]
    fail_with(page, problems)


def problems_of_python(command: Command) -> Iterator[str]:
    arguments = list(command.words[1:])
    if arguments[:1] == ["-c"]:
        yield from (problem for _, problem in problems_of_code(arguments[1], 1))
        return
    if arguments[:1] == ["-m"]:
        path = file_of(arguments[1])
        if path is None:
            yield f"there is no module {arguments[1]}"
            return
        options = arguments[2:]
    elif arguments and arguments[0].endswith(".py"):
        path, options = REPOSITORY / arguments[0], arguments[1:]
        if not path.is_file():
            yield f"there is no file {arguments[0]}"
            return
    else:
        return
    if not path.is_relative_to(REPOSITORY) or path.is_relative_to(REPOSITORY / ".venv"):
        return
    source = path.read_text(encoding="utf-8")
    compile(source, str(path), "exec")
    for option in (word.partition("=")[0] for word in options):
        if re.match(r"--[a-z]", option) and f'"{option}"' not in source:
            yield f"{path.relative_to(REPOSITORY)} has no option {option}"


def file_of(module: str) -> Path | None:
    """The file that ``python -m module`` runs."""
    try:
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{module}.__main__")
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec is not None and spec.origin else None


def problems_of_code(text: str, first_line: int) -> Iterator[Problem]:
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        yield first_line + (error.lineno or 1) - 1, f"is not Python: {error.msg}"
        return
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (
            (first_line + node.lineno - 1, f"there is no {name} to import")  # type: ignore[attr-defined]
            for name in names
            if not exists(name)
        )


def is_dotted(span: str) -> bool:
    return bool(re.fullmatch(r"(attune|components|pipelines|sample|tools)(\.[A-Za-z_]\w*)+", span)) and (
        span.rsplit(".", 1)[1] not in FILE_ENDINGS
    )


@cache
def exists(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


# Links and files


@by_page
def test_every_link_of_a_page_leads_somewhere(page: Page) -> None:
    fail_with(page, ((line, problem) for line, target in page.links for problem in problems_of_link(page, target)))


def problems_of_link(page: Page, target: str) -> Iterator[str]:
    if re.match(r"[a-z]+:", target):
        return
    name, _, anchor = target.partition("#")
    path = (page.path.parent / name).resolve() if name else page.path
    if not path.exists():
        yield f"there is no {target}"
    elif anchor and anchor not in Page(path).anchors:
        yield f"no heading of {name or page} is #{anchor}"


@by_page
def test_every_file_of_the_repository_that_a_page_names_exists_and_has_what_is_named_of_it(page: Page) -> None:
    named = [(line, word) for line, span in page.spans for word in span.split(" ")[:1]]
    fail_with(page, ((line, problem) for line, word in named for problem in problems_of_path(word)))


def problems_of_path(word: str) -> Iterator[str]:
    """What is wrong with ``folder/file.py`` or ``folder/file.py:function``; ``<step>`` and ``*`` stand for any name."""
    folder, slash, _ = word.partition("/")
    if not slash or folder not in CHECKED_FOLDERS or "…" in word:
        return
    name, _, member = word.partition(":")
    pattern = re.sub(r"<\w+>", "*", name).rstrip("/")
    found = list(REPOSITORY.glob(pattern)) or list((REPOSITORY / "src").glob(pattern))
    if not found:
        yield f"there is no {name}"
    elif member and not any(defines(path, member) for path in found):
        yield f"{name} defines no {member}"


def defines(path: Path, member: str) -> bool:
    """Whether a Python file defines a function, class, constant or ``Class.method``; a line number is never wrong."""
    body: list[Any] = ast.parse(path.read_text(encoding="utf-8")).body if path.suffix == ".py" else []
    for part in member.removesuffix("()").split("."):
        found = [node for node in body if part in names_of(node)]
        if not found:
            return False
        body = getattr(found[0], "body", [])
    return True


def names_of(node: Any) -> set[str]:
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    if isinstance(node, ast.AnnAssign):
        return {node.target.id} if isinstance(node.target, ast.Name) else set()
    return {getattr(node, "name", "")}


def test_the_page_of_all_pages_links_every_page() -> None:
    targets = [target.partition("#")[0] for _, target in Page(REPOSITORY / "docs" / "README.md").links]
    linked = {(REPOSITORY / "docs" / target).resolve() for target in targets}
    missing = sorted(str(page) for page in PAGES if page.path.parent.name == "docs" and page.path not in linked)
    assert [name for name in missing if name != "docs/README.md"] == []


# What is run


def marked(marker: str) -> list[Block]:
    """The shell blocks below ``<!-- marker -->``."""
    return [block for page in PAGES for block in page.blocks if block.language in SHELL and block.marker == marker]


def place(block: Block) -> str:
    return f"{block.page}:{block.line}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that holds of the repository what a run reads, so that nothing is written into the repository."""
    for name in ("params.yaml", "sources", "prompts"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    return tmp_path


def run(block: Block, folder: Path) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = ["bash", "-euo", "pipefail", "-c", block.text]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{place(block)}: exit code {done.returncode}\n{block.text}\n{done.stdout}{done.stderr}", pytrace=False)
    return done.stdout


@pytest.mark.parametrize("block", marked("run"), ids=place)
def test_commands_marked_with_run_print_what_stands_below_them(block: Block, checkout: Path) -> None:
    following = [other for other in block.page.blocks if other.line > block.line]
    assert following, f"{place(block)}: no block of output follows"
    assert run(block, checkout).rstrip() == following[0].text.rstrip(), place(block)


@pytest.mark.slow
@pytest.mark.parametrize("block", marked("run slowly"), ids=place)
def test_commands_marked_with_run_slowly_print_what_stands_below_them_but_for_times(block: Block, checkout: Path) -> None:
    printed = run(block, checkout)
    following = [other for other in block.page.blocks if other.line > block.line]
    assert following, f"{place(block)}: no block of output follows"
    missing = [line for line in map(without_measurements, following[0].text.splitlines()) if line not in printed]
    if missing:
        pytest.fail(f"{place(block)}: never printed:\n" + "\n".join([*missing, "but:", printed]), pytrace=False)


def without_measurements(line: str) -> str:
    """A printed line without what differs between machines: lines and columns of seconds and memory."""
    if line.startswith("│"):
        return "│".join(line.split("│")[:COLUMNS_OF_COUNTS])
    return "" if re.search(r"^[┏┡└┃]|\d s\b|MiB|GiB", line) else line.rstrip()


def test_there_are_commands_of_both_kinds_to_run() -> None:
    assert marked("run")
    assert marked("run slowly")


# The tests themselves


@pytest.mark.parametrize(
    ("check", "text", "wrong"),
    [
        (problems_of_attune, "attune dedupe -i a -o b --set dedupe.threshold=0.9", False),
        (problems_of_attune, "attune dedupe -i a -o b --fast", True),
        (problems_of_attune, "attune dedup", True),
        (problems_of_attune, "attune dataset shows work", True),
        (problems_of_attune, "attune redact notes.txt --explain", False),
        (problems_of_attune, "attune score … -s score.treshold=6", True),
        (problems_of_attune, "attune <step> --help", False),
        (problems_of_make, "make run PIPELINE=dataset", False),
        (problems_of_make, "make image-dedupe", False),
        (problems_of_make, "make everything", True),
        (problems_of_make, "make demo SIZE=3", True),
    ],
)
def test_what_does_not_exist_is_found(check: Callable[[tuple[str, ...]], Iterator[str]], text: str, wrong: bool) -> None:
    (words,) = split_commands(text)
    assert bool(list(check(words))) == wrong


@pytest.mark.parametrize(
    ("word", "wrong"),
    [
        ("src/attune/runtime/cache_key.py:key_of", False),
        ("src/attune/records/shards.py:ShardSet.read", False),
        ("src/attune/runtime/cache_key.py:key_from", True),
        ("src/attune/core/engine.py", True),
        ("src/attune/steps/<step>/step.py", False),
    ],
)
def test_a_file_or_function_that_does_not_exist_is_found(word: str, wrong: bool) -> None:
    assert bool(list(problems_of_path(word))) == wrong
