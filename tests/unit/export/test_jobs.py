"""The queue of exports: one at a time, in order, bounded; what ends is ended once."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.errors import UsageError
from vivavoce.export.jobs import AGAIN, OPEN, Job, Jobs, JobState, recovered
from vivavoce.export.orders import WANTED, Done, Failed, Kind, Made, Progress, encode, said

SHOWS = ("0123456789", "abcdefghjk")


def job(number: int, show: str = SHOWS[0], kind: Kind = Kind.MP3) -> Job:
    return Job(job=f"{number:010}", show=show, kind=kind, state=JobState.QUEUED, made_ms=number)


steps = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(SHOWS), st.sampled_from(WANTED)),
    st.tuples(st.just("next"), st.none(), st.none()),
    st.tuples(st.just("progress"), st.floats(0, 2), st.none()),
    st.tuples(st.just("end"), st.sampled_from(["done", "failed", "died"]), st.none()),
    st.tuples(st.just("again"), st.none(), st.none()),
    st.tuples(st.just("remove"), st.integers(0, 20), st.none()),
)


@given(st.lists(steps, max_size=60))
def test_one_runs_at_a_time_and_the_queue_is_bounded(
    script: list[tuple[str, object, object]],
) -> None:
    jobs, number, running = Jobs(queue=3), 0, None
    for what, one, other in script:
        every = [j for show in SHOWS for j in jobs.of(show)]
        try:
            match what:
                case "ask":
                    number += 1
                    assert isinstance(one, str)
                    assert isinstance(other, Kind)
                    got = jobs.ask(job(number, one, other))
                    assert got.state in OPEN
                case "next" if running is None:
                    running = jobs.next()
                case "progress" if running is not None:
                    assert isinstance(one, float)
                    jobs.told(running.job, Progress(one, "x"))
                case "end" if running is not None:
                    last = {"done": Done((Made("a", 1),)), "failed": Failed("a", "b"), "died": None}
                    jobs.told(running.job, last[str(one)])
                    running = None
                case "again" if every:
                    jobs.again(every[0].show, every[0].job)
                case "remove" if every:
                    assert isinstance(one, int)
                    gone = every[one % len(every)]
                    jobs.remove(gone.show, gone.job)
                    if running is not None and running.job == gone.job:
                        running = None
        except UsageError:
            pass
        every = [j for show in SHOWS for j in jobs.of(show)]
        assert sum(j.state is JobState.RUNNING for j in every) <= 1
        assert sum(j.state is JobState.QUEUED for j in every) == jobs.waiting <= 3
        under_way = [(j.show, j.kind) for j in every if j.state in OPEN]
        assert len(under_way) <= len(set(under_way)) + len([j for j in every if j.done])
        assert all(0 <= j.done <= 1 for j in every)


def test_two_wishes_for_the_same_are_one_job() -> None:
    jobs = Jobs()
    first = jobs.ask(job(1))
    assert jobs.ask(job(2)) == first
    assert jobs.ask(job(3, kind=Kind.AAC)).job != first.job
    assert jobs.waiting == 2


def test_a_full_queue_refuses_and_counts() -> None:
    jobs = Jobs(queue=1)
    jobs.ask(job(1))
    with pytest.raises(UsageError) as refused:
        jobs.ask(job(2, kind=Kind.AAC))
    assert (refused.value.code, jobs.refused) == ("exports_full", 1)


def test_only_what_ended_badly_starts_again() -> None:
    jobs = Jobs()
    asked = jobs.ask(job(1))
    with pytest.raises(UsageError):
        jobs.again(asked.show, asked.job)
    jobs.next()
    ended = jobs.told(asked.job, None)
    assert ended is not None
    assert ended.state in AGAIN
    assert jobs.again(asked.show, asked.job).state is JobState.QUEUED


@pytest.mark.parametrize("state", list(JobState), ids=str)
def test_after_a_restart_nothing_is_under_way(state: JobState) -> None:
    found = msgspec.structs.replace(job(1), state=state, done=0.5)
    after = recovered(found)
    assert after.state is (JobState.INTERRUPTED if state in OPEN else state)


@pytest.mark.parametrize(
    "message", [Progress(0.5, "x"), Done((Made("a", 1),), ("n",)), Failed("a", "b")], ids=repr
)
def test_what_a_worker_says_arrives(message: Progress | Done | Failed) -> None:
    assert said(encode(message)) == message
