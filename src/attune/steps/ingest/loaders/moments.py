"""Dates and times at the start of chat lines, in the forms that apps and phones of different countries write.

``[14/10/2021, 3:36:10 PM]`` · ``14.10.21, 15:36 -`` · ``10/14/21, 3:36 pm -`` · ``2021-10-14 15:36:10`` ·
``14 Oct 2021, 15:36``.
The order of day and month is that of the whole file, since one line alone may not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

DateOrder = Literal["dmy", "mdy"]

# Characters that steer the direction of writing; phones put them around names and numbers.
MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
TIME = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,6})?"
_HALF = r"(?:\s?(?:[AaPp]\.?\s?[Mm]\b\.?))"
_ZONE = r"(?:\s?(?:Z|UTC|GMT)\b|\s?[+-]\d{2}:?\d{2}\b)"
CLOCK = rf"{TIME}{_HALF}?{_ZONE}?"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
DATE = (
    r"(?:[A-Z][a-z]{1,8}\.?,?\s)?"
    r"(?:\d{4}[./-]\s?\d{1,2}[./-]\s?\d{1,2}|\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:\d{4}|\d{2})"
    rf"|(?:\d{{1,2}}\.?\s{_MONTH},?\s\d{{4}}|{_MONTH}\s\d{{1,2}},?\s\d{{4}}))"
)
_AFTERNOON = frozenset({"P", "p", "下午", "午後", "오후"})
_BETWEEN = r"(?:[,.]?\s{1,3}(?:(?:at|um|le|el|alle|às|om)\s|klo\s)?|T)"
# Some countries write the time of day with dots, which only a date before it tells from a number.
_DATED_TIME = (
    rf"(?:(?:上午|下午|午前|午後|오전|오후)\s?)?\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}}(?:[.,]\d{{1,6}})?)?{_HALF}?{_ZONE}?"
)
MOMENT = rf"(?:{DATE}{_BETWEEN}{_DATED_TIME}|{CLOCK})"
_DATED = re.compile(
    rf"\s*(?:(?P<open>[\[(<])\s?(?P<date>{DATE}){_BETWEEN}(?P<time>{_DATED_TIME})\s?[\])>]\s?[:,]?(?:\s?[-–—](?=\s))?"
    rf"|(?P<time3>{CLOCK}),?\s(?P<date3>{DATE}|\d{{1,2}}\s{_MONTH})\s?[-–—](?=\s)"
    rf"|(?P<date2>{DATE}){_BETWEEN}(?P<time2>{_DATED_TIME})(?P<dash>\s?[-–—](?=\s|$)|:(?=\s))?(?=\s|$))\s*"
)


@dataclass(frozen=True)
class Dated:
    """The date and time at the start of a line.

    Attributes:
        date: the date as written.
        time: the time as written.
        end: where the rest of the line begins.
        sets_off: whether brackets or a dash set it off from the rest, as in an export of a chat.
    """

    date: str
    time: str
    end: int
    sets_off: bool


def dated(line: str) -> Dated | None:
    """The date and time with which a line begins; None where it begins with none."""
    if not (found := _DATED.match(line)):
        return None
    if found["open"]:
        return Dated(found["date"], found["time"], found.end(), sets_off=True)
    if found["time3"]:  # older phones write the time first, and leave out the year of this year
        return Dated(found["date3"], found["time3"], found.end(), sets_off=True)
    return Dated(found["date2"], found["time2"], found.end(), sets_off=bool(found["dash"]))


def order_of(found: Sequence[Dated]) -> DateOrder | None:
    """The order of day and month in a file; None where it cannot be told from its dates."""
    numbers = [parts for each in found if (parts := _numbers(each.date)) and len(str(parts[0])) < 4]
    if any(first > 12 for first, _, _ in numbers) != any(second > 12 for _, second, _ in numbers):
        return "dmy" if any(first > 12 for first, _, _ in numbers) else "mdy"
    if any(first > 12 for first, _, _ in numbers):
        return None
    if any("." in each.date or "-" in each.date for each in found):
        return "dmy"
    back = {order: _steps_back(found, order) for order in ("dmy", "mdy")}  # a chat is written in the order of time
    if back["dmy"] == back["mdy"]:
        return None
    return "dmy" if back["dmy"] < back["mdy"] else "mdy"


def _steps_back(found: Iterable[Dated], order: Literal["dmy", "mdy"]) -> int:
    moments = [moment for each in found if (moment := moment_of(each, order))]
    return sum(after < before for before, after in pairwise(moments))


def moment_of(found: Dated, order: DateOrder | None) -> datetime | None:
    """The moment in UTC, where no other zone is written; None where it is no date, or the order of day and month matters."""
    day = _day(found.date, order)
    clock = re.search(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?", found.time)
    if day is None or clock is None:
        return None
    hour, minute, second = (int(part or 0) for part in clock.groups())
    if half := re.search(r"[AaPp](?=\.?\s?[Mm])|[上下]午|午[前後]|오[전후]", found.time):
        hour = hour % 12 + (12 if half[0] in _AFTERNOON else 0)
    zone = re.search(r"([+-])(\d{2}):?(\d{2})\b", found.time)
    try:
        moment = datetime(day[0], day[1], day[2], hour, minute, second, tzinfo=UTC)
        if zone:
            offset = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
            moment += -offset if zone[1] == "+" else offset
    except (ValueError, OverflowError):
        return None
    return moment


def _numbers(date: str) -> tuple[int, int, int] | None:
    parts = re.fullmatch(r"(?:\D{1,12}\s)?(\d{1,4})[./-]\s?(\d{1,2})[./-]\s?(\d{1,4})", date)
    return (int(parts[1]), int(parts[2]), int(parts[3])) if parts else None


def _day(date: str, order: DateOrder | None) -> tuple[int, int, int] | None:
    """Year, month and day."""
    numbers = _numbers(date)
    if numbers is None:
        month = re.search(_MONTH, date)
        numbered, of = re.search(r"\b\d{1,2}\b", date), re.search(r"\d{4}", date)
        if not (month and numbered and of):
            return None
        return int(of[0]), _MONTHS.index(month[0][:3].lower()) + 1, int(numbered[0])
    first, second, last = numbers
    if first > 999:
        return first, second, last
    year = last if last > 99 else 2000 + last
    if order is None and first != second:
        return None
    return (year, second, first) if order == "dmy" else (year, first, second)
