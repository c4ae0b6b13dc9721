"""Time in the sample: a fixed newest moment and whole seconds before it; nothing reads a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

NEWEST = datetime(2026, 10, 31, 12, 0, tzinfo=UTC)
NEWEST_SECOND = int(NEWEST.timestamp())
OLD_DAYS = 730
DAY = 86_400
_EPOCH = date(1970, 1, 1)
_MINUTES = tuple(f"T{minute // 60:02}:{minute % 60:02}:" for minute in range(24 * 60))
_SECONDS = tuple(f"{second:02}+00:00" for second in range(60))


@cache
def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).isoformat()


def moment(second: float) -> str:
    """ISO 8601 in UTC of a second since 1970, never after the newest moment."""
    day, rest = divmod(int(second) if second < NEWEST_SECOND else NEWEST_SECOND, DAY)
    return _day(day) + _MINUTES[rest // 60] + _SECONDS[rest % 60]
