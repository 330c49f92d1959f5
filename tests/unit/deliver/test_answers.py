"""Answers as bytes: whoever asks, and in whatever order, gets head and body of that answer."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.answers import Answers, head_of
from vivavoce.deliver.http import Response

RESPONSES = st.builds(
    Response,
    st.sampled_from([200, 206, 404, 503]),
    st.just((("ETag", '"a"'),)),
    st.binary(max_size=20),
)


@given(st.lists(RESPONSES, min_size=1, max_size=40), st.data())
def test_what_is_kept_is_what_would_be_made(responses: list[Response], data: st.DataObject) -> None:
    answers = Answers()
    asked = st.tuples(
        st.sampled_from(range(len(responses))),
        st.sampled_from([None, True, False]),
        st.sampled_from(["Mon", "Tue"]),
    )
    for at, keep_alive, date in data.draw(st.lists(asked, max_size=80)):
        response = responses[at]
        said = answers.whole(response, date=date, keep_alive=keep_alive)
        head = head_of(response, date=date, keep_alive=keep_alive)
        assert said == head + bytes(response.body)


def test_one_that_many_get_is_put_together_once() -> None:
    answers, response = Answers(), Response(200, (), b"sound")
    first = answers.whole(response, date="Mon", keep_alive=None)
    assert answers.whole(response, date="Mon", keep_alive=None) is first
    assert b"Date: Tue" in answers.whole(response, date="Tue", keep_alive=None)
