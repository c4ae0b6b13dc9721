"""Version of a step's code: a hash over the modules and data files that decide the bytes of its output.

The version is part of a step's cache key. It follows the imports from the step's module through the package. A Python module
counts by its syntax tree without docstrings, so comments, blank lines and formatting do not change the version. Modules that
cannot change the output are listed in :data:`OUTSIDE`.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "attune"

_RUNNER = "runs a step and records the run; what it writes into the output is written again on every run"
# Modules and packages that no cache key covers, each with the reason. They are not followed either.
OUTSIDE: Mapping[str, str] = {
    "attune": "the version number of the package",
    "attune.reporting": "pages and charts: a resumed step renders its page again",
    "attune.config": "parameter models: the values are in the cache key",
    "attune.runtime.progress": "progress display",
    "attune.runtime.logs": "logs",
    "attune.runtime.resources": "measures memory",
    "attune.runtime.audit_trail": "audit trail",
    "attune.runtime.watchdog": "parent-death watchdog: stops processes, writes nothing",
    "attune.runtime.code_version": "computes the version itself",
    "attune.records.lineage": _RUNNER,
    "attune.runtime.run_step": _RUNNER,
    "attune.runtime.cache_key": _RUNNER,
    "attune.runtime.registry": "titles and traits of the steps; what of them matters is in the cache key",
}
# Exceptions: what lies in those packages, yet decides bytes.
_INSIDE = frozenset({"attune.config.vocabulary", "attune.config.yaml_file"})
# Modules of these names render pages, wherever they are; see OUTSIDE["attune.reporting"].
_PAGE_NAMES = ("report", "pages")
_PAGE_SUFFIXES = ("_report", "_page")


@dataclass(frozen=True)
class Reach:
    """What a cache key covers.

    Attributes:
        modules: the file of each module, by module name.
        data: data files that these modules name.
        outside: modules that they import and that :data:`OUTSIDE` leaves out.
    """

    modules: Mapping[str, Path]
    data: frozenset[Path]
    outside: frozenset[str]

    @property
    def files(self) -> set[Path]:
        """All files that count: Python modules and data files."""
        return {*self.modules.values(), *self.data}


@functools.cache
def code_version(*modules: str) -> str:
    """Version of the code of ``modules``: hex SHA-256, 16 digits.

    Args:
        modules: dotted names to start from. A module outside of attune (a step of your own) must be imported already.
    """
    reach = reached(*modules)
    parts = [(name, _normalized_digest(path)) for name, path in reach.modules.items()]
    parts += [(_relative(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in reach.data]
    return hashlib.sha256("".join(f"{name}\0{digest}\n" for name, digest in sorted(parts)).encode()).hexdigest()[:16]


def reached(*modules: str) -> Reach:
    """Follow the imports of ``modules`` inside attune, those inside functions too.

    An ``import`` under ``if TYPE_CHECKING:`` is not followed, because it never runs. A package's ``__init__.py`` counts with
    each module below it, unless it is empty. A data file counts when a reached module in the same folder or a folder above
    uses its name, or that of a folder between, as part of a path: ``Path(__file__).with_name("words.json")``.
    """
    files: dict[str, Path] = {}
    data: set[Path] = set()
    outside: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = _source(name)
        if path is None or name in files:
            continue
        if reason_outside(name):
            outside.add(name)
            continue
        tree = _parsed(path)
        if tree.body:
            files[name] = path
            data.update(_named_data_files(tree, path))
        waiting.extend(_imports(tree))
        waiting.extend(_parents(name))
    return Reach(files, frozenset(data), frozenset(outside))


def reason_outside(module: str) -> str | None:
    """Why no cache key covers ``module``; None if the keys of the steps that import it do."""
    if not _inside_package(module) or module in _INSIDE:
        return None
    if module in OUTSIDE:
        return OUTSIDE[module]
    last = module.rsplit(".", 1)[-1]
    if last in _PAGE_NAMES or last.endswith(_PAGE_SUFFIXES):
        return OUTSIDE[f"{PACKAGE}.reporting"]
    return next((reason for name, reason in OUTSIDE.items() if name != PACKAGE and module.startswith(f"{name}.")), None)


def normalized_source(source: bytes) -> str:
    """The syntax tree of Python source as text, without docstrings, comments and positions."""
    return ast.dump(_without_docstrings(ast.parse(source)))


@functools.cache
def _normalized_digest(path: Path) -> str:
    return hashlib.sha256(ast.dump(_parsed(path)).encode()).hexdigest()


@functools.cache
def _parsed(path: Path) -> ast.Module:
    return _without_docstrings(ast.parse(path.read_bytes()))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    """Remove every statement that is only a string: docstrings, also those below attributes."""
    for node in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            statements = getattr(node, block, None)
            if isinstance(statements, list):
                setattr(node, block, [statement for statement in statements if not _is_string_statement(statement)])
    return tree


def _is_string_statement(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _imports(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if _inside_package(name)}


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below ``node`` but the bodies of ``if TYPE_CHECKING:``."""
    yield node
    skipped = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    children: Iterable[ast.AST] = node.orelse if skipped and isinstance(node, ast.If) else ast.iter_child_nodes(node)
    for child in children:
        yield from _executed(child)


def _named_data_files(tree: ast.Module, path: Path) -> set[Path]:
    if not path.is_relative_to(_package_root()):
        return set()
    names = _path_parts(tree)
    return {file for file in _data_files(path.parent) if names.intersection(file.relative_to(path.parent).parts)}


def _path_parts(tree: ast.Module) -> set[str]:
    """Strings that a module uses as parts of paths: ``folder / "name"``, ``with_name("name")``, ``joinpath("name")``."""
    parts: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            parts.append(node.right)
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"with_name", "joinpath"}
        ):
            parts.extend(node.args)
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


@functools.cache
def _data_files(folder: Path) -> frozenset[Path]:
    """Files in ``folder`` and below that are neither Python nor hidden."""
    found = (file for file in folder.rglob("*") if file.suffix not in {".py", ".pyc"} and file.is_file())
    return frozenset(
        file for file in found if not any(part.startswith((".", "__pycache__")) for part in file.relative_to(folder).parts)
    )


def _parents(module: str) -> list[str]:
    """The packages around a module: importing it runs their ``__init__.py``."""
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))] if parts[0] == PACKAGE else []


def _source(module: str) -> Path | None:
    """The file of a module; None where there is none, as for a name inside a module."""
    if not _inside_package(module):
        file = getattr(sys.modules.get(module), "__file__", None)
        return Path(file) if file else None
    path = _package_root().joinpath(*module.split(".")[1:])
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _inside_package(module: str) -> bool:
    return module == PACKAGE or module.startswith(f"{PACKAGE}.")


def _relative(path: Path) -> str:
    return path.relative_to(_package_root()).as_posix()


def _package_root() -> Path:
    return Path(__file__).parents[1]
