"""What is read runs no code: every call in the package that could load some says that it must not."""

from __future__ import annotations

import ast
from pathlib import Path

from attune.modeling.encoding import WEIGHTS_ALONE

SOURCE = Path(__file__).parents[2] / "src" / "attune"
# Modules that import by name, and what names it: the package's own registry of steps, its help, and the operator's choice.
BY_NAME = {"attune.cli.main", "attune.runtime.cache_key", "attune.runtime.registry", "attune.runtime.run_step"}
OWN_LOADERS = "attune.steps.ingest.own_loaders"


def calls() -> list[tuple[str, str, ast.Call]]:
    """Module, called name, and call, of every call in the package."""
    found = []
    for file in sorted(SOURCE.rglob("*.py")):
        module = ".".join(file.relative_to(SOURCE.parent).with_suffix("").parts)
        nodes = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
        found += [(module, ast.unparse(node.func), node) for node in nodes]
    return found


def said(call: ast.Call, keyword: str) -> str:
    values = {item.arg: ast.unparse(item.value) for item in call.keywords}
    return values.get(keyword, str(WEIGHTS_ALONE.get(keyword)) if values.get(None) == "WEIGHTS_ALONE" else "")


def test_no_code_that_comes_with_a_model_is_run() -> None:
    loads = [
        (module, name, call)
        for module, name, call in calls()
        if (name.endswith(".from_pretrained") and not name.startswith("PeftModel.")) or name in {"HFLM", "pipeline"}
    ]
    assert len(loads) >= 6
    for module, name, call in loads:
        assert said(call, "trust_remote_code") == "False", f"{module}: {name}, line {call.lineno}"
        if "Model" in name:
            assert said(call, "use_safetensors") == "True", f"{module}: {name}, line {call.lineno}"
    for module, name, call in calls():
        if name in {"torch.load", "load_optimizer"}:
            assert said(call, "weights_only") == "True", f"{module}, line {call.lineno}"


def test_nothing_that_is_read_is_unpickled_evaluated_or_imported_by_name() -> None:
    for module, name, call in calls():
        assert name not in {"eval", "exec", "compile", "__import__", "yaml.unsafe_load", "yaml.full_load"}, f"{module}: {name}"
        assert not name.startswith(("pickle.", "marshal.", "shelve.", "dill.", "joblib.")), (
            f"{module}: {name}, line {call.lineno}"
        )
        if name == "yaml.load":
            assert module == "attune.config.yaml_file", "the one loader, a subclass of the safe one"
        if name.endswith("import_module") and not isinstance(call.args[0], ast.Constant):
            assert module in BY_NAME, f"{module}: {name}, line {call.lineno}"
        if name.endswith(("spec_from_file_location", "exec_module")):
            assert module == OWN_LOADERS, f"{module}: {name}, line {call.lineno}"
        if name in {"numpy.load", "np.load"}:
            assert said(call, "allow_pickle") in {"", "False"}, f"{module}, line {call.lineno}"
