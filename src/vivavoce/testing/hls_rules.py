"""The rules of HLS, one by one: what a media playlist breaks of RFC 8216bis, by section. Pure.

Each rule is a function under its section's number. Rules about tags that no playlist of ours has
(keys, date ranges, I-frames, byte ranges) are one rule: such a tag is foreign here.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from vivavoce.testing.hls_text import Media, attributes, read, whole

# The version that a tag needs (section 8); what is not here needs none.
_NEEDS: Final = {"#EXT-X-MAP": 6, "#EXT-X-SKIP": 9}

SLACK_S: Final = 0.02
"""Durations are rounded to two digits, and added up over a list."""

Rule = Callable[[Media], Iterator[str]]
_RULES: Final[dict[str, Rule]] = {}


def media(text: str) -> list[str]:
    """Return what one media playlist breaks, as ``"4.4.3.1: …"``; empty is praise."""
    found = read(text)
    said = [
        f"{section.split()[0]}: {said}" for section, rule in _RULES.items() for said in rule(found)
    ]
    return found.broken + said


def _rule(section: str) -> Callable[[Rule], Rule]:
    def add(rule: Rule) -> Rule:
        _RULES[section] = rule
        return rule

    return add


@_rule("4.4.1.2")
def _version(found: Media) -> Iterator[str]:
    version = whole(found.tags.get("#EXT-X-VERSION", "1"))
    present = {"#EXT-X-SKIP"} if found.skipped else set()
    present |= {"#EXT-X-MAP"} if any(segment.map for segment in found.segments) else set()
    needed = max([1, *(_NEEDS[tag] for tag in present)])
    if version is None or version < needed:
        yield f"version {version}, and {needed} is needed (section 8)"
    # 6.2.1: and not more than that. A delta update's full version may keep the delta's own.
    elif version > max(needed, 9 if "CAN-SKIP-UNTIL" in found.control else needed):
        yield f"version {version}, and {needed} is enough (6.2.1)"


@_rule("4.4.3.1")
def _target(found: Media) -> Iterator[str]:
    if not found.target_s:
        yield "no target duration"
    for segment in found.segments:
        # "Rounded to the nearest integer" of exactly .5 is up.
        if int(segment.duration_s + 0.5) > found.target_s:
            yield f"{segment.uri} plays {segment.duration_s} s"


@_rule("4.4.3.2")
def _sequence(found: Media) -> Iterator[str]:
    for tag in ("#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE"):
        if tag in found.tags and whole(found.tags[tag]) is None:
            yield f"{tag} is no number"
    if "#EXT-X-PLAYLIST-TYPE" in found.tags and found.first:
        yield "a list that loses nothing begins in the middle"


@_rule("4.4.3.5")
def _type(found: Media) -> Iterator[str]:
    kind = found.tags.get("#EXT-X-PLAYLIST-TYPE")
    if kind not in {None, "EVENT", "VOD"}:
        yield f"type {kind}"
    if kind == "VOD" and not found.ended:
        yield "VOD without ENDLIST will change (6.2.1)"


@_rule("4.4.4.4")
def _breaks(found: Media) -> Iterator[str]:
    live = "#EXT-X-PLAYLIST-TYPE" not in found.tags
    told = "#EXT-X-DISCONTINUITY-SEQUENCE" in found.tags
    if live and not told and any(segment.after_break for segment in found.segments):
        yield "breaks, and no discontinuity sequence (6.2.2)"
    for segment in found.segments:
        if segment.after_break and segment.date is None:
            yield f"{segment.uri} follows a break without a date (6.2.1)"


@_rule("4.4.4.5")
def _maps(found: Media) -> Iterator[str]:
    for segment in found.segments:
        if not segment.map and not found.skipped:
            yield f"{segment.uri} is fragmented MP4 without an EXT-X-MAP (3.1.2)"


@_rule("4.4.4.6")
def _dates(found: Media) -> Iterator[str]:
    clock: datetime | None = None
    for segment in found.segments:
        if segment.date is not None:
            if clock is not None and segment.date < clock - timedelta(seconds=SLACK_S):
                yield f"{segment.uri} is dated before the end of what precedes it (6.2.1)"
            clock = segment.date
        if clock is not None:
            clock += timedelta(seconds=segment.duration_s)


@_rule("4.4.2.1")
def _independent(found: Media) -> Iterator[str]:
    if "#EXT-X-INDEPENDENT-SEGMENTS" not in found.tags:
        yield "every segment of ours is independent, and it is not said"


@_rule("4.4.3.7")
def _part_target(found: Media) -> Iterator[str]:
    parts = found.parts
    if (parts or found.hints) and found.part_target_s is None:
        yield "parts, and no PART-INF"
    for part in parts:
        target = found.part_target_s or 0
        if part.duration_s > target + 1e-9:
            yield f"{part.uri} plays {part.duration_s} s"


@_rule("4.4.3.8")
def _control(found: Media) -> Iterator[str]:
    control, target = found.control, found.target_s
    until, hold = control.get("CAN-SKIP-UNTIL"), control.get("HOLD-BACK")
    part_hold, part = control.get("PART-HOLD-BACK"), found.part_target_s
    if until is not None and float(until) < 6 * target:
        yield f"CAN-SKIP-UNTIL {until} is less than six target durations"
    if hold is not None and float(hold) < 3 * target:
        yield f"HOLD-BACK {hold} is less than three target durations"
    if part is not None and part_hold is None:
        yield "parts, and no PART-HOLD-BACK"
    if part is not None and part_hold is not None and float(part_hold) < 3 * part - 1e-9:
        yield f"PART-HOLD-BACK {part_hold} is less than three part targets"
    if part is not None and control.get("CAN-BLOCK-RELOAD") != "YES":
        yield "parts, and no blocking reload (appendix B.1)"
    if control.get("CAN-BLOCK-RELOAD", "YES") != "YES":
        yield "CAN-BLOCK-RELOAD is YES or is not there"
    if found.skipped and until is None:
        yield "a delta update that was not offered (6.2.5.1)"


@_rule("4.4.4.9")
def _parts(found: Media) -> Iterator[str]:
    target = found.part_target_s
    for segment in found.segments:
        if (
            segment.parts
            and abs(sum(p.duration_s for p in segment.parts) - segment.duration_s) > SLACK_S
        ):
            yield f"the parts of {segment.uri} do not add up to it"
    for parts in (s.parts for s in found.segments if s.parts):
        for piece in parts[:-1]:
            if target and piece.duration_s < 0.85 * target:
                yield f"{piece.uri} is shorter than 85 % of the target"
    uris = [part.uri for part in found.parts]
    if len(uris) != len(set(uris)):
        yield "a part twice"


@_rule("6.2.2 parts")
def _old_parts(found: Media) -> Iterator[str]:
    behind = sum(p.duration_s for p in found.open.parts) if found.open else 0.0
    for segment in reversed(found.segments):
        if segment.parts and behind > 3 * found.target_s:
            yield f"parts of {segment.uri}, {behind:.2f} s from the end"
        behind += segment.duration_s


@_rule("4.4.5.1")
def _no_foreign_start(found: Media) -> Iterator[str]:
    if "#EXT-X-START" in found.tags and "TIME-OFFSET" not in attributes(found.tags["#EXT-X-START"]):
        yield "EXT-X-START without TIME-OFFSET"


@_rule("4.4.5.2")
def _skip(found: Media) -> Iterator[str]:
    if found.skipped and found.ended:
        yield "a delta update of a list that has ended (6.2.5.1)"
    until = found.control.get("CAN-SKIP-UNTIL")
    if found.skipped and until is not None:
        kept = found.duration_s
        if kept + SLACK_S < float(until):
            yield f"only {kept:.2f} s are kept, within the skip boundary"
        if found.segments and kept - found.segments[0].duration_s > float(until) + SLACK_S:
            yield "segments beyond the skip boundary are kept (6.2.5.1)"


@_rule("4.4.5.3")
def _hints(found: Media) -> Iterator[str]:
    kinds = [hint.get("TYPE") for hint in found.hints]
    if len(kinds) != len(set(kinds)):
        yield "two hints of one type (6.2.6)"
    listed = {part.uri for part in found.parts}
    for hint in found.hints:
        if hint.get("TYPE") not in {"PART", "MAP"} or "URI" not in hint:
            yield "a hint needs TYPE and URI"
        elif hint["URI"].strip('"') in listed:
            yield "a hint of a part that is there"
    if found.hints and found.ended:
        yield "a hint, and the list has ended"


@_rule("4.4.5.4")
def _reports(found: Media) -> Iterator[str]:
    for report in found.reports:
        if "URI" not in report or whole(report.get("LAST-MSN", "")) is None:
            yield "a rendition report needs URI and LAST-MSN"
        if found.part_target_s is not None and whole(report.get("LAST-PART", "")) is None:
            yield "a rendition report of a list with parts needs LAST-PART"
        if report.get("URI", '""').strip('"').startswith(("/", "http")):
            yield "the URI of a rendition report is relative"


@_rule("6.2.2 length")
def _long_enough(found: Media) -> Iterator[str]:
    sliding = not found.ended and found.first > 0 and not found.skipped
    if sliding and found.duration_s < 3 * found.target_s:
        yield f"{found.duration_s:.2f} s are less than three target durations"
