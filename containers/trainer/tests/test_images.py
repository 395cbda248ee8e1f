"""What training reads of every kind of image: none is dropped, and each is the picture that people see."""

import cv2
import numpy as np
import pytest
from PIL import Image

WIDTH, HEIGHT = 320, 180


def turned(picture, file, orientation, degrees):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.rotate(degrees, expand=True).save(file, exif=exif, quality=98)


KINDS = {
    "plain.jpg": lambda picture, file: picture.save(file, quality=98),
    "grey.jpg": lambda picture, file: picture.convert("L").save(file, quality=98),
    "cmyk.jpg": lambda picture, file: picture.convert("CMYK").save(file, quality=98),
    "deep.png": lambda picture, file: cv2.imwrite(str(file), np.asarray(picture)[..., ::-1].astype(np.uint16) * 257),
    "deep-grey.png": lambda picture, file: cv2.imwrite(
        str(file), np.asarray(picture.convert("L")).astype(np.uint16) * 257
    ),
    "palette.png": lambda picture, file: picture.convert("P").save(file),
    "alpha.png": lambda picture, file: picture.convert("RGBA").save(file),
    "plain.tif": lambda picture, file: picture.save(file),
    "packed.tif": lambda picture, file: picture.save(file, compression="tiff_lzw"),
    "deep.tif": lambda picture, file: cv2.imwrite(str(file), np.asarray(picture)[..., ::-1].astype(np.uint16) * 257),
    "plain.webp": lambda picture, file: picture.save(file, lossless=True),
    "plain.bmp": lambda picture, file: picture.save(file),
    "palette.bmp": lambda picture, file: picture.convert("P").save(file),
    "turned.jpg": lambda picture, file: turned(picture, file, 6, 90),
    "half-turned.jpg": lambda picture, file: turned(picture, file, 3, 180),
}


@pytest.mark.parametrize("kind", KINDS)
def test_training_reads_every_kind_as_what_it_shows(kind, days, library, tmp_path):
    from ultralytics.data.utils import verify_image_label
    from ultralytics.utils.patches import imread

    picture = Image.open(days["2025-09-18"][0].file).resize((WIDTH, HEIGHT))
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    file = tmp_path / "images" / kind
    KINDS[kind](picture, file)
    label = (tmp_path / "labels" / kind).with_suffix(".txt")
    label.write_text("0 0.5 0.5 0.2 0.4\n")
    before = file.read_bytes()
    found, labels, shape, *_, missing, kept, empty, corrupt, message = verify_image_label(
        (str(file), str(label), "", False, 1, 0, 0, False)
    )
    assert (found, len(labels), tuple(shape)) == (str(file), 1, (HEIGHT, WIDTH)), message
    assert (missing, kept, empty, corrupt) == (0, 1, 0, 0)
    assert file.read_bytes() == before
    pixels = imread(str(file), cv2.IMREAD_COLOR)
    wanted = np.asarray(picture.convert("L") if "grey" in kind else picture)
    wanted = (np.stack([wanted] * 3, -1) if wanted.ndim == 2 else wanted)[..., ::-1].astype(int)
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert pixels.dtype == np.uint8
    # A palette of 216 colours moves a channel by half a step of 51; inks come back a little duller.
    assert np.abs(pixels.astype(int) - wanted).mean() < (26 if "palette" in kind or "cmyk" in kind else 4)
