"""The one place that reads the clock for documents."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(epoch: float | None = None) -> str:
    """A moment (seconds since 1970; now, where absent) as UTC ISO 8601 with milliseconds, as JavaScript writes it."""
    moment = datetime.now(UTC) if epoch is None else datetime.fromtimestamp(epoch, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
