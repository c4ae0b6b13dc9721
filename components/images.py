"""The image that each component runs in: ``<prefix>attune-<step>:<tag>``, set where the pipeline is compiled."""

from __future__ import annotations

import os

from attune import __version__

PREFIX_VARIABLE = "ATTUNE_IMAGE_PREFIX"
TAG_VARIABLE = "ATTUNE_IMAGE_TAG"


def image(step: str) -> str:
    """The image of ``step``: ``ATTUNE_IMAGE_PREFIX`` (a registry with its final slash) and ``ATTUNE_IMAGE_TAG`` count."""
    tag = os.environ.get(TAG_VARIABLE, __version__)
    separator = "" if tag.startswith("@") else ":"  # a digest is pinned as @sha256:…
    return f"{os.environ.get(PREFIX_VARIABLE, '')}attune-{step}{separator}{tag}"
