"""The report as one page to read: no scripts, nothing fetched, light and dark."""

from raglite.evaluation.page.layout import html

__all__ = ["html"]
