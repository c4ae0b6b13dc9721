"""Writes the software bill of materials of the locked run-time dependencies as CycloneDX JSON: ``make sbom``.

It is made from ``requirements.lock`` and ``requirements-torch.lock``, so it says what an installation may hold, with the hashes
of the files where the lock has them. It has no serial number and no time, so the same locks give the same bytes. Licenses are
those that the packages installed here declare; a package that is not installed, such as one for another system, has none.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tools.lock import ROOT, RUNTIME, TORCH, entries

_ENTRY = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^ ;\\\n]+)(?: ; (?P<marker>[^\\\n]+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def main(arguments: Sequence[str]) -> int:
    """Write the bill of materials to the file ``arguments[0]``; returns the exit code."""
    target = Path(arguments[0])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bill_of_materials([(ROOT / name).read_text("utf-8") for name in (RUNTIME, TORCH)]), encoding="utf-8")
    sys.stdout.write(f"wrote {target}\n")
    return 0


def bill_of_materials(locks: Sequence[str]) -> str:
    """The CycloneDX document of the packages in lock files."""
    found = [component(entry) for lock in locks for entry in entries(lock)]
    product = Component(type=ComponentType.APPLICATION, name="attune", version=_version(), bom_ref="attune")
    product.licenses.add(LicenseFactory().make_from_string("Apache-2.0"))
    bom = Bom(components=found)
    bom.metadata.component = product
    bom.register_dependency(product, found)
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    del document["serialNumber"], document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def component(entry: str) -> Component:
    """The component of an entry of a lock file."""
    parsed = _ENTRY.match(entry)
    assert parsed is not None, entry
    name, version, marker = parsed["name"], parsed["version"], parsed["marker"]
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in _HASH.findall(entry)]
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION, url=XsUri(f"https://pypi.org/project/{name}/{version}/#files"), hashes=hashes
    )
    purl = PackageURL("pypi", name=name, version=version)
    made = Component(type=ComponentType.LIBRARY, name=name, version=version, purl=purl, bom_ref=str(purl))
    made.external_references.add(files)
    if marker:
        made.properties.add(Property(name="attune:marker", value=marker.strip()))
    made.licenses.update(_license(name))
    return made


def _license(name: str) -> list[License]:
    """The license that an installed package declares, as an SPDX expression or by its name."""
    try:
        declared = metadata(name)
    except PackageNotFoundError:
        return []
    stated = [value for field in ("License-Expression", "License") for value in declared.get_all(field) or ()]
    short = [value for value in stated if value and len(value) < 80]
    classifiers = [
        value.rsplit(" :: ", 1)[-1] for value in declared.get_all("Classifier") or () if value.startswith("License ::")
    ]
    chosen = [*short, *classifiers][:1]
    return [LicenseFactory().make_from_string(value.strip()) for value in chosen]


def _version() -> str:
    text = (ROOT / "src" / "attune" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    assert found is not None
    return found[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
