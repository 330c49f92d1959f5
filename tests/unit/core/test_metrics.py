import pytest

from vivavoce.metrics import Metrics


def test_metrics_are_told_as_text() -> None:
    metrics = Metrics()
    metrics.counter("vivavoce_parts_made_total", "Parts", ["codec"]).labels("opus").inc(3)
    metrics.read("vivavoce_feed_edges", "Edges", lambda: 2)
    metrics.read_total("vivavoce_feed_messages_total", "Messages", lambda: 7)
    text = metrics.text().decode()
    assert "# TYPE vivavoce_feed_messages_total counter" in text
    assert "vivavoce_feed_messages_total 7.0" in text
    assert 'vivavoce_parts_made_total{codec="opus"} 3.0' in text
    assert "vivavoce_feed_edges 2.0" in text


@pytest.mark.parametrize("name", ["parts_total", "vivavoce_Parts_total", "vivavoce_total", "x"])
def test_names_keep_the_rules(name: str) -> None:
    with pytest.raises(ValueError, match=r"is not vivavoce_|ends in"):
        Metrics().counter(name, "…")


def test_a_counter_says_that_it_counts() -> None:
    with pytest.raises(ValueError, match="_total"):
        Metrics().counter("vivavoce_parts_made", "…")
    with pytest.raises(ValueError, match="_total"):
        Metrics().read_total("vivavoce_parts_made", "…", lambda: 0)


@pytest.mark.parametrize("label", ["listener", "session", "address", "user"])
def test_no_label_is_about_a_listener(label: str) -> None:
    with pytest.raises(ValueError, match="labels"):
        Metrics().gauge("vivavoce_streams_open", "…", [label])
