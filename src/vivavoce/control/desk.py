"""What the API's routes work with."""

from dataclasses import dataclass

from vivavoce.clock import Clock
from vivavoce.control.exports import Exports
from vivavoce.control.guests import Guests
from vivavoce.control.hands import RaisedHands
from vivavoce.control.invitations import Invitations
from vivavoce.control.keeping import Keeping
from vivavoce.control.links import Links
from vivavoce.control.marks import Marks
from vivavoce.control.seating import Seating
from vivavoce.control.series import Series
from vivavoce.control.shows import Shows
from vivavoce.control.takedowns import Takedowns
from vivavoce.people.attempts import Attempts
from vivavoce.people.people import People


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The services behind the API."""

    shows: Shows
    seating: Seating
    invitations: Invitations
    guests: Guests
    hands: RaisedHands
    people: People
    attempts: Attempts
    links: Links
    clock: Clock
    exports: Exports
    keeping: Keeping
    takedowns: Takedowns
    marks: Marks
    series: Series
