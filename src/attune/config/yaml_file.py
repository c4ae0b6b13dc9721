"""YAML parsing in which a duplicate key is an error, and a small file cannot stand for a huge one.

PyYAML silently keeps the last value of a duplicate key. An alias repeats what its anchor names; a few nested ones stand for
billions of nodes, so the nodes are counted, with those that aliases repeat, before anything is made of them.
"""

from __future__ import annotations

from typing import Any

import yaml

MOST_CHARACTERS = 1 << 22
MOST_NODES = 100_000  # with those that aliases repeat
DEEPEST = 64


class _Loader(yaml.SafeLoader):
    """The safe loader, without duplicate keys and within the limits."""

    def __init__(self, stream: str | bytes) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise yaml.composer.ComposerError(None, None, f"is nested more than {DEEPEST} levels deep", self.get_mark())
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_document(self, node: yaml.Node) -> Any:
        _count(node, {})
        return super().construct_document(node)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for name, _ in node.value:
            # A key that `<<` merges in may be overridden.
            if name.tag == "tag:yaml.org,2002:merge" or not isinstance(name, yaml.ScalarNode):
                continue
            key = self.construct_object(name)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name.value} is given twice; remove one", name.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _count(node: yaml.Node, known: dict[int, int]) -> int:
    """The number of nodes of a tree in which each alias counts with all that it repeats.

    Raises:
        yaml.YAMLError: there are more than :data:`MOST_NODES`, or an alias names what it is in.
    """
    if id(node) in known:
        if not known[id(node)]:
            raise yaml.composer.ComposerError(None, None, "an alias names what it is in", node.start_mark)
        return known[id(node)]
    known[id(node)] = 0  # it is being counted
    if isinstance(node, yaml.MappingNode):
        children = [part for pair in node.value for part in pair]
    else:
        children = node.value if isinstance(node, yaml.SequenceNode) else []
    total = 1
    for child in children:
        total += _count(child, known)
        if total > MOST_NODES:
            raise yaml.composer.ComposerError(
                None, None, f"stands for more than {MOST_NODES:,} values, with those that aliases repeat", node.start_mark
            )
    known[id(node)] = total
    return total


def load_yaml(text: str | bytes) -> Any:
    """Parse a YAML document.

    Raises:
        yaml.YAMLError: it is no YAML, a mapping has a duplicate key, it is beyond the limits, or a value cannot be represented.
    """
    if len(text) > MOST_CHARACTERS:
        raise yaml.YAMLError(f"has {len(text):,} characters, at most {MOST_CHARACTERS:,} are read")
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a subclass of the safe loader
    except (ValueError, OverflowError, RecursionError, TypeError) as error:
        # A number of thousands of digits, a 13th month, a list as a key: PyYAML lets Python's own error through.
        if isinstance(error, UnicodeDecodeError):
            raise
        raise yaml.YAMLError(f"has a value that cannot be represented ({type(error).__name__})") from None
