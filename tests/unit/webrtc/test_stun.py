import struct

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.webrtc import stun
from vivavoce.webrtc.stun import Attribute, Kind, build, parse

# RFC 5769 sections 2.1 to 2.3: the vectors that every implementation is held to.
PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"
REQUEST = bytes.fromhex(
    "00010058 2112a442 b7e7a701bc34d686fa87dfae"
    "80220010 5354554e207465737420636c69656e74"
    "00240004 6e0001ff 80290008 932ff9b151263b36"
    "00060009 6576746a3a68367659 202020"
    "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004 e57a3bcf"
)
RESPONSE_4 = bytes.fromhex(
    "0101003c 2112a442 b7e7a701bc34d686fa87dfae"
    "8022000b 7465737420766563746f7220"
    "00200008 0001a147e112a643"
    "00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004 c07d4c96"
)
RESPONSE_6 = bytes.fromhex(
    "01010048 2112a442 b7e7a701bc34d686fa87dfae"
    "8022000b 7465737420766563746f7220"
    "00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014 a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004 c8fb0b4c"
)

ports = st.integers(0, 65_535)
hosts = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)
transactions = st.binary(min_size=12, max_size=12)
# Not those that build adds by itself.
values = st.dictionaries(
    st.integers(0, 65_535).filter(
        lambda a: a not in {Attribute.FINGERPRINT, Attribute.MESSAGE_INTEGRITY}
    ),
    st.binary(max_size=40),
    max_size=10,
)


def test_the_rfc_s_own_messages_are_read_as_it_says() -> None:
    request, four, six = map(parse, (REQUEST, RESPONSE_4, RESPONSE_6))
    assert request is not None
    assert four is not None
    assert six is not None
    assert request.kind is Kind.REQUEST
    assert request.username == "evtj:h6vY"
    assert request.signed_by(PASSWORD)
    assert not request.signed_by(PASSWORD[:-1])
    assert four.mapped == ("192.0.2.1", 32_853)
    assert six.mapped == ("2001:db8:1234:5678:11:2233:4455:6677", 32_853)
    assert four.signed_by(PASSWORD)
    assert six.signed_by(PASSWORD)


@given(kind=st.sampled_from(Kind), transaction=transactions, attributes=values)
def test_what_is_built_is_read_back(
    kind: Kind, transaction: bytes, attributes: dict[int, bytes]
) -> None:
    message = parse(build(kind, transaction, attributes, "secret"))
    assert message is not None
    assert (message.kind, message.transaction) == (kind, transaction)
    assert {a: v for a, v in message.attributes.items() if a in attributes} == attributes
    assert message.signed_by("secret")
    assert not message.signed_by("secrets")


@given(transaction=transactions, host=hosts, port=ports)
def test_a_mapped_address_survives_the_mask(transaction: bytes, host: str, port: int) -> None:
    request = stun.Message(Kind.REQUEST, transaction)
    answer = parse(stun.success(request, (host, port), "p"))
    assert answer is not None
    assert answer.mapped == (host, port)


@given(data=st.binary(max_size=200))
def test_noise_is_no_message_and_no_error(data: bytes) -> None:
    assert parse(data) is None


@given(cut=st.integers(0, len(REQUEST) - 1))
def test_truncated_stun_is_no_message(cut: int) -> None:
    assert parse(REQUEST[:cut]) is None


@given(bit=st.integers(0, 8 * len(REQUEST) - 1))
def test_forged_stun_is_no_message_or_not_signed(bit: int) -> None:
    forged = bytearray(REQUEST)
    forged[bit // 8] ^= 1 << bit % 8
    message = parse(bytes(forged))
    assert message is None or not message.signed_by(PASSWORD)


@given(data=st.binary(max_size=300).map(lambda body: body[: len(body) // 4 * 4]))
def test_a_right_header_before_noise_raises_nothing(data: bytes) -> None:
    head = stun.HEADER.pack(Kind.REQUEST, len(data), stun.MAGIC, bytes(12))
    message = parse(head + data)
    if message is not None:
        assert not message.signed_by("p")
        assert message.mapped is None or isinstance(message.mapped[0], str)
        assert message.error is None or message.error < 1000
        assert message.username is None or isinstance(message.username, str)


def test_what_follows_the_signature_does_not_count() -> None:
    late = struct.pack("!HH", Attribute.USE_CANDIDATE, 0)
    signed = build(Kind.REQUEST, bytes(12), {}, "p")[:-8]  # without FINGERPRINT
    data = signed[:2] + struct.pack("!H", len(signed) - 20 + len(late)) + signed[4:] + late
    message = parse(data)
    assert message is not None
    assert message.signed_by("p")
    assert Attribute.USE_CANDIDATE not in message.attributes


def test_too_many_attributes_are_refused() -> None:
    many = {0x8100 + n: b"" for n in range(stun.MAX_ATTRIBUTES + 1)}
    assert parse(build(Kind.REQUEST, bytes(12), many)) is None


def test_refusals_carry_their_code_and_what_was_not_understood() -> None:
    request = parse(build(Kind.REQUEST, bytes(12), {0x0077: b"", 0x8077: b""}))
    assert request is not None
    answer = parse(stun.refusal(request, 420))
    assert answer is not None
    assert answer.error == 420
    assert answer.attributes[Attribute.UNKNOWN_ATTRIBUTES] == b"\x00\x77"
