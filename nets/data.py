"""MNIST, Fashion-MNIST, and handwritten digits that stand in for them when there is no network.

All three are grey images of 28x28 pixels in ten classes.  The first two are published as gzip-compressed IDX files, the
format described at http://yann.lecun.com/exdb/mnist: a big-endian header, then one byte a pixel or label.  A file is
read as if it came from a stranger: nothing is allocated, and no byte unpacked, on the word of its header alone.

Sources: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proceedings of the
IEEE 86 (1998), for MNIST; Xiao, Rasul, Vollgraf, "Fashion-MNIST", arXiv:1708.07747 (2017).
"""

import gzip
import io
import logging
import math
import os
import struct
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from shapedmat.errors import FileFormatError

Images: TypeAlias = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
"""Grey images of shape `(n, 28, 28)`: 0 is the background, 255 full ink."""

Labels: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint8]]
"""Class numbers of shape `(n,)`."""

SIDE: Final = 28
"""The height and the width of an image, in pixels."""

MAXIMUM_COUNT: Final = 1_000_000
"""The most images or labels that one file may hold."""

BASE_URLS: Final = {
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "fashion": "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
}
"""Where the files of a data set are published."""

SHA256: Final = {
    "mnist": {
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
    "fashion": {
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
}
"""The SHA-256 of each published file, by data set and file name."""

_IMAGES_MAGIC: Final = 2051
_LABELS_MAGIC: Final = 2049

# A deflate stream spends at least two bits on a match of 258 bytes, so that it never unpacks to more than this many
# times its own size (https://zlib.net/zlib_tech.html).
_DEFLATE_MAXIMUM_RATIO: Final = 1032

# gzip unpacks each read into a temporary of the same size before it copies, so one large read would need twice the
# memory.
_CHUNK_BYTES: Final = 1 << 20

_DIGITS_TEST_COUNT: Final = 360


@dataclass(frozen=True, eq=False)  # two arrays have no single truth value, so data sets compare by identity
class Dataset:
    """Images and their labels, split into a training set and a test set.

    Attributes:
        name: "mnist", "fashion", "digits", or the name of the folder that the files came from.
        train_images: Training images of shape `(n, 28, 28)`, values 0 to 255.
        train_labels: Their classes, of shape `(n,)`, values 0 to 9.
        test_images: Test images of shape `(m, 28, 28)`, values 0 to 255.
        test_labels: Their classes, of shape `(m,)`, values 0 to 9.
    """

    name: str
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels


def _report_on_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def load(
    name_or_folder: str, data_dir: Path | None = None, *, report: Callable[[str], None] = _report_on_stderr
) -> Dataset:
    """Load a data set by its name, or from a folder of IDX files.

    "mnist" and "fashion" are kept in the user's cache folder, or in the folder that the environment variable
    `SHAPEDMAT_DATA` names, and are downloaded there on first use; their SHA-256 is checked at each load.  When the
    download fails for want of a network, "digits" stands in, and `report` is told.  "digits" needs no file: these are
    scikit-learn's 1,797 handwritten digits of 8x8 pixels, scaled to 20x20 and centred in 28x28 as MNIST's are, of which
    1,437 train and 360 test.

    Args:
        name_or_folder: "mnist", "fashion", "digits" or a folder's path; write `./mnist` for a folder of that name.
        data_dir: A folder to read "mnist" or "fashion" from instead; nothing is then downloaded or checked against a
            SHA-256.  It holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
            `t10k-labels-idx1-ubyte`, each with or without `.gz`.
        report: Takes the line that says that "digits" stands in; it goes to stderr unless told otherwise.

    Raises:
        FileNotFoundError: The folder, or one of its four files, is not there.
        FileFormatError: A file is not what it should be, or does not have the SHA-256 that is pinned for it.
        ValueError: `data_dir` was given together with "digits" or with another folder.

    >>> load("digits").train_images.shape
    (1437, 28, 28)
    """
    if data_dir is not None:
        if name_or_folder not in BASE_URLS:
            raise ValueError(
                f"data_dir is {data_dir}, but only mnist and fashion are read from it, not {name_or_folder}; "
                "leave out one of the two"
            )
        return _load_folder(data_dir.expanduser(), name_or_folder)
    if name_or_folder == "digits":
        return _load_digits()
    if name_or_folder in BASE_URLS:
        cache = _fetch(name_or_folder, report)
        return _load_digits() if cache is None else _load_folder(cache, name_or_folder)
    folder = Path(name_or_folder).expanduser()
    return _load_folder(folder, folder.resolve().name)


def read_images(path: Path) -> Images:
    """Read an IDX file of 28x28 images, gzip-compressed when its name ends in `.gz`.

    Returns:
        The images, of shape `(n, 28, 28)`, where n is 1 to 1,000,000.

    Raises:
        FileNotFoundError: There is no such file.
        FileFormatError: It is not an intact file of 28x28 images and nothing else.
    """
    return _read_idx(path, _IMAGES_MAGIC, (SIDE, SIDE), "images").reshape(-1, SIDE, SIDE)


def read_labels(path: Path, classes: int = 10) -> Labels:
    """Read an IDX file of labels, gzip-compressed when its name ends in `.gz`.

    Args:
        path: The file.
        classes: How many classes there are: each label must be less.

    Returns:
        The labels, of shape `(n,)`, where n is 1 to 1,000,000.

    Raises:
        FileNotFoundError: There is no such file.
        FileFormatError: It is not an intact file of labels from 0 to `classes - 1` and nothing else.
    """
    labels = _read_idx(path, _LABELS_MAGIC, (), "labels")
    largest = int(labels.max())
    if largest >= classes:
        raise FileFormatError(
            f"{path} holds the label {largest}, but labels from 0 to {classes - 1} are wanted; "
            "check which data set this is"
        )
    return labels


def _read_idx(path: Path, magic: int, item_shape: tuple[int, ...], items: str) -> Labels:
    """Read all bytes after the header of an IDX file, whose items ("images" or "labels") have the given shape."""
    compressed = path.suffix == ".gz"
    size = _size_of_file(path)
    try:
        with gzip.open(path) if compressed else path.open("rb") as file:
            count = _read_header(file, path, magic, item_shape, items)
            stated = count * math.prod(item_shape)
            if size * (_DEFLATE_MAXIMUM_RATIO if compressed else 1) < stated:
                raise FileFormatError(
                    f"{path} is {size:,} bytes long, too short for the {count:,} {items} that its header states; "
                    "get the file again"
                )
            return _read_exactly(file, path, stated, items)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileFormatError(f"{path} is not an intact gzip file ({error}); get the file again") from error


def _size_of_file(path: Path) -> int:
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path")
    # Opening a named pipe would wait for a writer for ever.
    if not path.is_file():
        raise FileFormatError(f"{path} is not a regular file, but an IDX file is wanted; check the path")
    size = path.stat().st_size
    if size == 0:
        raise FileFormatError(f"{path} is empty, but an IDX file is wanted; get the file again")
    return size


def _read_header(file: io.BufferedIOBase, path: Path, magic: int, item_shape: tuple[int, ...], items: str) -> int:
    """Check the magic number and the sizes in the header, and return the count of items."""
    layout = struct.Struct(f">{2 + len(item_shape)}I")
    header = file.read(layout.size)
    if len(header) < layout.size:
        raise FileFormatError(
            f"{path} ends after {len(header)} of the {layout.size} bytes of its header; get the file again"
        )
    found, count, *sizes = layout.unpack(header)
    if found != magic:
        raise FileFormatError(
            f"{path} starts with the number {found}, but an IDX file of {items} starts with {magic}; "
            "check which file this is"
        )
    if tuple(sizes) != item_shape:
        given, wanted = ("x".join(map(str, shape)) for shape in (sizes, item_shape))
        raise FileFormatError(f"{path} holds {items} of {given} pixels, but {wanted} is wanted; scale them first")
    if not 1 <= count <= MAXIMUM_COUNT:
        raise FileFormatError(
            f"{path} states that it holds {count:,} {items}, but 1 to {MAXIMUM_COUNT:,} are wanted; get the file again"
        )
    return int(count)


def _read_exactly(file: io.BufferedIOBase, path: Path, stated: int, items: str) -> Labels:
    """Read the stated number of bytes, which must also be all that are left."""
    content = np.empty(stated, dtype=np.uint8)
    view = content.data
    filled = 0
    while filled < stated:
        read = file.readinto(view[filled : filled + _CHUNK_BYTES])
        if read == 0:
            raise FileFormatError(
                f"{path} ends after {filled:,} of the {stated:,} bytes of {items} that its header states; "
                "get the file again"
            )
        filled += read
    # Asking for one byte more is also what makes gzip check the CRC.
    if file.read(1):
        raise FileFormatError(
            f"{path} goes on after the {stated:,} bytes of {items} that its header states; get the file again"
        )
    return content


def _load_folder(folder: Path, name: str) -> Dataset:
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder} is not a folder; give mnist, fashion, digits or a folder that holds the four IDX files"
        )
    train_images, train_labels = _read_split(folder, "train")
    test_images, test_labels = _read_split(folder, "t10k")
    return Dataset(name, train_images, train_labels, test_images, test_labels)


