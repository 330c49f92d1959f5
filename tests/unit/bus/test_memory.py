from hypothesis import given
from hypothesis import strategies as st

from vivavoce.bus.memory import Memory
from vivavoce.bus.messages import Card, Down, Gone, Head, Sound
from vivavoce.card import ShowCard, State
from vivavoce.media import Codec


def card(show: str, state: State, version: int = 1) -> Card:
    return Card(
        ShowCard(show=show, version=version, title="t", description="", language="en", state=state)
    )


SHOWS = st.sampled_from(["a", "b", "c"])
CODECS = st.sampled_from(list(Codec))
MESSAGES: st.SearchStrategy[Down] = st.one_of(
    st.builds(card, SHOWS, st.sampled_from(State), st.integers(1, 9)),
    st.builds(Gone, SHOWS),
    st.builds(Head, SHOWS, CODECS, st.binary(max_size=2)),
    st.builds(Sound, SHOWS, CODECS, st.integers(0, 99), st.binary(max_size=2)),
)


def sounds_of(messages: list[Down], show: str, codec: Codec) -> list[Sound]:
    sounds = [message for message in messages if isinstance(message, Sound)]
    return [sound for sound in sounds if (sound.show, sound.codec) == (show, codec)]


@given(st.lists(MESSAGES, max_size=80))
def test_a_newcomer_learns_the_last_word_and_no_more(messages: list[Down]) -> None:
    memory = Memory(recent=3)
    for message in messages:
        memory.learn(message)
    told = list(memory.tell())
    kinds = [type(message) for message in told]
    assert kinds == sorted(kinds, key=[Card, Head, Sound].index)
    last_cards: dict[str, Card] = {}
    for message in messages:
        if isinstance(message, Card):
            last_cards[message.card.show] = message
        elif isinstance(message, Gone):
            last_cards.pop(message.show, None)
    cards = [message for message in told if isinstance(message, Card)]
    assert sorted(cards, key=lambda m: m.card.show) == [last_cards[s] for s in sorted(last_cards)]
    for show in "abc":
        for codec in Codec:
            sounds, said = sounds_of(told, show, codec), sounds_of(messages, show, codec)
            assert len(sounds) <= 3
            assert sounds == said[len(said) - len(sounds) :]


def test_what_has_ended_sounds_no_more() -> None:
    memory = Memory()
    memory.learn(card("a", State.LIVE))
    memory.learn(Head("a", Codec.OPUS, b"head"))
    memory.learn(Sound("a", Codec.OPUS, 0, b"part"))
    ended = card("a", State.ENDED, 2)
    memory.learn(ended)
    assert list(memory.tell()) == [ended]
