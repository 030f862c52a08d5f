"""Makes the two WebP pictures of a photo; run as a child process by :mod:`portal.people.photos`.

It reads hostile bytes, so it has memory and time limits, none of the portal's secrets, and can be killed.
"""

import io
import json
import math
import os
import sys
from collections.abc import Callable
from typing import BinaryIO, TypeVar

import pillow_heif
from PIL import Image, ImageCms

from .photos import MIDDLE, Crop, PhotoRefused, Pictures, format_of

T = TypeVar("T")

MAX_PIXELS = 52_000_000
"""The most pixels taken: a little over 50 megapixels, because "50 MP" phones send up to 8192 x 6144."""

MAX_SIDE = 20_000
"""The longest side taken, in pixels: a thin strip within MAX_PIXELS is still no photo of a person."""

MIN_SIDE = 128
"""The shortest side taken, in pixels."""

PORTRAIT_SIZE = (800, 1000)
SQUARE_SIZE = (256, 256)

_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")

# An alpha of 250 and more cannot be told from opaque; lossy encoders and scaling leave such traces behind.
_OPAQUE_FROM = 250

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION_TAG = 0x0112

# What the child may use. Two full-size RGBA copies of the largest picture and the decoder fit comfortably.
_CHILD_MEMORY = 1536 * 1024 * 1024

# Only the main picture matters: thumbnails, depth maps and the like would be more hostile bytes to read.
# One thread, because each further one reserves address space that counts against the child's limit.
pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


def fitted(data: bytes, width: int, height: int) -> bytes:
    """The picture as a WebP file that fits into `width` x `height` pixels, uncut, never larger than it was.

    Raises :class:`PhotoRefused` as `process` does.
    """

    def work(image: Image.Image, icc_profile: bytes | None) -> bytes:
        scale = min(1.0, width / image.width, height / image.height)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        return _encode(image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0), icc_profile)[0]

    return _made(data, work)


def process(data: bytes, crop: Crop = MIDDLE) -> Pictures:
    """Make the pictures in this process.

    ``data`` is the uploaded file: JPEG, PNG, WebP or HEIC/HEIF, told by its content. Of an animated file the
    first frame is used. Raises :class:`PhotoRefused` with any code but ``too_slow``, and nothing else.
    """
    crop = _within_bounds(crop)

    def work(image: Image.Image, icc_profile: bytes | None) -> Pictures:
        portrait, portrait_cutout = _encode(
            image.resize(*_portrait_cut(image.size, crop), reducing_gap=3.0), icc_profile
        )
        square, square_cutout = _encode(image.resize(*_square_cut(image.size, crop), reducing_gap=3.0), icc_profile)
        return Pictures(portrait, square, portrait_cutout or square_cutout)

    return _made(data, work)


def _made(data: bytes, work: Callable[[Image.Image, bytes | None], T]) -> T:
    """What `work` makes of the upright picture and its colour profile."""
    image_format = format_of(data)
    try:
        return work(*_decode(data, image_format))
    except PhotoRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        # Pillow's own limit is higher than ours but is checked first, while the file is being opened.
        raise PhotoRefused("too_many_pixels") from None
    except Exception:
        # Decoders raise nearly every kind of exception on broken files (OSError, SyntaxError, struct.error,
        # IndexError, RuntimeError, MemoryError ...). Their text may quote the file, so it is not passed on.
        raise PhotoRefused("damaged") from None


def _check_size(size: tuple[int, int]) -> None:
    if max(size) > MAX_SIDE or size[0] * size[1] > MAX_PIXELS:
        raise PhotoRefused("too_many_pixels")
    if min(size) < MIN_SIDE:
        raise PhotoRefused("too_small")


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """The canvas a WebP file announces (width, height), or None where it announces none."""
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and len(data) >= 30:
        return (
            int.from_bytes(data[26:28], "little") & 0x3FFF,
            int.from_bytes(data[28:30], "little") & 0x3FFF,
        )
    return None


