"""Invitations: a link that makes a seat. Pure."""

from dataclasses import dataclass

from vivavoce.errors import UsageError
from vivavoce.stage.seats import Role
from vivavoce.stage.standing import Standing


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link to the stage, for one person or for many. Times are Unix milliseconds."""

    id: str
    show: str
    role: Role
    standing: Standing
    """Where its seats begin: green or air."""
    name: str | None
    """Who it is for; None lets guests say who they are."""
    uses_left: int | None
    """None for any number."""
    expires_ms: int | None
    revoked_ms: int | None
    created_ms: int


def check(invitation: Invitation | None, now_ms: int) -> Invitation:
    """Return an invitation that makes a seat now; raises ``UsageError`` saying why it does not.

    ``invitation_unknown``, ``invitation_revoked``, ``invitation_expired``, ``invitation_used``.
    """
    if invitation is None:
        raise _dead("unknown", "This link opens nothing. Look whether all of it was copied.")
    if invitation.revoked_ms is not None:
        raise _dead("revoked", "This invitation was taken back. Ask the host for a new one.")
    if invitation.expires_ms is not None and now_ms >= invitation.expires_ms:
        raise _dead("expired", "This invitation has expired. Ask the host to extend it.")
    if invitation.uses_left is not None and invitation.uses_left < 1:
        raise _dead(
            "used",
            "This invitation was used already. If it was you, open it in the same browser as "
            "before; otherwise ask the host for another.",
        )
    return invitation


def _dead(code: str, words: str) -> UsageError:
    return UsageError(f"invitation_{code}", words, status=403)
