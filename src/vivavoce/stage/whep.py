"""WHEP: the programme with the delay of a conversation, for monitors and stage candidates.

As WHIP, the other way round (draft-ietf-wish-whep): an offer that receives, a seat's token. A
monitor is heard by nobody, and takes the seat from nobody.
"""

from vivavoce.stage.stage import Stage
from vivavoce.stage.whip import Session, Whip


class Whep(Whip):
    """Serves ``/whep/SHOW`` and ``/whep/SHOW/ID``."""

    path = "whep"

    async def _connect(self, stage: Stage, session: Session, offer: str) -> str:
        return await stage.monitor(session.seat, session, offer)
