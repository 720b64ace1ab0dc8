"""Puts into plain pictures what phones and programs write about place, person and device; CANARY marks each of them."""
import struct, zlib


def exif(orientation):
    """Orientation, a maker's name, and a GPS directory with a latitude."""
    def entry(tag, kind, count, value):
        return struct.pack("<HHI4s", tag, kind, count, value)
    maker, note = b"CANARY-MAKER\0", b"CANARY-GPS\0\0"
    ifd0, gps = 8, 8 + 2 + 3 * 12 + 4
    data = gps + 2 + 2 * 12 + 4
    body = b"II*\0" + struct.pack("<I", ifd0) + struct.pack("<H", 3)
    body += entry(0x010F, 2, len(maker), struct.pack("<I", data))
    body += entry(0x0112, 3, 1, struct.pack("<HH", orientation, 0))
    body += entry(0x8825, 4, 1, struct.pack("<I", gps)) + struct.pack("<I", 0)
    body += struct.pack("<H", 2) + entry(0x0001, 2, 2, b"N\0\0\0")
    body += entry(0x001B, 7, len(note), struct.pack("<I", data + len(maker))) + struct.pack("<I", 0)
    return body + maker + note


def jpeg(plain, orientation, trailer):
    def segment(marker, body):
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>CANARY-XMP</x:xmpmeta>"
    inserted = segment(0xE1, b"Exif\0\0" + exif(orientation)) + segment(0xE1, xmp)
    inserted += segment(0xED, b"Photoshop 3.0\0CANARY-IPTC") + segment(0xFE, b"CANARY-COMMENT")
    return plain[:2] + inserted + plain[2:] + trailer


def png(plain):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    inserted = chunk(b"eXIf", exif(1)) + chunk(b"tEXt", b"Comment\0CANARY-TEXT")
    inserted += chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0CANARY-XMP") + chunk(b"tIME", struct.pack(">HBBBBB", 2026, 1, 2, 3, 4, 5))
    return plain[:33] + inserted + plain[33:] + b"CANARY-TRAILER"


def webp(plain, width, height):
    def chunk(kind, body):
        return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBP" + chunk(b"VP8X", bytes([0x0C, 0, 0, 0]) + size) + plain[12:]
    body += chunk(b"EXIF", exif(1)) + chunk(b"XMP ", b"CANARY-XMP")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif(plain):
    def blocks(body):
        return bytes([len(body)]) + body + b"\0"
    comment = b"\x21\xfe" + blocks(b"CANARY-COMMENT")
    xmp = b"\x21\xff" + b"\x0bXMP DataXMP" + blocks(b"CANARY-XMP")
    table = 3 * 2 ** ((plain[10] & 7) + 1) if plain[10] & 0x80 else 0
    return plain[:13 + table] + comment + xmp + plain[13 + table:] + b"CANARY-TRAILER"


def read(name):
    with open(name, "rb") as file:
        return file.read()


def write(name, content):
    with open(name, "wb") as file:
        file.write(content)


motion = jpeg(read("plain.jpg"), 1, b"")
write("photo.jpg", jpeg(read("plain.jpg"), 1, motion + b"CANARY-TRAILER"))
write("photo-turned.jpg", jpeg(read("plain.jpg"), 6, b""))
write("photo.png", png(read("plain.png")))
write("photo.webp", webp(read("plain.webp"), 96, 64))
write("photo.gif", gif(read("plain.gif")))
