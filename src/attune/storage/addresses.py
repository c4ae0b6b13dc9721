"""Addresses of databases and stores without the secrets in them, for messages, records and arguments of processes.

A secret may stand before the host (``postgresql://user:secret@host/name``), in the query part
(``postgresql://host/name?password=secret``, its name percent-encoded or not), or in a list of settings
(``host=… password=secret``), which is no address that Attune takes but may be given by mistake.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

HIDDEN = "…"
#: The environment variables in which the secrets of a database's address reach the processes that open it.
SECRET_VARIABLES = {"password": "PGPASSWORD", "sslpassword": "ATTUNE_PGSSLPASSWORD"}

# The password of a database may hold a slash or question mark by mistake; a key in a store may hold an @ and a colon.
_USER_INFO = re.compile(
    r"(?<=://)[^/?\s]*@|(?<=postgres://)[^\s@:?/]*:(?!\d*[/?])\S*@|(?<=postgresql://)[^\s@:?/]*:(?!\d*[/?])\S*@"
)
_QUERY = re.compile(r"(?<=[?&])([^=&?\s]+)=([^&\s]*)")
_SETTING = re.compile(r"(?i)\b(\w*(?:passw(?:or)?d|passphrase|secret|token))\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&]+)")
_SECRET_NAME = re.compile(
    r"(?i)passw(?:or)?d|passphrase|secret|token|credential|(?:access|api|account)[-_]?key|\bsig\b|signature"
)


def without_secrets(text: str) -> str:
    """``text`` without the user and password of the addresses in it, and without the secrets among their options.

    Args:
        text: an address, or a message with addresses in it.
    """
    text = _USER_INFO.sub("", text)
    text = _QUERY.sub(lambda found: found[0] if not _is_secret(found[1]) else f"{found[1]}={HIDDEN}", text)
    return _SETTING.sub(lambda found: f"{found[1]}={HIDDEN}", text)


def split_secrets(address: str) -> tuple[str, dict[str, str]]:
    """An address whose user name stays and whose secrets do not, and the secrets by name.

    Args:
        address: such as ``postgresql://user:secret@host/name?sslmode=require&sslpassword=secret``.

    Returns:
        The address without them, and ``password`` and the secret options, decoded. An option overrides the password in front
        of the host, and the last of two equal options counts, as for libpq.
    """
    scheme, separator, rest = address.partition("://")
    rest, mark, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    secrets: dict[str, str] = {}
    if "@" in authority:
        user_info, _, host = authority.rpartition("@")
        user, colon, password = user_info.partition(":")
        if colon:
            secrets["password"] = unquote(password)
        authority = f"{user}@{host}" if user else host
    kept = []
    for option in query.split("&") if mark else []:
        name, _, value = option.partition("=")
        if _is_secret(name):
            secrets[unquote(name).lower()] = unquote(value)
        else:
            kept.append(option)
    return f"{scheme}{separator}{authority}{slash}{path}{'?' if kept else ''}{'&'.join(kept)}", secrets


def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(unquote(name)))
