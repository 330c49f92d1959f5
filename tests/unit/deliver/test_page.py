"""A show's words cannot get out of their places in the page."""

import json
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from vivavoce.card import ShowCard, State
from vivavoce.deliver.page import SECURITY, Template, Told, security

BUILT = (
    "<!doctype html><html><head><title>Viva Voce</title><!--meta--></head>"
    '<body><div id="app"></div><!--card--></body></html>'
)
NASTY = "</script><!--<script>alert(1)//\"'&\u2028"


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        where = self.tags[-1][1].get("id") or self.stack[-1] if self.stack else ""
        self.texts[where] = self.texts.get(where, "") + data


def read(page: bytes) -> Reader:
    reader = Reader()
    reader.feed(page.decode())
    reader.close()
    return reader


def card(title: str, description: str) -> ShowCard:
    return ShowCard(
        show="0123456789",
        version=1,
        title=title,
        description=description,
        language="en",
        state=State.PLANNED,
    )


def told(title: str, about: str) -> Told:
    url = f"https://a.b/{NASTY}"
    return Told(title, about, url, oembed=f"https://a.b/oembed?{NASTY}", image=url, audio=url)


# Carriage returns are left out: an HTML parser turns them into line feeds.
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)


@given(title=WORDS, description=WORDS)
@example(title=NASTY, description=NASTY)
def test_words_stay_words(title: str, description: str) -> None:
    reader = read(Template.cut(BUILT).fill(told(title, description), card=card(title, description)))
    assert [tag for tag, _ in reader.tags].count("script") == 1
    assert json.loads(reader.texts["card"])["title"] == title
    assert reader.texts.get("title", "") == title
    said = {
        attrs.get("property") or attrs.get("name"): attrs["content"]
        for tag, attrs in reader.tags
        if tag == "meta"
    }
    assert said["og:title"] == title
    assert said["og:description"] == description
    assert said.get("description", "") == description
    assert said["og:url"] == said["og:image"] == f"https://a.b/{NASTY}"
    links = [attrs for tag, attrs in reader.tags if tag == "link"]
    assert links == [
        {
            "rel": "alternate",
            "type": "application/json+oembed",
            "href": f"https://a.b/oembed?{NASTY}",
            "title": title,
        }
    ]


def test_a_page_without_placeholders_gets_them_where_they_belong() -> None:
    plain = "<html><head><title>Viva Voce</title></head><body><p>x</p></body></html>"
    page = Template.cut(plain).fill(Told("T", "D"), card=card("T", "D")).decode()
    assert page.index("<title>T</title>") < page.index("</head>") < page.index('id="card"')
    assert page.index('id="card"') < page.index("</body>")
    assert "Viva Voce</title>" not in page


def test_the_page_may_speak_to_the_studio_and_to_nobody_else() -> None:
    policy = dict(security("https://studio.example:8081"))["Content-Security-Policy"]
    directives = dict(line.partition(" ")[::2] for line in policy.split("; "))
    assert directives["connect-src"] == (
        "'self' https://studio.example:8081 wss://studio.example:8081"
    )
    assert directives["default-src"] == "'self'"


@given(st.text())
@example("https://a.example; script-src *")
@example("https://a.example 'unsafe-inline'")
@example("javascript://a.example")
def test_what_is_no_origin_does_not_get_into_the_policy(text: str) -> None:
    assert security(text) == SECURITY or not set(" ;") & set(text)
