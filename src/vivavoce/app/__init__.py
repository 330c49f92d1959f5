"""Composition roots: each builds all parts of a role, in the order of the sound, and runs them.

Read ``studio.py`` first, then ``edge.py``. They are apart so that an edge loads no database, no
WebRTC and no API.
"""
