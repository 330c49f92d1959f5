"""The server's end of WebRTC, audio only: an SDP offer in, an answer out, frames into a sink.

It knows nothing of shows, seats and mixes.
"""
