"""Axes and labels of charts: round ticks, numbers as people read them, and the width of a text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LARGEST = 1e300  # beyond it, differences overflow; no chart can show such a number anyway
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SUFFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_MOST_LOG_TICKS = 10
_NARROW = set("iljtfrI.,:;'|!()[]/\\ ")
_WIDE = set("mwMWQOGDHNU@%&—…")


def drawable(value: float) -> bool:
    """Whether a chart can place ``value``: finite and not absurdly large."""
    return math.isfinite(value) and abs(value) < _LARGEST


def number_text(value: float | None) -> str:
    """A number as people read it: thousands separators, at most four significant digits behind a fraction.

    >>> number_text(1234567), number_text(0.123456), number_text(1234.5), number_text(None)
    ('1,234,567', '0.1235', '1,234.5', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-6:
        return f"{value:.3g}".replace("-", "−", 1) if value < 0 else f"{value:.3g}"
    decimals = 1 if size >= 1000 else max(0, 3 - math.floor(math.log10(size))) if size else 0
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−", 1)


def share_text(part: float, whole: float) -> str:
    """``part`` of ``whole`` in per cent; small but not zero shares are never shown as zero.

    >>> share_text(1, 3), share_text(1, 100_000), share_text(0, 5), share_text(3, 0), share_text(9_999_999, 10_000_000)
    ('33.3%', '< 0.1%', '0%', '–', '> 99.9%')
    """
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "< 0.1%"
    if 99.9 < share < 100:
        return "> 99.9%"
    return f"{share:.0f}%" if share in (0, 100) else f"{share:.1f}%"


def duration_text(seconds: float) -> str:
    """Seconds for people.

    >>> duration_text(0.04), duration_text(3.21), duration_text(75), duration_text(3700)
    ('0.04 s', '3.2 s', '1 min 15 s', '1 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes = round(seconds / 60) if seconds >= 3600 else int(seconds // 60)
    return f"{minutes // 60} h {minutes % 60} min" if seconds >= 3600 else f"{minutes} min {int(seconds % 60)} s"


def memory_text(size: int) -> str:
    """Bytes for people.

    >>> memory_text(0), memory_text(52_428_800), memory_text(3_221_225_472)
    ('0 MiB', '50 MiB', '3.0 GiB')
    """
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def column_texts(values: Sequence[float | None]) -> list[str]:
    """Numbers of one column as people read them: all with the same decimals, so that the digits stand under each other.

    >>> column_texts([1, 0.25, None, 12.5])
    ['1.00', '0.25', '–', '12.50']
    """
    plain = [number_text(value) for value in values]
    decimals = max((len(text.partition(".")[2]) for text in plain), default=0)
    if not decimals or any("e" in text for text in plain):
        return plain
    return [
        text if value is None or isinstance(value, bool) or not math.isfinite(value) else _fixed(value, min(decimals, 4))
        for text, value in zip(plain, values, strict=True)
    ]


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return text.replace("-", "−", 1) if value < 0 else text


def text_width(text: str, size: float = 12.0) -> float:
    """Pixels that ``text`` takes at a font size, estimated on the wide side for common sans-serif fonts."""
    ems = 0.0
    for character in text:
        if ord(character) > 0x2E80:
            ems += 1.05
        elif character in _NARROW:
            ems += 0.38
        elif character in _WIDE:
            ems += 0.92
        elif character.isupper():
            ems += 0.72
        else:
            ems += 0.61
    return ems * size


def fit(text: str, width: float, size: float = 12.0) -> str:
    """``text``, cut with an ellipsis so that it takes at most ``width`` pixels; at least one character stays."""
    text = " ".join(text.split())
    if text_width(text, size) <= width:
        return text
    kept = ""
    for character in text:
        if kept and text_width(kept + character + "…", size) > width:
            break
        kept += character
    return kept.rstrip() + "…"


@dataclass(frozen=True)
class Scale:
    """A linear axis with round ticks."""

    low: float
    high: float
    step: float

    @classmethod
    def over(
        cls, values: Iterable[float], count: int = 5, *, zero: bool = False, whole: bool = False, exact: bool = False
    ) -> Scale:
        """The axis for ``values``, with about ``count`` ticks.

        Args:
            values: what must lie on the axis; numbers that cannot be drawn are passed over.
            count: how many steps are aimed at.
            zero: the axis must include zero.
            whole: ticks are whole numbers (counts).
            exact: the axis ends where the values end; otherwise at the ticks around them.
        """
        known = [float(value) for value in values if drawable(value)]
        if zero or not known:
            known.append(0.0)
        low, high = min(known), max(known)
        if high - low <= max(abs(low), abs(high)) * 1e-9 or high - low < 1e-290:
            if zero or abs(low) < 1e-280:
                low, high = min(low, 0.0), max(high, 0.0)
                high = high if high - low > 1e-290 else low + 1.0
            else:
                low, high = low - abs(low) * 0.05, high + abs(high) * 0.05
        step = _round_step((high - low) / max(1, count))
        if whole:
            step = max(1.0, math.ceil(step))
        if exact:
            return cls(low, high, step)
        return cls(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step)

    def ticks(self) -> list[float]:
        """The multiples of the step that lie on the axis."""
        first, last = math.ceil(self.low / self.step - 1e-9), math.floor(self.high / self.step + 1e-9)
        return [index * self.step for index in range(first, min(last, first + 50) + 1)]

    def at(self, value: float) -> float:
        """Where ``value`` lies between the ends, 0 to 1; what lies outside is held at the end."""
        if not drawable(value) or self.high <= self.low:
            return 0.0
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def label(self, value: float) -> str:
        """A tick's label: as many decimals as the step needs; from 10,000 on in thousands, millions and so on."""
        largest = max(abs(self.low), abs(self.high))
        if largest >= 1e15 or self.step < 1e-6:
            return f"{value:.3g}".replace("-", "−", 1)
        divisor, suffix = 1.0, ""
        if largest >= 10_000:
            divisor, suffix = next((size, name) for size, name in _SUFFIXES if largest >= size)
        decimals = 0
        while decimals < 7 and abs(round(self.step / divisor, decimals) - self.step / divisor) > self.step / divisor * 1e-6:
            decimals += 1
        text = f"{value / divisor:,.{decimals}f}"
        if not float(text.replace(",", "")):
            return "0"
        return text.replace("-", "−", 1) + suffix


@dataclass(frozen=True)
class LogScale(Scale):
    """A logarithmic axis from ``low`` to ``high``, both positive, with ticks at 1, 2 and 5 times the powers of ten."""

    @classmethod
    def around(cls, values: Iterable[float]) -> LogScale:
        """The axis for the positive ones of ``values``, a little longer than they are."""
        known = [value for value in values if drawable(value) and value > 0] or [1.0]
        return cls(min(known) / 1.25, max(known) * 1.25, 0.0)

    def ticks(self) -> list[float]:
        """Those of 1, 2 and 5 times the powers of ten that lie on the axis; of many, the powers alone."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        fine = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
        on_axis = [tick for tick in fine if self.low <= tick <= self.high]
        whole = [tick for tick in on_axis if abs(math.log10(tick) - round(math.log10(tick))) < 1e-9]
        return whole if len(on_axis) > _MOST_LOG_TICKS else on_axis

    def at(self, value: float) -> float:
        """Where ``value`` lies between the ends, 0 to 1; what lies outside is held at the end."""
        if not drawable(value) or value <= self.low:
            return 0.0
        return min(1.0, math.log(value / self.low) / math.log(self.high / self.low))

    def label(self, value: float) -> str:
        """A tick's label; from 10,000 on in thousands, millions and so on."""
        divisor, suffix = next(((size, name) for size, name in _SUFFIXES if value >= max(size, 10_000)), (1.0, ""))
        return number_text(float(f"{value / divisor:.3g}")) + suffix


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in _STEPS if factor * power >= raw * (1 - 1e-9))
