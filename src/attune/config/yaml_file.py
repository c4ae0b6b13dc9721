"""YAML parsing in which a duplicate key is an error; PyYAML silently keeps the last value."""

from __future__ import annotations

from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """The safe loader, without duplicate keys."""

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


def load_yaml(text: str | bytes) -> Any:
    """Parse a YAML document. Raises yaml.YAMLError, also where a mapping has a duplicate key."""
    return yaml.load(text, _Loader)  # noqa: S506 - a subclass of the safe loader
