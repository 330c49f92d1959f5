"""The files of a show: what is live, what is replayed and what is recorded are the same bytes."""

from vivavoce.record.programme import Programme, write_card

__all__ = ["Programme", "write_card"]
