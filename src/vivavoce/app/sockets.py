"""The studio port's WebSockets, bounded where the library trusts the peer to read and to end."""

from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# A message of 64 KiB comes in one frame, from some programs in a few. The library bounds their
# bytes and not their number: empty ones would be kept without end.
FRAGMENTS: Final = 64

# Whoever sends pings without reading the pongs has these kept. What we say by ourselves waits at
# 64 KiB already.
UNREAD: Final = 256 * 1024


class BoundedSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which ends with a peer that floods it."""

    def data_received(self, data: bytes) -> None:
        """Take bytes of frames."""
        super().data_received(data)
        if len(self.frames) > FRAGMENTS or self.transport.get_write_buffer_size() > UNREAD:
            self.transport.abort()
