"""Laws of patience: who has waited too long is named once, all others are not."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.patience import Patience, Wait

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "end", "look"]),
        st.integers(0, 5),
        st.sampled_from(list(Wait)),
        st.floats(0, 9),
    ),
    max_size=60,
)


@given(steps=STEPS)
def test_expired_equals_a_scan(steps: list[tuple[str, int, Wait, float]]) -> None:
    patience: Patience[int] = Patience()
    model: dict[int, tuple[Wait, float]] = {}
    now = 0.0
    for act, key, wait, passed in steps:
        now += passed
        if act == "begin":
            patience.begin(key, wait, now=now)
            model[key] = (wait, now)
        elif act == "end":
            patience.end(key)
            model.pop(key, None)
        else:
            late = {(k, w) for k, (w, since) in model.items() if now - since >= w.value}
            found = patience.expired(now=now)
            assert set(found) == late
            assert len(found) == len(late)
            for k, _ in late:
                del model[k]
        assert len(patience) == len(model)
        assert patience.waiting(key) == (model[key][0] if key in model else None)
