"""Signs documents with Ed25519 (RFC 8032), so that whoever has the public key can check them and nobody else can make them."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attune.errors import UsageError
from attune.records.shards import json_bytes
from attune.storage import parse_json
from attune.storage.secrets import read_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_FILE_VARIABLE = "ATTUNE_SIGNING_KEY_FILE"
_HOW = "make one with: umask 077; openssl genpkey -algorithm ed25519 -out signing.pem"


def signing_key() -> Ed25519PrivateKey:
    """The private key in the PEM file that ``ATTUNE_SIGNING_KEY_FILE`` names (a mounted secret).

    Raises:
        UsageError: it is not set, cannot be read, is open to others, or is no Ed25519 key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    file = os.environ.get(KEY_FILE_VARIABLE)
    if not file:
        raise UsageError(f"no key to sign with: set {KEY_FILE_VARIABLE} to a PEM file ({_HOW})")
    try:
        key = load_pem_private_key(read_private(file, KEY_FILE_VARIABLE), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UsageError(f"{KEY_FILE_VARIABLE}={file}: is no unencrypted private key in PEM; {_HOW}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{KEY_FILE_VARIABLE}={file}: is no Ed25519 key; {_HOW}")
    return key


def sign(document: Mapping[str, Any], key: Ed25519PrivateKey) -> bytes:
    """``document`` with its public key and signature, as JSON. What is signed is the JSON without the field ``signature``."""
    value = {**document, "public_key": _public(key.public_key())}
    return json_bytes({**value, "signature": base64.b64encode(key.sign(json_bytes(value))).decode()})


def check_signature(content: bytes, public_key_file: str) -> dict[str, Any]:
    """The document, if it was signed by the owner of the key in a PEM file (public, or the private one).

    Raises:
        UsageError: the document or the key is none.
        ValueError: the signature is not that of this key over this document.
    """
    from cryptography.exceptions import InvalidSignature

    try:
        document: dict[str, Any] = parse_json(content)
        signature = base64.b64decode(document.pop("signature"), validate=True)
        key = document["public_key"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError("the document is no signed JSON: it has no signature") from None
    public = _read_public(public_key_file)
    if key != _public(public):
        raise ValueError("it was signed with another key")
    try:
        public.verify(signature, json_bytes(document))
    except InvalidSignature:
        raise ValueError("it was changed after it was signed") from None
    if json_bytes({**document, "signature": base64.b64encode(signature).decode()}) != content:
        raise ValueError("it is not written as it was signed")
    return document


def _public(key: Ed25519PublicKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def _read_public(file: str) -> Ed25519PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

    try:
        content = Path(file).read_bytes()
        key = load_pem_private_key(content, None) if b"PRIVATE KEY" in content else load_pem_public_key(content)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror})") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UsageError(f"{file}: is no key in PEM (openssl pkey -in signing.pem -pubout -out signing.pub)") from None
    if isinstance(key, Ed25519PrivateKey):
        return key.public_key()
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{file}: is no Ed25519 key")
    return key
