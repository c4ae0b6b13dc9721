"""Timestamps as exports and tables write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from attune.redaction.conversations import to_moment

HOW = "write it as 2026-01-31T10:00:00Z, or in seconds since 1970"
# Seconds, milliseconds, microseconds and nanoseconds since 1970.
_SINCE_1970 = ((1e8, 1e11, 1), (1e11, 1e14, 1_000), (1e14, 1e17, 1_000_000), (1e17, 1e20, 1_000_000_000))
_NUMBER = re.compile(r"\d{9,20}(?:\.\d{1,9})?")
_COMPACT = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{6})?")  # 20260131, 20260131100000
_ISO = re.compile(r"\d{4}-(?:\d{2}-\d{2}|W\d{2})")
_ZONE = re.compile(r"\s?(?:UTC|GMT)$")


def timestamp(value: Any) -> datetime | None:
    """A timestamp as a moment in UTC; None when it is none.

    Known are ISO 8601 (without a zone it counts as UTC), RFC 2822, dates, and seconds, milliseconds, microseconds or
    nanoseconds since 1970, as numbers or as text.
    """
    if isinstance(value, date) and not isinstance(value, datetime):  # a date column of Parquet
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        try:
            return _since_1970(float(value))
        except (OverflowError, ValueError):  # an integer of hundreds of digits, a signalling NaN
            return None
    return _of_text(value.strip()) if isinstance(value, str) else to_moment(value)


def _since_1970(value: float) -> datetime | None:
    parts = next((parts for low, high, parts in _SINCE_1970 if low <= value < high), None)
    return None if parts is None else datetime.fromtimestamp(value / parts, UTC)


def _of_text(text: str) -> datetime | None:
    if len(text) > 64:
        return None
    if _COMPACT.fullmatch(text):
        try:
            return datetime.strptime(text, "%Y%m%d" if len(text) == 8 else "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return None
    # Of other digits alone, only seconds and their parts are known: 12 of them may be a date and a time too.
    if _NUMBER.fullmatch(text):
        digits = len(text.split(".")[0])
        return _since_1970(float(text)) if digits in {9, 10, 13, 16, 19} else None
    if _ISO.match(text):
        return to_moment(_ZONE.sub("+00:00", text))
    try:
        return to_moment(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
