"""``verify``: is a recording what was heard live? For anybody, without a server or a key."""

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from vivavoce.cli import say
from vivavoce.cli.serve import Json
from vivavoce.errors import UsageError

if TYPE_CHECKING:
    from vivavoce.record.verify import Published, Report


def add_to(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("verify")(verify)


def verify(
    place: Annotated[
        str, typer.Argument(metavar="PATH|URL", help="A show's folder, archive or listen address")
    ],
    head: Annotated[
        Optional[list[str]],  # noqa: UP045  typer reads Optional
        typer.Option(
            metavar="HEX[@SEGMENT]", help="A head of the seal, as it was published; repeatable"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Compare a recording with the seal that was kept while it was live.

    Exit codes: 0 as sealed, 1 altered or missing or another head, 2 cannot tell.
    """
    import msgspec  # noqa: PLC0415

    from vivavoce.errors import MachineError, PeerError  # noqa: PLC0415
    from vivavoce.record.sources import card_of, source_of  # noqa: PLC0415
    from vivavoce.record.verify import verify as compare  # noqa: PLC0415

    published = [_published(text) for text in head or []]
    try:
        source = source_of(place)
        report = compare(source, card_of(source), published)
    except ValueError:
        raise MachineError("seal_missing", "This show has no seal to compare with.") from None
    except (UsageError, PeerError) as error:
        # To whoever asks whether something was altered, "no" and "cannot tell" must differ.
        raise MachineError(error.code, error.message) from None
    if json:
        say.as_json(msgspec.to_builtins(report))
    else:
        _tell(report)
    if not report.whole:
        raise typer.Exit(1)


def _published(text: str) -> "Published":
    from vivavoce.errors import MachineError  # noqa: PLC0415
    from vivavoce.record.verify import Published  # noqa: PLC0415

    head, _, segment = text.partition("@")
    good = len(head) == 64 and set(head.lower()) <= set("0123456789abcdef")
    if not good or not (segment.isdigit() or not segment):
        raise MachineError(
            "head_invalid", f"{text} is no head: it has 64 hexadecimal digits, then maybe @SEGMENT."
        )
    return Published(head=head.lower(), segment=int(segment) if segment else None)


def _tell(report: "Report") -> None:
    whole = int(report.seconds)
    length = f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    findings = [finding.words for finding in report.findings]
    for one, found in report.published:
        place = "" if one.segment is None else f" at segment {one.segment}"
        said = "is in the seal" if found else "is NOT in the seal"
        findings.append(f"The head {one.head[:16]}…{place} {said}.")
    say.rows(
        {
            "Show": f"{report.show} {report.title}",
            "Looked at": f"{report.segments} segments in two codecs, {length}",
            "Verdict": "as sealed" if report.whole else "NOT as sealed",
            "Head": report.head,
        },
        below="\n".join(findings),
    )
