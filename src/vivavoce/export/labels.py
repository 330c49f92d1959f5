"""Label tracks as Audacity reads them: from, to and text with tabs between, seconds. Pure."""

from collections.abc import Iterable, Sequence

from vivavoce.export.chapters import Chapter, Span
from vivavoce.export.names import one_line


def labels(entries: Iterable[tuple[int, int, str]]) -> str:
    """Return a label track of ``(from_ms, to_ms, text)``."""
    return "".join(
        f"{begin / 1000:.6f}\t{end / 1000:.6f}\t{one_line(text)}\n" for begin, end, text in entries
    )


def chapter_labels(chapters: Sequence[Chapter]) -> str:
    """Return a label for each chapter's beginning."""
    return labels((c.start_ms, c.start_ms, c.title) for c in chapters)


def speaker_labels(spans: Sequence[Span]) -> str:
    """Return a label for each time that somebody spoke."""
    return labels((s.start_ms, s.end_ms, s.name) for s in spans)