# --- Decoding -----------------------------------------------------------------------------------------------


def _decode(data: bytes, image_format: str) -> tuple[Image.Image, bytes | None]:
    """The upright picture in a mode that can be resized (see _resizable), and its colour profile."""
    if image_format == "WEBP" and (canvas := _webp_size(data)):
        # Opening a WebP already reserves two whole canvases, so its size has to be known before.
        _check_size(canvas)
    # The list holds all four on purpose: the first bytes have settled which of them can accept the file.
    with Image.open(io.BytesIO(data), formats=_FORMATS) as probe:
        _check_size(probe.size)
        probe.verify()
    # verify() leaves the file unusable, it has to be opened again.
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        if image_format == "JPEG":
            # Decoded at a half, a quarter or an eighth where that is enough: much less time and memory.
            image.draft(None, _draft_size(image.size, turned=_orientation(image) >= 5))
        image.load()
        # A HEIF may turn out to have another size than it announced.
        _check_size(image.size)
        # A HEIF is turned by its decoder; what its EXIF says about it is void.
        turn = None if image_format == "HEIF" else _TURNS.get(_orientation(image))
        icc_profile = image.info.get("icc_profile")
        ready = _resizable(image)
    return (ready if turn is None else ready.transpose(turn)), icc_profile


def _draft_size(size: tuple[int, int], *, turned: bool) -> tuple[int, int]:
    """The least size (width, height) a JPEG may be decoded at, so that neither picture loses anything."""
    width, height = (size[1], size[0]) if turned else size
    # The square needs up to 2 x 256 on the shorter side; the portrait's 800 x 1000 includes that.
    scale = min(1.0, max(PORTRAIT_SIZE[0] / width, PORTRAIT_SIZE[1] / height))
    return math.ceil(size[0] * scale), math.ceil(size[1] * scale)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 also where there is none or it cannot be read."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:
        # Broken EXIF in a sound picture is common and no reason to refuse it.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _resizable(image: Image.Image) -> Image.Image:
    """The picture in mode L, RGB or CMYK, or in La or RGBa where it may be transparent."""
    if image.mode.startswith("I"):
        # convert("L") would clip 16-bit grey at 255 instead of scaling it.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        # Colours multiplied by alpha: no fringes when resized, and what lies under fully transparent parts
        # (the room somebody has removed from the picture) is really gone.
        if image.mode not in ("LA", "La", "RGBA", "RGBa"):
            image = image.convert("RGBA")
        return image.convert(image.mode[:-1] + "a")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


# --- Cutting ------------------------------------------------------------------------------------------------


def _within_bounds(crop: Crop) -> Crop:
    def bounded(value: float, low: float, high: float, default: float) -> float:
        return default if math.isnan(value) else min(max(value, low), high)

    return Crop(bounded(crop.x, 0, 1, 0.5), bounded(crop.y, 0, 1, 0.5), bounded(crop.closeness, 1, 2, 1.0))


