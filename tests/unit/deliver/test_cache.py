"""Laws of the cache: what was put is what is got, never older than asked, never above the bound."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.cache import FileCache
from vivavoce.deliver.files import File

NAMES = st.sampled_from([f"show{i}/opus/{j}" for i in range(2) for j in range(4)])
STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "absent", "get", "drop"]), NAMES, st.integers(0, 1500)),
    max_size=60,
)


@given(steps=STEPS, age=st.integers(0, 20))
def test_a_bounded_memory(steps: list[tuple[str, str, int]], age: int) -> None:
    limit = 4_000
    cache = FileCache(limit)
    model: dict[str, tuple[bytes | None, int]] = {}
    for now, (act, name, size) in enumerate(steps):
        if act in ("put", "absent"):
            body = bytes(size) if act == "put" else None
            cache.put(name, File.of(body) if body is not None else None, now=now)
            model[name] = (body, now)
        elif act == "drop":
            cache.drop_show(name.partition("/")[0])
            model = {k: v for k, v in model.items() if not k.startswith(name[:5])}
        else:
            found = cache.get(name, since=now - age)
            if found is not None:
                body, read_at = model[name]
                assert read_at >= now - age
                assert (found[0].body if found[0] is not None else None) == body
        assert cache.held <= limit
    for name in list(model):
        cache.drop(name)
    assert (cache.held, len(cache)) == (0, 0)


def test_the_least_recently_used_goes_first() -> None:
    cache = FileCache(3_000)
    for name in ("a", "b"):
        cache.put(name, File.of(bytes(700)), now=0)
    assert cache.get("a", since=0) is not None
    cache.put("c", File.of(bytes(700)), now=0)
    assert cache.get("b", since=0) is None
    assert cache.get("a", since=0) is not None
