"""Hashes of files and folders, whatever store they stand in."""

from __future__ import annotations

import hashlib

from attune.errors import UsageError
from attune.storage.files import exists, is_file, join, read_chunks, walk


def sha256_bytes(content: bytes) -> str:
    """Hex SHA-256 of ``content``."""
    return hashlib.sha256(content).hexdigest()


def sha256_file(uri: str) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    for chunk in read_chunks(uri):
        digest.update(chunk)
    return digest.hexdigest()


def fingerprint(uri: str) -> str:
    """A hash that changes when what stands at ``uri`` changes.

    A folder that describes itself (``_shards.json`` or ``manifest.json`` hold the hashes of everything in it) is known by
    that description; any other folder by the names and contents of its files; a file by its content.
    """
    for description in ("_shards.json", "manifest.json"):
        if exists(join(uri, description)):
            return sha256_file(join(uri, description))
    if not exists(uri):
        raise UsageError(f"{uri}: no such file or folder; check the path or run the step that writes it")
    if is_file(uri):
        return sha256_file(uri)
    return hash_of_all(uri)


def hash_of_all(uri: str) -> str:
    """A hash over the names and contents of all files in a folder, whatever it says of itself."""
    digest = hashlib.sha256()
    for name in walk(uri):
        digest.update(f"{name}\0{sha256_file(join(uri, name))}\n".encode())
    return digest.hexdigest()
