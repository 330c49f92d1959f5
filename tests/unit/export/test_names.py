"""Whatever people type, files keep safe names and texts keep their form."""

import csv
import io
import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.card import ShowCard, State
from vivavoce.export import editors, labels, player
from vivavoce.export.chapters import Chapter, Span, read_chapters, read_talk, within
from vivavoce.export.names import file_stem, one_line, unique_stems, xml_text

texts = st.text(max_size=300) | st.sampled_from(
    [
        "../../etc/passwd",
        "a\tb\nc",
        'x" onerror="',
        "</title><script>",
        "]]>",
        "CON",
        "..",
        "\u202e",
    ]
)


@given(texts)
def test_a_stem_is_one_plain_name(text: str) -> None:
    stem = file_stem(text, "show")
    assert 0 < len(stem.encode()) <= 120
    assert not set(stem) & set('/\\:*?"<>|.\0\n\t ')
    assert not stem.startswith("-")


@given(st.lists(texts, max_size=12))
def test_names_beside_each_other_differ(names: list[str]) -> None:
    stems = unique_stems(names, "speaker")
    assert len({stem.casefold() for stem in stems}) == len(names)


@given(st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 10**8), texts)))
def test_labels_are_three_fields_a_line(entries: list[tuple[int, int, str]]) -> None:
    rows = list(
        csv.reader(io.StringIO(labels.labels(entries)), delimiter="\t", quoting=csv.QUOTE_NONE)
    )
    assert len(rows) == len(entries)
    for (begin, end, text), row in zip(entries, rows, strict=True):
        assert [float(row[0]), float(row[1])] == [begin / 1000, end / 1000]
        assert row[2:] == [one_line(text)]


@given(texts, texts)
def test_a_project_has_a_line_for_each_fact(title: str, name: str) -> None:
    track = editors.Track(name, "a.opus", 1.5)
    text = editors.reaper([track], [Chapter(0, title)])
    assert len(text.split("\n")) == 16
    assert text.count("\n  <TRACK\n") == 1
    timeline = json.loads(editors.otio(title, [track], [Chapter(0, title)]))
    assert (
        timeline["tracks"]["children"][0]["children"][0]["media_reference"]["target_url"]
        == "a.opus"
    )


class Outline(HTMLParser):
    """The elements of a page, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def outline(text: str) -> list[str]:
    parser = Outline()
    parser.feed(player.page(card(text), [Chapter(0, text)], [(text, "a.opus")], 1_000))
    return parser.tags


def card(text: str) -> ShowCard:
    return ShowCard(
        show="0123456789", version=1, title=text, description=text, language="en", state=State.ENDED
    )


@given(texts)
def test_no_name_adds_an_element_to_the_page(text: str) -> None:
    assert outline(text) == outline("plain")


@given(texts)
def test_what_xml_cannot_hold_is_left_out(text: str) -> None:
    from xml.etree import ElementTree as ET

    kept = ET.Element("a")
    kept.text = xml_text(text)
    assert ET.fromstring(ET.tostring(kept)).text in (
        xml_text(text).replace("\r\n", "\n").replace("\r", "\n") or None,
        xml_text(text) or None,
    )


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "chapters",
                        "startTime",
                        "title",
                        "speakers",
                        "spans",
                        "breaks",
                        "starts_ms",
                        "name",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_hostile_files_are_read_or_left_out(data: bytes) -> None:
    chapters = read_chapters(data)
    assert [c.start_ms for c in chapters] == sorted({c.start_ms for c in chapters})
    talk = read_talk(data)
    assert all(span.start_ms < span.end_ms for span in talk.heard())


@given(
    st.lists(st.integers(0, 1_000), unique=True).map(sorted),
    st.integers(0, 1_000),
    st.integers(1, 1_000),
)
def test_a_cut_file_has_the_chapters_heard_in_it(
    starts: list[int], begin: int, length: int
) -> None:
    whole = [Chapter(at, str(at)) for at in starts]
    cut = within(whole, begin, length)

    def heard(chapters: list[Chapter], at: int) -> str | None:
        return next((c.title for c in reversed(chapters) if c.start_ms <= at), None)

    for at in range(length):
        assert heard(cut, at) == heard(whole, begin + at)


def test_speech_is_told_in_playing_time() -> None:
    talk = read_talk(
        b'{"speakers":[{"name":"A\\tB"}],"spans":[[0,1000,9000]],"breaks":[[2000,8000]],"starts_ms":5}'
    )
    assert talk.heard() == [Span("A B", 1_000, 3_000)]
    assert talk.starts_ms == 5
