"""The page of an archive: plays the show from the file system, with nothing fetched. Pure."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from vivavoce.card import ShowCard
from vivavoce.export.chapters import Chapter
from vivavoce.export.names import one_line
from vivavoce.export.programme import clock

__all__ = ["one_line", "page"]

_PAGE = """\
<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 1rem; }}
h1 {{ line-height: 1.2; overflow-wrap: anywhere; }}
audio {{ width: 100%; }}
p {{ white-space: pre-line; overflow-wrap: anywhere; }}
li button {{ font: inherit; border: 0; background: none; color: LinkText; text-align: start;
  padding: .4rem 0; cursor: pointer; overflow-wrap: anywhere; }}
time {{ font-variant-numeric: tabular-nums; }}
</style>
<h1>{title}</h1>
<p>{description}</p>
<audio id="programme" controls preload="metadata" src="programme.opus"></audio>
<p>{length}</p>
{chapters}
{tracks}
<p>README.txt says what else is here; SHA256SUMS has the checksums.</p>
<script>
for (const button of document.querySelectorAll("button[data-ms]")) {{
  button.onclick = () => {{
    const audio = document.getElementById("programme");
    audio.currentTime = button.dataset.ms / 1000;
    audio.play();
  }};
}}
</script>
</html>
"""


def page(
    card: ShowCard, chapters: Sequence[Chapter], tracks: Sequence[tuple[str, str]], length_ms: int
) -> str:
    """Return the page; ``tracks`` are names of speakers and of their files."""
    marks = "".join(
        f'<li><button data-ms="{c.start_ms}"><time>{clock(c.start_ms)[:8]}</time>'
        f" {escape(c.title)}</button></li>\n"
        for c in chapters
    )
    links = "".join(
        f'<li><a href="tracks/{quote(file)}">{escape(name)}</a></li>\n' for name, file in tracks
    )
    return _PAGE.format(
        language=escape(card.language),
        title=escape(one_line(card.title)),
        description=escape(card.description),
        length=clock(length_ms)[:8],
        chapters=f"<h2>Chapters</h2>\n<ol>\n{marks}</ol>" if marks else "",
        tracks=f"<h2>Tracks</h2>\n<ul>\n{links}</ul>" if links else "",
    )
