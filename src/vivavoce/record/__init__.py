"""The files of a show: what is live, what is replayed and what is recorded are the same bytes."""