def _read_split(folder: Path, split: str) -> tuple[Images, Labels]:
    images_path = _find(folder, f"{split}-images-idx3-ubyte")
    labels_path = _find(folder, f"{split}-labels-idx1-ubyte")
    labels = read_labels(labels_path)
    images = read_images(images_path)
    if len(images) != len(labels):
        raise FileFormatError(
            f"{images_path} holds {len(images):,} images, but {labels_path} holds {len(labels):,} labels; "
            "get both from the same data set"
        )
    return images, labels


def _find(folder: Path, stem: str) -> Path:
    for path in (folder / f"{stem}.gz", folder / stem):
        if path.exists():
            return path
    raise FileNotFoundError(f"{folder} holds neither {stem}.gz nor {stem}; put one of them there")


def _fetch(name: str, report: Callable[[str], None]) -> Path | None:
    """Return the folder where the files of "mnist" or "fashion" are, or None when they cannot be downloaded."""
    folder = _cache_folder() / name
    try:
        for file_name, sha256 in SHA256[name].items():
            _fetch_file(folder / file_name, BASE_URLS[name] + file_name, sha256)
    except ConnectionError as error:
        report(f"{error}, and {folder} does not hold all of {name}: scikit-learn's handwritten digits stand in")
        return None
    return folder


def _cache_folder() -> Path:
    import pooch  # noqa: PLC0415 -- only a data set that is downloaded needs it

    return Path(os.environ.get("SHAPEDMAT_DATA") or pooch.os_cache("shapedmat")).expanduser()


