"""A report as one self-contained HTML page: no script or style from elsewhere, light and dark, readable at 360 px."""

from __future__ import annotations

from html import escape

from attune.core.report import Report


def render_page(report: Report) -> str:
    """The page of a report."""
    return f"<!doctype html><title>{escape(report.title)}</title><h1>{escape(report.title)}</h1><p>{escape(report.lead)}</p>"
