"""What hosts are told about the bucket. Pure."""

from vivavoce.errors import MachineError


def told(
    failure: MachineError | None, away_s: float, waiting: tuple[int, int], missing: int
) -> MachineError:
    """Return the notice: how it is, what waits, and what is lost.

    ``failure`` is None once the bucket is back; ``waiting`` is files and bytes.
    """
    count, size = waiting
    amount = f"{count} file{'' if count == 1 else 's'} ({size / 1e6:.1f} MB)"
    lost = f" {missing} pieces of sound are missing in the folder, and so lost." if missing else ""
    if failure is None:
        text = f"The bucket is back. {amount} still to be copied.{lost or ' Nothing was lost.'}"
        return MachineError("bucket_catching_up", text, status=503)
    what = failure.message
    if failure.code == "bucket_away":
        what = f"The bucket has not been reached for {max(1, round(away_s))} s."
    text = (
        f"{what} The show and its recording go on, in the server's folder. {amount} wait and are"
        f" copied by themselves once it takes them.{lost or ' Nothing is lost.'}"
    )
    return MachineError(failure.code, text, status=503)
