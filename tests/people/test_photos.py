"""Uploaded pictures: every format, every refusal, and what may and may not be in the result."""

import functools
import io
import math
import os
import signal
import struct
import subprocess
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile, PngImagePlugin

from portal.people import photos
from portal.people import pictures as picture_work
from portal.people.photos import Crop, PhotoRefused, Pictures, process_in_child
from portal.people.pictures import process

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX locks and signals")


# --- Helpers ------------------------------------------------------------------------------------------------


def file_of(image: Image.Image, image_format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def plain(size: tuple[int, int] = (200, 250), colour: Any = RED, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def blocks(size: tuple[int, int], **corners: tuple[int, int, int]) -> Image.Image:
    """White, with coloured blocks in the corners tl, tr, bl and br, each a quarter of the sides."""
    image = Image.new("RGB", size, WHITE)
    width, height = size[0] // 4, size[1] // 4
    for corner, colour in corners.items():
        left = 0 if corner[1] == "l" else size[0] - width
        top = 0 if corner[0] == "t" else size[1] - height
        image.paste(colour, (left, top, left + width, top + height))
    return image


@functools.cache
def valid(image_format: str) -> bytes:
    """A small photo with some detail in it."""
    image = Image.radial_gradient("L").resize((150, 180))
    image = Image.merge("RGB", (image, image.rotate(90), image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)))
    return file_of(image, image_format)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=("WEBP",))
    image.load()
    return image


def near(pixel: Any, colour: tuple[int, ...], tolerance: int = 40) -> bool:
    return len(pixel) == len(colour) and all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=True))


def corner_of(image: Image.Image, corner: str) -> Any:
    x = 20 if corner[1] == "l" else image.width - 21
    y = 20 if corner[0] == "t" else image.height - 21
    return image.getpixel((x, y))


