"""What a bucket's refusals mean, in plain words. Pure.

The codes are those of S3's error answers; stores that are not Amazon's have a few of their own.
Nothing of an answer but its code is ever used: the rest may hold keys.
"""

import re
from typing import Final

from vivavoce.errors import MachineError


def _fault(code: str, text: str) -> MachineError:
    return MachineError(code, text, status=503)


AWAY: Final = _fault("bucket_away", "The bucket cannot be reached.")
REFUSED: Final = _fault(
    "bucket_refused", "The bucket refuses the recording: see to its name and to the credentials."
)
CREDENTIALS: Final = _fault(
    "bucket_credentials",
    "The bucket does not accept the server's credentials: see to AWS_ACCESS_KEY_ID and"
    " AWS_SECRET_ACCESS_KEY, and start the server again.",
)
MISSING: Final = _fault(
    "bucket_missing",
    "There is no bucket of that name: make it, or see to storage.bucket in the settings.",
)
CLOCK: Final = _fault(
    "bucket_clock",
    "The bucket refuses the recording because this server's clock is wrong: set the clock.",
)
FULL: Final = _fault("bucket_full", "The bucket is full: make room there, or raise its quota.")
SLOW: Final = _fault("bucket_slow", "The bucket asks for fewer requests.")

NOT_DONE: Final = (SLOW, FULL, CREDENTIALS, CLOCK)
"""What says for sure that a request was not carried out, and that the bucket is what it was."""

_CODES: Final = {
    "AccessDenied": REFUSED,
    "AuthorizationHeaderMalformed": CREDENTIALS,
    "InvalidAccessKeyId": CREDENTIALS,
    "SignatureDoesNotMatch": CREDENTIALS,
    "InvalidToken": CREDENTIALS,
    "ExpiredToken": CREDENTIALS,
    "RequestTimeTooSkewed": CLOCK,
    "NoSuchBucket": MISSING,
    "InvalidBucketName": MISSING,
    "QuotaExceeded": FULL,
    "XMinioStorageFull": FULL,
    "XMinioAdminBucketQuotaExceeded": FULL,
    "InsufficientStorage": FULL,
    "InsufficientCapacity": FULL,
    "SlowDown": SLOW,
    "SlowDownRead": SLOW,
    "SlowDownWrite": SLOW,
    "TooManyRequests": SLOW,
    "Throttling": SLOW,
    "RequestLimitExceeded": SLOW,
}
_CODE: Final = re.compile(r"<Code>([A-Za-z]{1,64})</Code>")
_STATUS: Final = re.compile(r"status code: (\d{3})")
_STATUSES: Final = {"507": FULL, "429": SLOW}

# Where the machines of a cloud ask for their role, when the environment names no keys.
_ROLE: Final = "169.254.169.254"


def fault(text: str, *, refused: bool) -> MachineError:
    """Return what a store's error ``text`` means; ``refused``: it is known to be no outage."""
    code = _CODE.search(text)
    if code is not None and code[1] in _CODES:
        return _CODES[code[1]]
    status = _STATUS.search(text)
    if status is not None and status[1] in _STATUSES:
        return _STATUSES[status[1]]
    if _ROLE in text:
        return CREDENTIALS
    return REFUSED if refused else AWAY
