"""Who can be heard, and the controls around them: seats, the life of a show, signalling, on air."""