def middle_of_image(image: Image.Image) -> Any:
    return image.getpixel((image.width // 2, image.height // 2))


def middle_of(data: bytes) -> Any:
    return middle_of_image(opened(data))


def chunks_of(webp: bytes) -> list[bytes]:
    assert webp[:4] == b"RIFF"
    assert webp[8:12] == b"WEBP"
    assert struct.unpack("<I", webp[4:8])[0] == len(webp) - 8
    names, at = [], 12
    while at < len(webp):
        names.append(webp[at : at + 4])
        length = struct.unpack("<I", webp[at + 4 : at + 8])[0]
        at += 8 + length + length % 2
    assert at == len(webp)
    return names


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_by_hand(width: int, height: int, idat: bytes = b"", colour_type: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", idat) + png_chunk(b"IEND", b"")


def webp_by_hand(kind: bytes, body: bytes) -> bytes:
    chunk = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def code_of(data: bytes) -> str:
    with pytest.raises(PhotoRefused) as refused:
        process(data)
    return refused.value.code


def exif_with(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def swapped_profile() -> bytes:
    """sRGB with the primaries of red and green exchanged: what is stored as red is meant to be green."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", data[128:132])[0]
    entries = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    data[red + 4 : red + 12], data[green + 4 : green + 12] = (
        data[green + 4 : green + 12],
        data[red + 4 : red + 12],
    )
    return bytes(data)


# --- Formats and modes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image_format", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("HEIF", {}),
        ("HEIF", {"chroma": 444}),
        ("MPO", {"save_all": True, "append_images": [Image.new("RGB", (160, 200), BLUE)]}),
    ],
)
def test_every_format_gives_both_pictures(image_format: str, options: dict[str, Any]) -> None:
    pictures = process(file_of(plain((400, 400)), image_format, **options))
    portrait, square = opened(pictures.portrait), opened(pictures.square)
    assert portrait.size == (320, 400)
    assert square.size == (256, 256)
    assert portrait.mode == square.mode == "RGB"
    assert near(portrait.getpixel((5, 5)), RED, 12)
    assert near(square.getpixel((128, 128)), RED, 12)
    assert pictures.cutout is False


def palette_picture() -> Image.Image:
    return plain().quantize(8)


def sixteen_bit_rgb_png() -> bytes:
    row = b"\0" + struct.pack(">HHH", 0xFFFF, 0, 0) * 150
    header = struct.pack(">IIBBBBB", 150, 150, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(row * 150))
        + png_chunk(b"IEND", b"")
    )


GREY = (128, 128, 128)


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        pytest.param(lambda: file_of(plain(mode="CMYK", colour=(0, 255, 255, 0)), "JPEG"), RED, id="cmyk"),
        pytest.param(lambda: file_of(plain(mode="YCbCr", colour=(76, 85, 255)), "JPEG"), RED, id="ycbcr"),
        pytest.param(lambda: file_of(plain(mode="L", colour=128), "JPEG"), GREY, id="grey-jpeg"),
        pytest.param(lambda: file_of(plain(mode="L", colour=128), "PNG"), GREY, id="grey-png"),
        pytest.param(lambda: file_of(plain(mode="L", colour=128), "HEIF"), GREY, id="grey-heic"),
        pytest.param(lambda: file_of(plain(mode="LA", colour=(128, 255)), "PNG"), GREY, id="grey-alpha"),
        pytest.param(lambda: file_of(plain(mode="1", colour=1), "PNG"), WHITE, id="one-bit"),
        pytest.param(lambda: file_of(palette_picture(), "PNG"), RED, id="palette"),
        pytest.param(lambda: file_of(plain(mode="I;16", colour=0x8000), "PNG"), GREY, id="grey16-png"),
        pytest.param(lambda: file_of(plain(mode="I;16", colour=0x8000), "HEIF"), GREY, id="grey16-heic"),
        pytest.param(sixteen_bit_rgb_png, RED, id="rgb16"),
    ],
)
def test_every_mode_keeps_its_colour(data: Any, colour: tuple[int, int, int]) -> None:
    pictures = process(data())
    assert near(middle_of(pictures.portrait), colour, 8)
    assert near(middle_of(pictures.square), colour, 8)
    assert pictures.cutout is False


@pytest.mark.parametrize("image_format", ["WEBP", "PNG"])
def test_an_animation_gives_its_first_frame(image_format: str) -> None:
    more = [plain(colour=BLUE), plain(colour=GREEN)]
    data = file_of(plain(), image_format, save_all=True, append_images=more, duration=100)
    assert near(middle_of(process(data).portrait), RED, 12)


# --- Sizes and cutting --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "portrait"),
    [
        ((1600, 2000), (800, 1000)),
        ((2400, 1000), (800, 1000)),
        ((801, 1300), (800, 1000)),
        ((800, 1000), (800, 1000)),
        ((799, 1000), (796, 995)),
        ((640, 400), (320, 400)),
        ((128, 128), (100, 125)),
        ((130, 900), (128, 160)),
    ],
)
@pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
def test_the_portrait_is_four_to_five_and_never_enlarged(
    image_format: str, size: tuple[int, int], portrait: tuple[int, int]
) -> None:
    pictures = process(file_of(plain(size), image_format))
    assert opened(pictures.portrait).size == portrait
    assert opened(pictures.square).size == (256, 256)


@pytest.mark.parametrize(
    ("size", "orientation", "decoded_at"),
    [
        ((6400, 2000), 1, (3200, 1000)),
        ((6400, 2000), 6, (3200, 1000)),
        ((4100, 3300), 1, (2050, 1650)),
        ((4100, 3300), 6, (1025, 825)),
        ((1603, 2009), 1, (802, 1005)),
        ((1603, 2009), 6, (1603, 2009)),
        ((7000, 130), 1, (7000, 130)),
    ],
)
def test_a_large_jpeg_is_decoded_smaller_but_large_enough(
    size: tuple[int, int],
    orientation: int,
    decoded_at: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded = []
    resizable = picture_work._resizable

    def record(image: Image.Image) -> Image.Image:
        decoded.append(image.size)
        return resizable(image)

    monkeypatch.setattr(picture_work, "_resizable", record)
    pictures = process(file_of(plain(size, mode="L", colour=90), "JPEG", exif=exif_with(orientation)))
    assert decoded == [decoded_at]
    assert opened(pictures.portrait).size == ((104, 130) if size == (7000, 130) else (800, 1000))


def test_the_crop_point_moves_both_cuts() -> None:
    image = plain((1000, 500))
    image.paste(BLUE, (500, 0, 1000, 500))
    data = file_of(image, "PNG")
    left, right = process(data, Crop(x=0.1)), process(data, Crop(x=0.9))
    for picture in (left.portrait, left.square):
        assert near(middle_of(picture), RED)
    for picture in (right.portrait, right.square):
        assert near(middle_of(picture), BLUE)
    between = opened(process(data, Crop(x=0.5)).portrait)
    assert near(between.getpixel((20, 250)), RED)
    assert near(between.getpixel((380, 250)), BLUE)


def test_the_crop_point_moves_up_and_down() -> None:
    image = plain((400, 1000))
    image.paste(BLUE, (0, 500, 400, 1000))
    data = file_of(image, "PNG")
    assert near(middle_of(process(data, Crop(y=0)).portrait), RED)
    assert near(middle_of(process(data, Crop(y=1)).square), BLUE)


def test_the_crop_point_is_meant_on_the_upright_picture() -> None:
    image = plain((1000, 400))
    image.paste(BLUE, (500, 0, 1000, 400))
    # Turned by a quarter clockwise, the stored left side is at the top.
    data = file_of(image, "JPEG", exif=exif_with(6))
    assert near(middle_of(process(data, Crop(y=0)).portrait), RED)
    assert near(middle_of(process(data, Crop(y=1)).portrait), BLUE)


def test_closeness_cuts_the_square_closer_and_leaves_the_portrait() -> None:
    image = plain((512, 512))
    image.paste(BLUE, (128, 128, 384, 384))
    data = file_of(image, "PNG")
    far, close = process(data, Crop(closeness=1)), process(data, Crop(closeness=2))
    assert near(corner_of(opened(far.square), "tl"), RED)
    assert near(corner_of(opened(close.square), "tl"), BLUE)
    assert far.portrait == close.portrait


@pytest.mark.parametrize(
    ("given_crop", "same_as"),
    [
        (Crop(-3, 7, 0.1), Crop(0, 1, 1)),
        (Crop(9, -1, 50), Crop(1, 0, 2)),
        (Crop(math.nan, math.nan, math.nan), Crop()),
        (Crop(math.inf, -math.inf, math.inf), Crop(1, 0, 2)),
    ],
)
def test_a_crop_outside_is_moved_inside(given_crop: Crop, same_as: Crop) -> None:
    assert process(valid("JPEG"), given_crop) == process(valid("JPEG"), same_as)


# --- Orientation --------------------------------------------------------------------------------------------

# Where the stored top left and top right corners are seen, from the EXIF standard's "0th row, 0th column".
SEEN = {
    1: ("tl", "tr"),
    2: ("tr", "tl"),
    3: ("br", "bl"),
    4: ("bl", "br"),
    5: ("tl", "bl"),
    6: ("tr", "br"),
    7: ("br", "tr"),
    8: ("bl", "tl"),
}


@pytest.mark.parametrize("orientation", sorted(SEEN))
@pytest.mark.parametrize("image_format", FORMATS)
def test_the_orientation_is_applied(image_format: str, orientation: int) -> None:
    stored = blocks((256, 256), tl=RED, tr=BLUE)
    square = opened(process(file_of(stored, image_format, exif=exif_with(orientation))).square)
    first, second = SEEN[orientation]
    for corner in ("tl", "tr", "bl", "br"):
        expected = RED if corner == first else BLUE if corner == second else WHITE
        assert near(corner_of(square, corner), expected, 60), corner


@pytest.mark.parametrize("orientation", sorted(SEEN))
@pytest.mark.parametrize("image_format", FORMATS)
def test_the_orientation_exchanges_the_sides(image_format: str, orientation: int) -> None:
    data = file_of(plain((250, 200)), image_format, exif=exif_with(orientation))
    portrait = opened(process(data).portrait)
    assert portrait.size == ((200, 250) if orientation >= 5 else (160, 200))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"Exif\0\0rubbish", b"Exif\0\0MM\0*\xff\xff\xff\xff", exif_with(9)])
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_unreadable_exif_is_ignored(image_format: str, exif: bytes) -> None:
    data = file_of(plain((200, 250)), image_format, exif=exif)
    assert opened(process(data).portrait).size == (200, 250)


# --- Metadata and colour profiles ---------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("image_format", FORMATS)
def test_no_metadata_is_left(image_format: str, mode: str) -> None:
    if (image_format, mode) == ("JPEG", "RGBA"):
        pytest.skip("JPEG has no transparency")
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif[0x0112] = 3
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (47.0, 22.0, 1.0)
    options: dict[str, Any] = {
        "exif": exif.tobytes(),
        "xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRETXMP</x:xmpmeta>",
        "icc_profile": swapped_profile(),
    }
    if image_format == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "SECRETTEXT")
        options["pnginfo"] = text
    if image_format == "JPEG":
        options["comment"] = b"SECRETCOMMENT"
    image = plain(mode=mode, colour=(255, 0, 0, 90)[: len(mode)])
    data = file_of(image, image_format, **options)
    assert b"SECRETMAKER" in data
    pictures = process(data)
    expected = [b"VP8 "] if mode == "RGB" else [b"VP8X", b"ALPH", b"VP8 "]
    for picture in (pictures.portrait, pictures.square):
        assert chunks_of(picture) == expected
        assert b"SECRET" not in picture
        assert not {"exif", "xmp", "icc_profile"} & set(opened(picture).info)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
@pytest.mark.parametrize("image_format", FORMATS)
def test_a_colour_profile_is_converted_to_srgb(image_format: str, mode: str) -> None:
    if (image_format != "PNG" and mode == "P") or (image_format, mode) == ("JPEG", "RGBA"):
        pytest.skip("no such file")
    image = palette_picture() if mode == "P" else plain().convert(mode)
    pictures = process(file_of(image, image_format, icc_profile=swapped_profile()))
    assert near(middle_of(pictures.portrait), GREEN, 12)
    assert near(middle_of(pictures.square), GREEN, 12)


@pytest.mark.parametrize(
    ("mode", "colour", "profile"),
    [
        ("RGB", RED, b"no profile at all"),
        ("RGB", RED, swapped_profile()[:200]),
        ("L", 128, swapped_profile()),
        ("CMYK", (0, 255, 255, 0), swapped_profile()),
    ],
)
def test_an_unusable_colour_profile_is_ignored(mode: str, colour: Any, profile: bytes) -> None:
    data = file_of(plain(mode=mode, colour=colour), "JPEG", icc_profile=profile)
    assert near(middle_of(process(data).portrait), GREY if mode == "L" else RED, 12)


# --- Transparency -------------------------------------------------------------------------------------------


def with_hole(mode: str = "RGBA") -> Image.Image:
    """Red and opaque around the middle, otherwise blue but fully transparent."""
    image = Image.new("RGBA", (300, 375), (0, 0, 255, 0))
    image.paste((255, 0, 0, 255), (75, 75, 225, 300))
    return image.convert(mode)


def palette_with_hole() -> bytes:
    image = with_hole("RGB").quantize(4)
    return file_of(image, "PNG", transparency=image.getpixel((0, 0)))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: file_of(with_hole(), "PNG"), id="png"),
        pytest.param(lambda: file_of(with_hole("LA"), "PNG"), id="grey-png"),
        pytest.param(lambda: file_of(with_hole(), "WEBP"), id="webp"),
        pytest.param(lambda: file_of(with_hole(), "WEBP", lossless=True, exact=True), id="webp-exact"),
        pytest.param(lambda: file_of(with_hole(), "HEIF"), id="heic"),
        pytest.param(palette_with_hole, id="palette"),
        pytest.param(lambda: file_of(with_hole("RGB"), "PNG", transparency=BLUE), id="one-colour"),
    ],
)
def test_real_transparency_is_kept(data: Any) -> None:
    pictures = process(data())
    assert pictures.cutout is True
    for picture in (opened(pictures.portrait), opened(pictures.square)):
        assert picture.mode == "RGBA"
        *colour, alpha = corner_of(picture, "tl")
        assert alpha <= 5
        # What was removed from the picture is not there any more, not even invisibly.
        assert colour[2] < 120
        assert middle_of_image(picture)[3] >= 250


@pytest.mark.parametrize("alpha", [255, 251])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_unused_transparency_is_dropped(mode: str, alpha: int) -> None:
    image = with_hole("RGB").convert(mode)
    image.putalpha(alpha)
    pictures = process(file_of(image, "PNG"))
    assert pictures.cutout is False
    assert chunks_of(pictures.portrait) == chunks_of(pictures.square) == [b"VP8 "]


def test_transparency_that_is_cut_off_does_not_count() -> None:
    image = plain((1000, 250), mode="RGBA", colour=(255, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 100, 250))
    data = file_of(image, "PNG")
    assert process(data).cutout is False
    assert process(data, Crop(x=0)).cutout is True


def test_one_transparent_picture_of_the_two_is_a_cutout() -> None:
    image = plain((400, 500), mode="RGBA", colour=(255, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 50, 50))
    pictures = process(file_of(image, "PNG"), Crop(closeness=2))
    assert (opened(pictures.portrait).mode, opened(pictures.square).mode) == ("RGBA", "RGB")
    assert pictures.cutout is True


# --- Refusals -----------------------------------------------------------------------------------------------


def test_a_refusal_is_a_value_error_with_a_code() -> None:
    with pytest.raises(ValueError, match="not a JPEG, PNG, WebP or HEIC") as refused:
        process(b"Jane Doe")
    assert isinstance(refused.value, PhotoRefused)
    assert refused.value.code == "not_a_photo"
    assert "Jane" not in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"just text, nothing else",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"/>',
        b"<svg onload='alert(1)'/>",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf",
        b"\0\0\0\x20ftypmp42\0\0\0\0mp42isom",
        b"PK\x03\x04" + bytes(300),
        file_of(plain(), "GIF"),
        file_of(plain(), "BMP"),
        file_of(plain(), "TIFF"),
        file_of(plain(), "ICO"),
        file_of(plain(), "JPEG2000"),
    ],
)
def test_other_files_are_not_photos(data: bytes) -> None:
    assert code_of(data) == "not_a_photo"


def test_a_file_that_is_too_large_is_refused_before_anything_else() -> None:
    photo = valid("JPEG")
    assert code_of(photo + bytes(photos.MAX_BYTES - len(photo) + 1)) == "too_large_file"
    assert code_of(bytes(photos.MAX_BYTES + 1)) == "too_large_file"
    # Phones do append things to a JPEG, such as a short film.
    assert process(photo + bytes(photos.MAX_BYTES - len(photo))) == process(photo)


def jpeg_that_says(width: int, height: int) -> bytes:
    data = bytearray(file_of(plain(), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def heic_that_says(width: int, height: int) -> bytes:
    data = bytearray(file_of(plain(), "HEIF"))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: png_by_hand(30_000, 30_000), id="png-30000"),
        pytest.param(lambda: png_by_hand(12_000, 12_000), id="png-12000"),
        pytest.param(lambda: png_by_hand(10_000, 5_201), id="png-just-above"),
        pytest.param(lambda: png_by_hand(20_001, 200), id="png-one-side"),
        pytest.param(lambda: png_by_hand(50, 2_000_000_000), id="png-strip"),
        pytest.param(lambda: jpeg_that_says(65_000, 65_000), id="jpeg"),
        pytest.param(lambda: jpeg_that_says(8_000, 8_000), id="jpeg-just-above"),
        pytest.param(
            lambda: webp_by_hand(b"VP8X", bytes(4) + b"\xff\x3f\0\xff\x3f\0" + bytes(20)), id="webp-extended"
        ),
        pytest.param(
            lambda: webp_by_hand(b"VP8L", b"\x2f" + struct.pack("<I", 0x0FFF_FFFF) + bytes(20)),
            id="webp-lossless",
        ),
        pytest.param(
            lambda: webp_by_hand(b"VP8X", bytes(4) + b"\x00\x20\0\x00\x20\0" + bytes(20)),
            id="webp-just-above",
        ),
        pytest.param(
            lambda: webp_by_hand(b"VP8 ", bytes(3) + b"\x9d\x01\x2a\xff\x3f\xff\x3f" + bytes(20)), id="webp"
        ),
        pytest.param(lambda: heic_that_says(30_000, 30_000), id="heic"),
    ],
)
def test_too_many_pixels_are_refused_without_decoding(data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(image: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded)
    monkeypatch.setattr("pillow_heif.as_plugin.HeifImageFile.load", decoded)
    # It reserves the whole canvas as soon as it is created.
    monkeypatch.setattr("PIL._webp.WebPAnimDecoder", decoded)
    assert code_of(data()) == "too_many_pixels"


def test_fifty_megapixel_phones_are_within_the_limit() -> None:
    for size in ((8192, 6144), (8160, 6144), (8064, 6048), (10_000, 5_200)):
        picture_work._check_size(size)


@pytest.mark.parametrize("size", [(127, 500), (500, 127), (1, 1)])
@pytest.mark.parametrize("image_format", FORMATS)
def test_too_small(image_format: str, size: tuple[int, int]) -> None:
    assert code_of(file_of(plain(size), image_format)) == "too_small"


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.97, -6, -5])
@pytest.mark.parametrize("image_format", FORMATS)
def test_truncated_is_damaged(image_format: str, part: float) -> None:
    data = valid(image_format)
    assert code_of(data[: int(len(data) * part) if part > 0 else int(part)]) == "damaged"


def test_a_large_truncated_jpeg_is_damaged_although_it_is_decoded_smaller() -> None:
    data = file_of(Image.effect_noise((2600, 3000), 60), "JPEG", quality=30)
    assert code_of(data[: len(data) * 99 // 100]) == "damaged"


def broken_checksum() -> bytes:
    data = bytearray(valid("PNG"))
    data[data.index(b"IDAT") + 30] ^= 0xFF
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff\xd8\xff", id="only-magic-jpeg"),
        pytest.param(b"\xff\xd8\xff\xe0" + bytes(500), id="jpeg-rubbish"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="only-magic-png"),
        pytest.param(b"RIFF\x24\0\0\0WEBP", id="only-magic-webp"),
        pytest.param(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", id="only-magic-heic"),
        pytest.param(png_by_hand(300, 300), id="png-without-pixels"),
        pytest.param(png_by_hand(300, 300, zlib.compress(bytes(1000))), id="png-few-pixels"),
        pytest.param(broken_checksum(), id="png-checksum"),
        pytest.param(heic_that_says(300, 300), id="heic-wrong-size"),
    ],
)
def test_damaged(data: bytes) -> None:
    assert code_of(data) == "damaged"


def test_running_out_of_memory_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(image: Image.Image) -> Image.Image:
        raise MemoryError

    monkeypatch.setattr(picture_work, "_resizable", full)
    assert code_of(valid("JPEG")) == "damaged"


# --- The child process --------------------------------------------------------------------------------------


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "photos.lock"


def use_child(monkeypatch: pytest.MonkeyPatch, code: str, *arguments: str) -> None:
    monkeypatch.setattr(photos, "_CHILD_COMMAND", (sys.executable, "-c", code, *arguments))


def code_from_child(data: bytes, lock: Path, timeout: float = 30) -> str:
    with pytest.raises(PhotoRefused) as refused:
        process_in_child(data, timeout=timeout, lock_path=lock)
    return refused.value.code


@pytest.mark.parametrize("image_format", FORMATS)
def test_the_child_gives_the_same_bytes(image_format: str, lock: Path) -> None:
    crop = Crop(0.3, 0.6, 1.5)
    assert process_in_child(valid(image_format), crop, lock_path=lock) == process(valid(image_format), crop)


def test_the_child_keeps_a_cutout_and_takes_a_strange_crop(lock: Path) -> None:
    data, crop = file_of(with_hole(), "PNG"), Crop(math.nan, math.inf, -1)
    pictures = process_in_child(data, crop, lock_path=lock)
    assert pictures.cutout is True
    assert pictures == process(data, crop)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"text", "not_a_photo"),
        (bytes(photos.MAX_BYTES + 1), "too_large_file"),
        (png_by_hand(30_000, 30_000), "too_many_pixels"),
        (file_of(plain((100, 100)), "PNG"), "too_small"),
        (valid("JPEG")[:-50], "damaged"),
    ],
)
def test_the_child_refuses_the_same(data: bytes, code: str, lock: Path) -> None:
    assert code_from_child(data, lock) == code


def test_much_more_pixel_data_than_announced_is_never_unpacked(lock: Path) -> None:
    # A valid stream of 2 GiB of zeros, more than the child may use, of which the picture needs 150 kB.
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    mebibyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = ((2048 << 20) % 65521) << 16 | 1
    idat = b"\x78\xda" + 2048 * mebibyte + b"\x03\0" + struct.pack(">I", checksum)
    pictures = process_in_child(png_by_hand(200, 250, idat), lock_path=lock)
    assert near(middle_of(pictures.portrait), (0, 0, 0), 5)


def with_chunk(kind: bytes, start: bytes) -> bytes:
    photo = valid("PNG")
    return photo[:33] + png_chunk(kind, start + zlib.compress(bytes(40 << 20), 1)) + photo[33:]


@pytest.mark.parametrize(("kind", "start"), [(b"zTXt", b"Comment\0\0"), (b"iCCP", b"profile\0\0")])
def test_metadata_that_unpacks_to_very_much_is_damaged(kind: bytes, start: bytes) -> None:
    assert code_of(with_chunk(kind, start)) == "damaged"


def test_the_largest_picture_fits_into_the_child(lock: Path) -> None:
    rows = zlib.compressobj(1)
    idat = rows.compress(b"\0" + bytes(4 * 8192))
    idat += b"".join(rows.compress(b"\0" + bytes(4 * 8192)) for _ in range(6143)) + rows.flush()
    pictures = process_in_child(png_by_hand(8192, 6144, idat, colour_type=6), lock_path=lock)
    assert pictures.cutout is True


def test_the_child_imports_neither_flask_nor_sqlalchemy() -> None:
    code = (
        "import sys, portal.people.photos;"
        "print(sorted({'flask', 'sqlalchemy', 'werkzeug', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=photos._CHILD_FOLDER, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_child_gets_no_secrets(monkeypatch: pytest.MonkeyPatch, lock: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("HALLWAY_SECRET_KEY", "very secret")
    seen = tmp_path / "seen"
    use_child(monkeypatch, "import os, sys; open(sys.argv[1], 'w').write(repr(dict(os.environ)))", str(seen))
    assert code_from_child(valid("JPEG"), lock) == "damaged"
    assert "PATH" in seen.read_text()
    assert "very secret" not in seen.read_text()


REAL_CHILD_ALONE = """
import os, sys
os.mkdir(sys.argv[1])  # fails while another child is at work
from portal.people import pictures
pictures._main()
os.rmdir(sys.argv[1])
"""


def test_two_children_at_once_work_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, lock: Path, tmp_path: Path
) -> None:
    use_child(monkeypatch, REAL_CHILD_ALONE, str(tmp_path / "at work"))
    start = threading.Barrier(3)

    def one() -> Pictures:
        start.wait()
        return process_in_child(valid("JPEG"), lock_path=lock)

    with ThreadPoolExecutor(3) as threads:
        results = [future.result() for future in [threads.submit(one) for _ in range(3)]]
    assert results == [process(valid("JPEG"))] * 3


def test_the_check_for_one_after_the_other_would_notice(
    monkeypatch: pytest.MonkeyPatch, lock: Path, tmp_path: Path
) -> None:
    use_child(monkeypatch, REAL_CHILD_ALONE, str(tmp_path / "at work"))
    (tmp_path / "at work").mkdir()
    assert code_from_child(valid("JPEG"), lock) == "damaged"


@posix_only
def test_whoever_waits_too_long_for_a_turn_is_told_so(monkeypatch: pytest.MonkeyPatch, lock: Path) -> None:
    import fcntl

    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("started although it is not its turn"))
    with lock.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert code_from_child(valid("JPEG"), lock, timeout=0.01) == "too_slow"


def test_a_refused_file_does_not_wait_for_its_turn(tmp_path: Path) -> None:
    assert code_from_child(b"text", tmp_path / "no such folder" / "lock") == "not_a_photo"


def test_a_missing_lock_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        process_in_child(valid("JPEG"), lock_path=tmp_path / "no such folder" / "lock")


def test_the_timeout_kills_the_child_and_frees_the_lock(monkeypatch: pytest.MonkeyPatch, lock: Path) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", Recorded)
        use_child(patch, "import sys, threading; sys.stdin.buffer.read(); threading.Event().wait()")
        assert code_from_child(valid("JPEG"), lock, timeout=0.05) == "too_slow"
    (child,) = started
    assert child.returncode is not None
    if sys.platform != "win32":
        assert child.returncode == -signal.SIGKILL
        with pytest.raises(ProcessLookupError):
            os.kill(child.pid, 0)
    assert process_in_child(valid("JPEG"), lock_path=lock) == process(valid("JPEG"))


@posix_only
@pytest.mark.parametrize(("name", "code"), [("SIGXCPU", "too_slow"), ("SIGSEGV", "damaged"), ("SIGKILL", "damaged")])
def test_a_child_ended_by_a_signal(name: str, code: str, monkeypatch: pytest.MonkeyPatch, lock: Path) -> None:
    limits = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0));"
    use_child(monkeypatch, f"{limits} import os, signal; os.kill(os.getpid(), signal.{name})")
    assert code_from_child(valid("JPEG"), lock) == code


def answer(head: str, body: str = "") -> str:
    return f"import sys; sys.stdout.write({head!r} + chr(10) + {body!r})"


TWO = "RIFF0000WEBP" * 2


@pytest.mark.parametrize(
    "code",
    [
        "",
        "raise SystemExit(1)",
        answer("rubbish"),
        answer("[1, 2]"),
        answer("null"),
        answer("{}"),
        answer('{"code": "made_up"}'),
        answer('{"code": ["damaged"]}'),
        answer('{"portrait": 5, "square": 5, "cutout": false}'),
        answer('{"portrait": "12", "square": 12, "cutout": false}', TWO),
        answer('{"portrait": 12, "square": 12, "cutout": false}', "x" * 24),
        answer('{"portrait": 12, "square": 12, "cutout": 1}', TWO),
        answer('{"portrait": 12, "square": 12, "cutout": true}', TWO + "more"),
        answer('{"portrait": 12, "square": 12, "cutout": true}', TWO) + "; raise SystemExit(1)",
    ],
)
def test_a_child_without_a_usable_answer_is_damaged(code: str, monkeypatch: pytest.MonkeyPatch, lock: Path) -> None:
    use_child(monkeypatch, code)
    assert code_from_child(valid("JPEG"), lock) == "damaged"


def test_a_child_that_cannot_be_started_is_damaged(
    monkeypatch: pytest.MonkeyPatch, lock: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(photos, "_CHILD_COMMAND", (str(tmp_path / "no such program"),))
    assert code_from_child(valid("JPEG"), lock) == "damaged"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_a_child_out_of_memory_is_damaged(monkeypatch: pytest.MonkeyPatch, lock: Path) -> None:
    # Enough for a small picture with all libraries loaded, not for the pixels of a large one.
    used = "int(open('/proc/self/statm').read().split()[0]) * os.sysconf('SC_PAGE_SIZE')"
    setting = f"pictures._CHILD_MEMORY = {used} + (64 << 20)"
    use_child(monkeypatch, f"import os; from portal.people import pictures; {setting}; pictures._main()")
    assert process_in_child(valid("PNG"), lock_path=lock) == process(valid("PNG"))
    assert code_from_child(file_of(plain((5000, 5000), mode="RGB"), "PNG", compress_level=1), lock) == "damaged"


@posix_only
def test_the_limits_of_the_child(monkeypatch: pytest.MonkeyPatch, lock: Path) -> None:
    code = """
import json, resource, sys
from portal.people import photos, pictures
def limits(data, crop):
    names = ["CORE", "FSIZE", "CPU"] + ["AS"] * (sys.platform == "linux")
    found = [resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in names]
    right = found == [(0, 0), (0, 0), (31, 32), (1536 << 20, 1536 << 20)][:len(found)]
    return photos.Pictures(b"RIFF0000WEBP", b"RIFF1111WEBP", right)
pictures.process = limits
pictures._main()
"""
    use_child(monkeypatch, code)
    pictures = process_in_child(valid("JPEG"), lock_path=lock)
    assert pictures == Pictures(b"RIFF0000WEBP", b"RIFF1111WEBP", True)


def test_what_a_decoder_prints_does_not_get_into_the_answer(monkeypatch: pytest.MonkeyPatch, lock: Path) -> None:
    code = """
import os
from portal.people import pictures
real = pictures.process
def loud(data, crop):
    os.write(1, b"warning: something\\n")
    return real(data, crop)
pictures.process = loud
pictures._main()
"""
    use_child(monkeypatch, code)
    assert process_in_child(valid("PNG"), lock_path=lock) == process(valid("PNG"))


# --- Whatever comes in --------------------------------------------------------------------------------------

MAGIC = (
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\0\0\0\0WEBPVP8X",
    b"RIFF\0\0\0\0WEBPVP8L",
    b"\0\0\0\x18ftypheic",
)
some = settings(max_examples=60, database=None)


def only_pictures_or_refused(data: bytes, crop: Crop) -> None:
    refused = None
    try:
        pictures = process(data, crop)
    except PhotoRefused as error:
        refused = error
    if refused:
        assert refused.code in set(photos._MESSAGES) - {"too_slow"}
        # Pillow's own error may quote the file; it must not be shown with ours.
        assert refused.__suppress_context__ or refused.__context__ is None
        return
    portrait, square = opened(pictures.portrait), opened(pictures.square)
    assert portrait.width * 5 == portrait.height * 4
    assert portrait.width <= 800
    assert square.size == (256, 256)
    assert pictures.cutout is ("RGBA" in (portrait.mode, square.mode))
    for picture in (pictures.portrait, pictures.square):
        assert set(chunks_of(picture)) <= {b"VP8 ", b"VP8X", b"ALPH"}


crops = st.builds(Crop, st.floats(), st.floats(), st.floats())


@some
@given(st.sampled_from(MAGIC), st.binary(max_size=2000), crops)
def test_random_bytes_are_only_ever_refused(magic: bytes, data: bytes, crop: Crop) -> None:
    only_pictures_or_refused(magic + data, crop)


@functools.cache
def to_mutate(kind: str) -> bytes:
    exif = exif_with(6)
    if kind == "HEIF-RGBA":
        return file_of(with_hole().resize((130, 140)), "HEIF")
    if kind == "PNG-P":
        return file_of(with_hole("RGB").resize((130, 140)).quantize(8), "PNG", transparency=1, exif=exif)
    if kind == "WEBP-ANIMATED":
        frames = [plain((130, 140), BLUE)]
        return file_of(plain((130, 140)), "WEBP", save_all=True, append_images=frames, exif=exif)
    if kind == "JPEG-CMYK":
        return file_of(plain((130, 140), (0, 9, 99, 9), "CMYK"), "JPEG", exif=exif)
    with Image.open(io.BytesIO(valid(kind))) as image:
        return file_of(image, kind, exif=exif, icc_profile=swapped_profile())


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(to_mutate(draw(st.sampled_from([*FORMATS, "HEIF-RGBA", "PNG-P", "WEBP-ANIMATED", "JPEG-CMYK"]))))
    # Headers are more interesting than pixels.
    places = st.one_of(st.integers(0, 600), st.integers(0, len(data))).map(lambda at: min(at, len(data) - 1))
    for at, change in draw(
        st.lists(st.tuples(places, st.sampled_from(["set", "cut", "insert", "remove"])), min_size=1, max_size=6)
    ):
        if change == "set":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
        elif change == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif change == "remove":
            del data[at : at + draw(st.integers(1, 8))]
        elif draw(st.booleans()):
            del data[at:]
    return bytes(data)


def repair_png(data: bytes) -> bytes:
    """Set all checksums right, so that mutated PNG chunks are looked at instead of refused at once."""
    if not data.startswith(MAGIC[2]):
        return data
    whole, at = bytearray(data), 8
    while at + 12 <= len(whole):
        length = int.from_bytes(whole[at : at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(whole):
            break
        whole[end : end + 4] = struct.pack(">I", zlib.crc32(whole[at + 4 : end]))
        at = end + 4
    return bytes(whole)


@settings(some, max_examples=200)
@given(mutated(), crops)
def test_mutated_photos_give_pictures_or_are_refused(data: bytes, crop: Crop) -> None:
    only_pictures_or_refused(repair_png(data), crop)
