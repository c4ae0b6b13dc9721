"""YAML as people write it: a key that stands twice is an error, where YAML itself takes the last one in silence."""

from __future__ import annotations

from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """The safe loader, without duplicate keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for name, _ in node.value:
            # What `<<` brings may be said anew; that is what it is for.
            if name.tag == "tag:yaml.org,2002:merge" or not isinstance(name, yaml.ScalarNode):
                continue
            key = self.construct_object(name)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name.value} stands there twice; remove one", name.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_yaml(text: str | bytes) -> Any:
    """The values of a YAML document. Raises yaml.YAMLError also where a mapping names a key twice."""
    return yaml.load(text, _Loader)  # noqa: S506 - a subclass of the safe loader