def _fetch_file(path: Path, url: str, sha256: str) -> None:
    """Download a file unless it is there with this SHA-256; pooch puts it into place only once it is whole."""
    import pooch  # noqa: PLC0415 -- as above
    import requests  # noqa: PLC0415 -- as above, and it comes with pooch

    # A filter and not a level: this logger is outside logging's registry, so that setLevel does not clear its record of
    # which levels are enabled.
    pooch.get_logger().addFilter(_is_warning)
    try:
        pooch.retrieve(url, known_hash=f"sha256:{sha256}", fname=path.name, path=path.parent)
    except requests.RequestException as error:
        if path.exists():
            raise FileFormatError(
                f"{path} does not have the SHA-256 {sha256}, and {url} cannot be downloaded to replace it "
                f"({type(error).__name__}); delete the file or connect to the network"
            ) from error
        raise ConnectionError(f"{url} cannot be downloaded ({type(error).__name__})") from error
    except ValueError as error:
        raise FileFormatError(
            f"the download of {url} does not have the SHA-256 {sha256} and was deleted; "
            f"try again, or put the file into {path.parent} from another source"
        ) from error
    finally:
        pooch.get_logger().removeFilter(_is_warning)


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _load_digits() -> Dataset:
    from sklearn import datasets, model_selection  # noqa: PLC0415 -- they take seconds to import

    digits: Any = datasets.load_digits()
    images = _centre_in_frame(np.asarray(digits.images, dtype=np.float64) / 16.0)
    labels: Labels = np.asarray(digits.target, dtype=np.uint8)
    train, test = model_selection.train_test_split(
        np.arange(len(labels)), test_size=_DIGITS_TEST_COUNT, stratify=labels, random_state=0
    )
    return Dataset("digits", images[train], labels[train], images[test], labels[test])


def _centre_in_frame(ink: np.ndarray[tuple[int, int, int], np.dtype[np.float64]]) -> Images:
    """Scale square images of ink from 0 to 1 to 20x20 pixels bilinearly, and frame them with 4 empty pixels."""
    source_side, scaled_side = ink.shape[1], 20
    # Bilinear scaling is linear along each axis: its matrix has as columns what becomes of the unit vectors, and pixel
    # i of n stands for the point (i + 1/2) / n of the side.
    centres = (np.arange(scaled_side) + 0.5) * (source_side / scaled_side) - 0.5
    scale = np.stack([np.interp(centres, np.arange(source_side), unit) for unit in np.eye(source_side)], axis=1)
    scaled = np.rint(255.0 * (scale @ ink @ scale.T)).astype(np.uint8)
    margin = (SIDE - scaled_side) // 2
    images = np.zeros((len(ink), SIDE, SIDE), dtype=np.uint8)
    images[:, margin:-margin, margin:-margin] = scaled
    return images
