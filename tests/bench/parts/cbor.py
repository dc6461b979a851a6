"""As much CBOR (RFC 8949) as CloudWatch's protocol, Smithy RPC v2, needs: what the SDKs of today send, and answers for them."""

import struct

DEEPEST = 32


class Timestamp(float):
    """Seconds since 1970, written with tag 1"""


def encode(value: object) -> bytes:
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, Timestamp):
        return b"\xc1\xfb" + struct.pack(">d", value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, str):
        raw = value.encode()
        return head(3, len(raw)) + raw
    if isinstance(value, list | tuple):
        return head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(encode(key) + encode(item) for key, item in value.items())
    raise TypeError(f"no CBOR for {type(value).__name__}")


def head(major: int, number: int) -> bytes:
    for code, size, form in ((24, 1, ">B"), (25, 2, ">H"), (26, 4, ">I"), (27, 8, ">Q")):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 1 << (8 * size):
            return bytes([major << 5 | code]) + struct.pack(form, number)
    raise ValueError("the number is too large")


def decode(data: bytes) -> object:
    value, at = _item(data, 0, 0)
    if at != len(data):
        raise ValueError("something follows the value")
    return value


BREAK = object()


def _item(data: bytes, at: int, depth: int) -> tuple[object, int]:
    if depth > DEEPEST:
        raise ValueError("too deep")
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return _simple(data, at, low)
    number, at = _number(data, at, low)
    if major in (0, 1):
        return (number if major == 0 else -1 - number), at
    if major in (2, 3):
        if number is None:
            parts, at = _until_break(data, at, depth)
            return (b"" if major == 2 else "").join(parts), at
        raw = data[at : at + number]
        return (raw if major == 2 else raw.decode()), at + number
    if major == 6:
        return _item(data, at, depth + 1)
    count = None if number is None else number * (2 if major == 5 else 1)
    items, at = _until_break(data, at, depth) if count is None else _counted(data, at, depth, count)
    return (items if major == 4 else dict(zip(items[::2], items[1::2], strict=True))), at


def _number(data: bytes, at: int, low: int) -> tuple[int | None, int]:
    if low < 24:
        return low, at
    if low == 31:
        return None, at
    size = 1 << (low - 24)
    return int.from_bytes(data[at : at + size], "big"), at + size


def _simple(data: bytes, at: int, low: int) -> tuple[object, int]:
    if low in (25, 26, 27):
        form, size = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}[low]
        return struct.unpack(form, data[at : at + size])[0], at + size
    return {20: False, 21: True, 22: None, 23: None, 31: BREAK}[low], at


def _counted(data: bytes, at: int, depth: int, count: int) -> tuple[list, int]:
    items = []
    for _ in range(count):
        item, at = _item(data, at, depth + 1)
        items.append(item)
    return items, at


def _until_break(data: bytes, at: int, depth: int) -> tuple[list, int]:
    items = []
    while True:
        item, at = _item(data, at, depth + 1)
        if item is BREAK:
            return items, at
        items.append(item)
