"""One peer against everything that an enemy on the path, or a bad seat, can send it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.caller import HOME, PAYLOAD_TYPE, WALL, Caller, States, check, connect, peer_for

from vivavoce.errors import PeerError
from vivavoce.media import SILENCE, Packet
from vivavoce.mix.opus import Encoder
from vivavoce.mix.voice import Voice
from vivavoce.testing import level_db, tone
from vivavoce.units import FRAME_SAMPLES, Samples
from vivavoce.webrtc import rtcp, rtp
from vivavoce.webrtc.dtls import SrtpProfile
from vivavoce.webrtc.endpoint import PeerState
from vivavoce.webrtc.offer import parse_offer
from vivavoce.webrtc.udp_peer import CONNECT_S, DATAGRAMS_PER_S, VANISHED_S, UdpPeer

TICK = 0.02
AWAY = ("203.0.113.66", 6666)


def connected(
    profile: SrtpProfile = SrtpProfile.AEAD_AES_128_GCM, *, direction: str = "sendonly"
) -> tuple[UdpPeer, Caller, States]:
    caller, states = Caller(profile, direction=direction), States()
    peer = peer_for(caller, states, returns=direction == "sendrecv")
    connect(peer, caller)
    return peer, caller, states


def speak(peer: UdpPeer, caller: Caller, seconds: float, *, began: float = 0.0) -> list[float]:
    """Let the caller send a tone in real time; return the level of each frame heard."""
    encoder, levels = Encoder(), []
    for n in range(round(seconds / TICK)):
        now = began + n * TICK
        pcm = tone(440, Samples(FRAME_SAMPLES), start=n * FRAME_SAMPLES)
        time = round(now / TICK) * FRAME_SAMPLES
        peer.media(caller.rtp(encoder.encode(pcm), time=time), now)
        levels.append(level_db(peer.frame(now + 0.012)))
    return levels


@pytest.mark.parametrize("profile", SrtpProfile)
def test_a_caller_is_heard(profile: SrtpProfile) -> None:
    peer, caller, states = connected(profile)
    assert states.last is PeerState.CONNECTED
    levels = speak(peer, caller, 1.0)
    assert min(levels[5:]) > -21
    assert max(levels[5:]) < -19


def test_dtls_is_taken_from_a_checked_address_alone() -> None:
    # The endpoint asks the peer's table of addresses; an attacker's are not in it.
    caller, states = Caller(), States()
    peer = peer_for(caller, states)
    assert peer.ice.addresses == {}
    assert not check(peer, caller.check(password="guess" * 6), AWAY)
    assert peer.ice.addresses == {}
    assert check(peer, caller.check())
    assert list(peer.ice.addresses) == [HOME]


def test_client_hello_race_is_won_by_the_certificate_of_the_offer() -> None:
    caller, states = Caller(), States()
    peer = peer_for(caller, states)
    check(peer, caller.check())
    intruder = Caller()
    flight = intruder.shake([])
    while flight and peer.live:
        flight = intruder.shake([d for f in flight for d in peer.handshake(f, 0.0)])
    assert peer.srtp is None
    assert states.last is PeerState.LOST  # its seat, and no other, is asked to connect again


def test_media_before_keys_is_dropped() -> None:
    caller, states = Caller(), States()
    peer = peer_for(caller, states)
    check(peer, caller.check())
    peer.media(rtp.build(PAYLOAD_TYPE, 1, 1, 1, b"plain"), 0.0)
    peer.control(rtcp.bye(1, "plain"), 0.0)
    assert peer.counts.early == 2
    assert peer.reception is None


def test_unencrypted_rtp_is_not_heard() -> None:
    peer, _, _ = connected()
    peer.media(rtp.build(PAYLOAD_TYPE, 1, 1, 1, bytes(50)), 0.0)
    assert peer.reception is None


def test_srtp_replayed_is_heard_once() -> None:
    peer, caller, _ = connected()
    packet = caller.rtp(Encoder().encode(SILENCE), time=0)
    for _ in range(10):
        peer.media(packet, 0.0)
    assert peer.reception is not None
    assert peer.reception.received == 1
    assert peer.srtp is not None
    assert peer.srtp.refused.replayed == 9


def test_a_media_address_is_not_moved_by_srtp_or_by_a_forged_check() -> None:
    peer, caller, _ = connected()
    check(peer, caller.check(password="guess" * 6), AWAY)
    assert peer.ice.selected == HOME
    check(peer, caller.check(), AWAY)
    assert peer.ice.selected == AWAY


def test_rtp_padding_and_extension_lies_inside_valid_srtp_cost_a_packet() -> None:
    peer, caller, _ = connected()
    honest = rtp.build(PAYLOAD_TYPE, 1, 1, 1, b"x")
    padding = bytes([honest[0] | 0x20]) + honest[1:-1] + b"\xff"
    peer.media(caller.seal(padding), 0.0)
    assert peer.counts.malformed == 1
    assert speak(peer, caller, 0.5)[-1] > -21


@given(payload=st.binary(min_size=1, max_size=200))
def test_corrupt_opus_costs_a_frame(payload: bytes) -> None:
    peer, caller, states = connected()
    speak(peer, caller, 0.2)
    peer.media(caller.rtp(payload, time=10 * FRAME_SAMPLES), 0.2)
    for n in range(10):
        assert len(peer.frame(0.2 + n * TICK)) == FRAME_SAMPLES
    levels = speak(peer, caller, 1.0, began=0.4)
    assert levels[-1] > -21
    assert states.last is PeerState.CONNECTED


def test_nothing_but_corrupt_opus_loses_the_seat_and_says_so() -> None:
    peer, caller, states = connected()
    for n in range(200):
        if peer.live:
            peer.media(caller.rtp(b"\xff\xff\xff", time=n * FRAME_SAMPLES), n * TICK)
            peer.frame(n * TICK)
    assert states.last is PeerState.LOST
    assert states.seen[-1][1] is not None
    assert states.seen[-1][1].code == "media_unreadable"


def test_an_rtcp_flood_is_cut_off_and_the_voice_returns() -> None:
    peer, caller, _ = connected()
    report = caller.outbound.protect_rtcp(rtcp.bye(caller.ssrc, "x"))
    for _ in range(10 * DATAGRAMS_PER_S):
        peer.control(report, 0.5)
    assert peer.counts.flood >= 9 * DATAGRAMS_PER_S
    assert speak(peer, caller, 1.0, began=2.0)[-1] > -21


@given(data=st.lists(st.binary(max_size=100), max_size=20))
def test_noise_in_every_door_costs_nothing(data: list[bytes]) -> None:
    peer, caller, states = connected()
    for noise in data:
        peer.media(noise, 0.0)
        peer.control(noise, 0.0)
        peer.handshake(noise, 0.0)
        peer.media(caller.seal(rtp.build(PAYLOAD_TYPE, 1, 1, 1, noise)), 0.0)
    assert states.last is PeerState.CONNECTED
    assert speak(peer, caller, 1.0, began=2.0)[-1] > -21


def test_another_payload_type_is_not_taken_for_opus() -> None:
    peer, caller, _ = connected()
    peer.media(caller.rtp(b"dtmf", time=0, payload_type=110), 0.0)
    assert peer.counts.foreign == 1


def test_a_new_ssrc_begins_a_new_voice() -> None:
    peer, caller, _ = connected()
    speak(peer, caller, 0.5)
    caller.ssrc, caller.sequence = 0x9999, 3
    assert speak(peer, caller, 0.5, began=0.6)[-1] > -21
    assert peer.reception is not None
    assert peer.reception.ssrc == 0x9999


def test_a_path_that_never_comes_is_given_up_in_plain_words() -> None:
    caller, states = Caller(), States()
    peer = peer_for(caller, states)
    peer.tick(CONNECT_S - 0.01, WALL)
    assert peer.live
    peer.tick(CONNECT_S, WALL)
    assert states.last is PeerState.LOST
    assert states.seen[-1][1] is not None
    assert "UDP" in states.seen[-1][1].message


def test_a_peer_that_is_checked_but_silent_stays_and_one_that_vanished_is_lost() -> None:
    peer, caller, states = connected()
    for n in range(1, 20):
        check(peer, caller.check(), now=n * 5.0)
        peer.tick(n * 5.0, WALL)
    assert states.seen[-1] == (PeerState.CONNECTED, None)
    peer.tick(95.0 + VANISHED_S, WALL)
    assert states.last is PeerState.LOST


def test_reports_say_what_was_lost_so_that_the_browser_adds_fec() -> None:
    peer, caller, _ = connected()
    encoder = Encoder()
    for n in range(50):
        packet = caller.rtp(encoder.encode(SILENCE), time=n * FRAME_SAMPLES)
        if n % 10 != 5:
            peer.media(packet, n * TICK)
    (datagram,) = peer.tick(1.0, WALL)
    plain = caller.opens(datagram)
    assert plain is not None
    reports = rtcp.parse(plain)
    assert reports is not None
    (block,) = reports.receptions
    assert (block.ssrc, block.lost) == (caller.ssrc, 5)
    assert block.lost_part == 256 * 5 // 50


def test_opus_is_sent_to_a_peer_that_wants_it_and_reported() -> None:
    peer, caller, _ = connected(direction="sendrecv")
    sent = [Packet(Samples(n * FRAME_SAMPLES), bytes([n])) for n in range(5)]
    datagrams = [peer.send(packet, n * TICK) for n, packet in enumerate(sent)]
    received = [rtp.parse(caller.opens(d) or b"") for d in datagrams if d is not None]
    assert [p.payload for p in received if p] == [p.payload for p in sent]
    times = [p.timestamp for p in received if p]
    steps = [(b - a) & 0xFFFFFFFF for a, b in itertools.pairwise(times)]
    assert steps == [FRAME_SAMPLES] * 4
    (report,) = peer.tick(1.0, WALL)
    reports = rtcp.parse(caller.opens(report) or b"")
    assert reports is not None
    assert reports.senders[0].packets == 5


def test_nothing_is_sent_to_a_peer_that_does_not_want_it_or_withdrew_consent() -> None:
    peer, _, _ = connected(direction="sendonly")
    assert peer.send(Packet(Samples(0), b"x"), 0.0) is None
    wanting, _, _ = connected(direction="sendrecv")
    assert wanting.send(Packet(Samples(0), b"x"), 0.0) is not None
    assert wanting.send(Packet(Samples(960), b"x"), 31.0) is None
    assert wanting.send(Packet(Samples(960), bytes(1400)), 0.0) is None


def test_an_ice_restart_keeps_the_keys_and_moves_the_path() -> None:
    peer, caller, _ = connected()
    keys = peer.srtp
    caller.ufrag, caller.password = "efgh", "b" * 24
    answer = peer.restart(parse_offer(caller.offer()))
    caller.accept(answer)
    assert check(peer, caller.check(), AWAY, now=1.0)
    assert peer.ice.selected == AWAY
    assert peer.srtp is keys
    assert speak(peer, caller, 1.0, began=1.0)[-1] > -21


def test_a_restart_with_another_certificate_is_refused() -> None:
    peer, _, _ = connected()
    with pytest.raises(PeerError):
        peer.restart(parse_offer(Caller().offer()))


def test_closing_says_goodbye_once() -> None:
    peer, caller, states = connected()
    goodbyes = peer.close()
    assert len(goodbyes) == 2  # RTCP BYE and close_notify
    reports = rtcp.parse(caller.opens(goodbyes[0]) or b"")
    assert reports is not None
    assert reports.byes == [peer.sender.ssrc]
    assert states.last is PeerState.CLOSED
    assert peer.close() == []
    assert peer.tick(99.0, WALL) == []
    assert states.last is PeerState.CLOSED


def test_a_peer_s_goodbye_is_believed_at_once() -> None:
    peer, caller, states = connected()
    caller.ssl.shutdown()
    peer.handshake(caller.ssl.bio_read(4096), 0.1)
    assert states.last is PeerState.LOST


def test_a_muted_microphone_is_not_decoded() -> None:
    peer, caller, _ = connected()
    speak(peer, caller, 0.5)
    assert isinstance(peer.voice, Voice)
    # One-byte extension, element 1: level 127, which is silence (RFC 6464).
    muted = b"\xbe\xde\x00\x01\x10\x7f\x00\x00"
    loud = Encoder().encode(tone(440, Samples(FRAME_SAMPLES)))
    frames = []
    for n in range(25, 75):
        plain = rtp.build(PAYLOAD_TYPE, caller.sequence, n * FRAME_SAMPLES, caller.ssrc, b"")
        caller.sequence += 1
        peer.media(caller.seal(bytes([0x90]) + plain[1:] + muted + loud), n * TICK)
        frames.append(peer.frame(n * TICK + 0.012))
    assert peer.level_dbov == -127
    assert frames[-1] is SILENCE