def _portrait_cut(
    size: tuple[int, int], crop: Crop
) -> tuple[tuple[int, int], Image.Resampling, tuple[int, int, int, int]]:
    """The portrait's size, how to resize, and the 4:5 part of the picture to cut; never larger than that."""
    # Counted in steps of 4 x 5 pixels the ratio is exact at any size.
    steps = min(size[0] // 4, size[1] // 5)
    cut = (4 * steps, 5 * steps)
    return min(cut, PORTRAIT_SIZE), Image.Resampling.LANCZOS, _around(size, cut, crop)


def _square_cut(
    size: tuple[int, int], crop: Crop
) -> tuple[tuple[int, int], Image.Resampling, tuple[int, int, int, int]]:
    """The square's size, how to resize, and the part of the picture to cut."""
    side = round(min(size) / crop.closeness)
    return SQUARE_SIZE, Image.Resampling.LANCZOS, _around(size, (side, side), crop)


def _around(size: tuple[int, int], cut: tuple[int, int], crop: Crop) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) of size ``cut`` around the face, moved inside ``size``."""
    left = min(max(round(crop.x * size[0] - cut[0] / 2), 0), size[0] - cut[0])
    top = min(max(round(crop.y * size[1] - cut[1] / 2), 0), size[1] - cut[1])
    return left, top, left + cut[0], top + cut[1]


# --- Colour and encoding ------------------------------------------------------------------------------------


def _encode(image: Image.Image, icc_profile: bytes | None) -> tuple[bytes, bool]:
    """The WebP file, and whether it has transparent pixels."""
    alpha = None
    if image.mode.endswith("a"):
        image = image.convert(image.mode[:-1] + "A")
        alpha = image.getchannel("A")
        image = image.convert(image.mode[:-1])
    # Only now, on few pixels: the conversion is slow, and it makes no visible difference to the resizing.
    image = _to_srgb(image, icc_profile)
    cutout = alpha is not None and _lowest(alpha) < _OPAQUE_FROM
    if alpha is not None and cutout:
        image.putalpha(alpha)
    # Pillow's WebP writer takes no metadata from here, but nothing should depend on that.
    image.info.clear()
    file = io.BytesIO()
    image.save(file, "WEBP", quality=82, method=4, exif=b"", xmp=b"", icc_profile=b"")
    return file.getvalue(), cutout


def _lowest(channel: Image.Image) -> int:
    return next(value for value, count in enumerate(channel.histogram()) if count)


def _to_srgb(image: Image.Image, icc_profile: bytes | None) -> Image.Image:
    """An RGB picture in sRGB, from mode L, RGB or CMYK; a missing or unusable profile is taken as sRGB."""
    if icc_profile:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(icc_profile)),
                ImageCms.createProfile("sRGB"),
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except Exception:
            # Broken, or for another kind of picture (editors leave an RGB profile in a grey one): other
            # programs show such pictures without it, so it is no reason to refuse them.
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


# --- The child process --------------------------------------------------------------------------------------


if sys.platform == "win32":

    def _limit_child(cpu: int) -> None:
        """There are no such limits here; the parent's timeout has to do."""

else:
    import resource

    def _limit_child(cpu: int) -> None:
        """``cpu`` seconds of work, no files written, no core dump (it would hold the photo)."""
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_FSIZE, 0)
        # At the soft limit comes SIGXCPU, which tells the parent why; at the hard one SIGKILL.
        _limit(resource.RLIMIT_CPU, cpu, slack=1)
        if sys.platform == "linux":
            # macOS does not keep this limit, and counts what is shared between all processes.
            _limit(resource.RLIMIT_AS, _CHILD_MEMORY)

    def _limit(kind: int, amount: int, slack: int = 0) -> None:
        hard = resource.getrlimit(kind)[1]
        # A limit can be lowered but not raised.
        highest = amount + slack if hard == resource.RLIM_INFINITY else min(amount + slack, hard)
        resource.setrlimit(kind, (min(amount, highest), highest))


def _answer(source: BinaryIO) -> bytes:
    """The child's work: read one request, return the answer."""
    header = json.loads(source.readline(1000))
    _limit_child(header["cpu"])
    data = source.read(header["size"])
    try:
        if "width" in header:
            return b"{}\n" + fitted(data, header["width"], header["height"])
        pictures = process(data, Crop(header["x"], header["y"], header["closeness"]))
    except PhotoRefused as refused:
        return json.dumps({"code": refused.code}).encode() + b"\n"
    head = {"portrait": len(pictures.portrait), "square": len(pictures.square), "cutout": pictures.cutout}
    return json.dumps(head).encode() + b"\n" + pictures.portrait + pictures.square


def _main() -> None:
    # A decoder that prints something must not end up within the answer.
    answer_to = os.dup(1)
    os.dup2(2, 1)
    answer = _answer(sys.stdin.buffer)
    with open(answer_to, "wb") as target:
        target.write(answer)


if __name__ == "__main__":
    _main()
