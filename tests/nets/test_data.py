"""nets.data reads IDX files exactly or refuses them, and finds data sets in a folder, a cache or on a server."""

import gzip
import hashlib
import http.server
import logging
import os
import struct
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pooch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets import data
from nets.data import Dataset, Images, Labels, load, read_images, read_labels
from shapedmat.errors import FileFormatError
from tests.nets.published import PUBLISHED

ROOT = Path(__file__).parents[2]


def image_file(
    count: int, *, magic: int = 2051, sides: tuple[int, int] = (28, 28), pixels: bytes | None = None
) -> bytes:
    """Return an IDX file of black images, or of the given pixels."""
    content = bytes(count * sides[0] * sides[1]) if pixels is None else pixels
    return struct.pack(">4I", magic, count, *sides) + content


def label_file(labels: bytes, *, count: int | None = None) -> bytes:
    """Return an IDX file of the given labels, whose header states `count` of them."""
    return struct.pack(">2I", 2049, len(labels) if count is None else count) + labels


def write(path: Path, content: bytes) -> Path:
    """Write a file, gzip-compressed when its name says so, and return its path."""
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def write_dataset(folder: Path, *, suffix: str = ".gz", train_labels: int = 12) -> Path:
    """Write a data set of 12 training and 5 test images whose first pixel is their number, and return the folder."""
    folder.mkdir(parents=True)
    for split, count, label_count in (("train", 12, train_labels), ("t10k", 5, 5)):
        pixels = b"".join(bytes([number]) + bytes(783) for number in range(count))
        write(folder / f"{split}-images-idx3-ubyte{suffix}", image_file(count, pixels=pixels))
        write(folder / f"{split}-labels-idx1-ubyte{suffix}", label_file(bytes(n % 10 for n in range(label_count))))
    return folder


def error_message(read: Callable[[], object], error: type[Exception] = FileFormatError) -> str:
    """Return the message of the error that `read` raises."""
    with pytest.raises(error) as caught:
        read()
    return str(caught.value)


def peak_memory(action: Callable[[], object]) -> int:
    """Return the most bytes that were allocated at one time while the action ran."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def random_pixels(count: int, seed: int) -> bytes:
    """Return the pixels of random images."""
    return np.random.default_rng(seed).bytes(count * 784)


@st.composite
def corruptions(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Draw a function that overwrites, cuts, drops or inserts bytes, at the ends of a file more often than between."""
    positions = st.one_of(st.integers(0, 30), st.integers(-12, -1), st.integers(0, 2000))
    edits = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["overwrite", "cut", "drop", "insert"]), positions, st.binary(min_size=1, max_size=4)
            ),
            min_size=1,
            max_size=3,
        )
    )

    def corrupt(content: bytes) -> bytes:
        for kind, position, new in edits:
            at = position % (len(content) + 1)
            head, tail = content[:at], content[at:]
            content = {
                "overwrite": head + new + tail[len(new) :],
                "cut": head,
                "drop": head + tail[len(new) :],
                "insert": head + new + tail,
            }[kind]
        return content

    return corrupt


class TestIntactFiles:
    """An intact file comes back byte for byte."""

    @given(count=st.integers(1, 4), seed=st.integers(0, 2**32), suffix=st.sampled_from(["", ".gz"]))
    def test_images_round_trip(
        self, tmp_path_factory: pytest.TempPathFactory, count: int, seed: int, suffix: str
    ) -> None:
        """Images come back as they were written, compressed or not."""
        pixels = random_pixels(count, seed)
        path = write(tmp_path_factory.getbasetemp() / f"images{suffix}", image_file(count, pixels=pixels))
        expected = np.frombuffer(pixels, np.uint8).reshape(count, 28, 28)
        np.testing.assert_array_equal(expected, read_images(path), strict=True)

    @given(labels=st.binary(min_size=1, max_size=300), suffix=st.sampled_from(["", ".gz"]))
    def test_labels_round_trip(self, tmp_path_factory: pytest.TempPathFactory, labels: bytes, suffix: str) -> None:
        """Labels come back as they were written, compressed or not."""
        path = write(tmp_path_factory.getbasetemp() / f"labels{suffix}", label_file(labels))
        expected = np.frombuffer(labels, np.uint8)
        np.testing.assert_array_equal(expected, read_labels(path, classes=256), strict=True)

    def test_more_than_one_chunk(self, tmp_path: Path) -> None:
        """A file of several megabytes is put together from its chunks in order."""
        pixels = random_pixels(3000, seed=1)
        path = write(tmp_path / "images.gz", image_file(3000, pixels=pixels))
        assert pixels == read_images(path).tobytes()

    def test_several_gzip_members(self, tmp_path: Path) -> None:
        """A gzip file may have several members, which RFC 1952 joins."""
        content = label_file(bytes([1, 2, 3]))
        path = tmp_path / "labels.gz"
        path.write_bytes(gzip.compress(content[:6]) + gzip.compress(content[6:]))
        assert [1, 2, 3] == read_labels(path).tolist()

    def test_images_can_be_written_to(self, tmp_path: Path) -> None:
        """The arrays own their memory, so that a caller may change them."""
        images = read_images(write(tmp_path / "images", image_file(1)))
        assert (True, True) == (images.flags.writeable, images.flags.c_contiguous)

    def test_peak_memory_is_the_array_and_one_chunk(self, tmp_path: Path) -> None:
        """Unpacking 23.5 MB takes no second copy of it."""
        path = write(tmp_path / "images.gz", image_file(30_000))
        assert peak_memory(lambda: read_images(path)) < 30_000 * 784 + 4_000_000


class TestCorruptFiles:
    """A corrupt file is refused with FileFormatError, whatever the corruption."""

    @given(seed=st.integers(0, 2**32), corrupt=corruptions())
    def test_raw_images(
        self, tmp_path_factory: pytest.TempPathFactory, seed: int, corrupt: Callable[[bytes], bytes]
    ) -> None:
        """Raw images are read, changed pixels included, exactly when the header is intact and the length is right."""
        content = corrupt(image_file(2, pixels=random_pixels(2, seed)))
        path = write(tmp_path_factory.getbasetemp() / "corrupt", content)
        count, rest = divmod(len(content) - 16, 784)
        if content.startswith(struct.pack(">4I", 2051, max(count, 1), 28, 28)) and rest == 0 and count >= 1:
            assert content[16:] == read_images(path).tobytes()
        else:
            error_message(lambda: read_images(path))

    @given(corrupt=corruptions())
    def test_raw_labels(self, tmp_path_factory: pytest.TempPathFactory, corrupt: Callable[[bytes], bytes]) -> None:
        """Raw labels are read exactly when the header, the length and each label are right."""
        content = corrupt(label_file(bytes(range(10)) * 3))
        path = write(tmp_path_factory.getbasetemp() / "corrupt", content)
        labels = content[8:]
        if labels and content == label_file(labels) and max(labels) < 10:
            assert labels == read_labels(path).tobytes()
        else:
            error_message(lambda: read_labels(path))

    @given(seed=st.integers(0, 2**32), corrupt=corruptions())
    def test_compressed_images(
        self, tmp_path_factory: pytest.TempPathFactory, seed: int, corrupt: Callable[[bytes], bytes]
    ) -> None:
        """Compressed images are refused or come back as written, as when only gzip's own header changed."""
        pixels = random_pixels(2, seed)
        path = tmp_path_factory.getbasetemp() / "corrupt.gz"
        path.write_bytes(corrupt(gzip.compress(image_file(2, pixels=pixels), mtime=0)))
        try:
            images = read_images(path)
        except FileFormatError:
            return
        assert pixels == images.tobytes()

    @given(content=st.binary(max_size=100), suffix=st.sampled_from(["", ".gz"]))
    def test_arbitrary_bytes(self, tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str) -> None:
        """A file too short for an image is refused whatever it holds."""
        path = tmp_path_factory.getbasetemp() / f"arbitrary{suffix}"
        path.write_bytes(content)
        error_message(lambda: read_images(path))


class TestRefusals:
    """Each refusal is one sentence that names the file, what was found, what is wanted, and what to do."""

    def test_missing_file(self, tmp_path: Path) -> None:
        """A missing file is a FileNotFoundError."""
        path = tmp_path / "images.gz"
        expected = f"{path} does not exist; check the path"
        assert expected == error_message(lambda: read_images(path), FileNotFoundError)

    def test_directory(self, tmp_path: Path) -> None:
        """A directory is no file."""
        expected = f"{tmp_path} is not a regular file, but an IDX file is wanted; check the path"
        assert expected == error_message(lambda: read_images(tmp_path))

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_named_pipe(self, tmp_path: Path) -> None:
        """A named pipe, which would block for ever, is not opened."""
        path = tmp_path / "pipe"
        os.mkfifo(path)
        expected = f"{path} is not a regular file, but an IDX file is wanted; check the path"
        assert expected == error_message(lambda: read_images(path))

    def test_empty_file(self, tmp_path: Path) -> None:
        """An empty file is called empty."""
        path = tmp_path / "images.gz"
        path.touch()
        expected = f"{path} is empty, but an IDX file is wanted; get the file again"
        assert expected == error_message(lambda: read_images(path))

    def test_truncated_header(self, tmp_path: Path) -> None:
        """A file that ends within its header is refused with both lengths."""
        path = write(tmp_path / "images.gz", image_file(1)[:9])
        expected = f"{path} ends after 9 of the 16 bytes of its header; get the file again"
        assert expected == error_message(lambda: read_images(path))

    def test_labels_in_place_of_images(self, tmp_path: Path) -> None:
        """The magic number of labels is refused where images are wanted."""
        path = write(tmp_path / "labels", label_file(bytes(20)))
        expected = (
            f"{path} starts with the number 2049, but an IDX file of images starts with 2051; check which file this is"
        )
        assert expected == error_message(lambda: read_images(path))

    def test_images_in_place_of_labels(self, tmp_path: Path) -> None:
        """The magic number of images is refused where labels are wanted."""
        path = write(tmp_path / "images", image_file(1))
        expected = (
            f"{path} starts with the number 2051, but an IDX file of labels starts with 2049; check which file this is"
        )
        assert expected == error_message(lambda: read_labels(path))

    def test_other_image_size(self, tmp_path: Path) -> None:
        """Images of another size are refused with both sizes."""
        path = write(tmp_path / "images", image_file(1, sides=(32, 28)))
        expected = f"{path} holds images of 32x28 pixels, but 28x28 is wanted; scale them first"
        assert expected == error_message(lambda: read_images(path))

    @pytest.mark.parametrize(("count", "shown"), [(0, "0"), (1_000_001, "1,000,001"), (2**32 - 1, "4,294,967,295")])
    def test_count_out_of_range(self, tmp_path: Path, count: int, shown: str) -> None:
        """A count of none, or of more than a million, is refused."""
        path = write(tmp_path / "labels", label_file(bytes(5), count=count))
        expected = f"{path} states that it holds {shown} labels, but 1 to 1,000,000 are wanted; get the file again"
        assert expected == error_message(lambda: read_labels(path))

    def test_truncated_raw_data(self, tmp_path: Path) -> None:
        """A raw file shorter than its header states is refused."""
        path = write(tmp_path / "images", image_file(2)[: 16 + 784])
        expected = f"{path} is 800 bytes long, too short for the 2 images that its header states; get the file again"
        assert expected == error_message(lambda: read_images(path))

    def test_truncated_compressed_data(self, tmp_path: Path) -> None:
        """A gzip file whose content is shorter than its header states is refused with both lengths."""
        path = write(tmp_path / "images.gz", image_file(2)[: 16 + 1000])
        expected = f"{path} ends after 1,000 of the 1,568 bytes of images that its header states; get the file again"
        assert expected == error_message(lambda: read_images(path))

    def test_truncated_gzip_stream(self, tmp_path: Path) -> None:
        """A gzip file that was cut off is refused with gzip's reason."""
        path = tmp_path / "images.gz"
        path.write_bytes(gzip.compress(image_file(2, pixels=random_pixels(2, seed=0)))[:-100])
        expected = (
            f"{path} is not an intact gzip file "
            "(Compressed file ended before the end-of-stream marker was reached); get the file again"
        )
        assert expected == error_message(lambda: read_images(path))

    @pytest.mark.parametrize("suffix", ["", ".gz"])
    def test_trailing_data(self, tmp_path: Path, suffix: str) -> None:
        """One byte more than the header states is refused."""
        path = write(tmp_path / f"labels{suffix}", label_file(bytes(4), count=3))
        expected = f"{path} goes on after the 3 bytes of labels that its header states; get the file again"
        assert expected == error_message(lambda: read_labels(path))

    def test_not_gzip(self, tmp_path: Path) -> None:
        """A raw file whose name says gzip is refused."""
        path = tmp_path / "labels.gz"
        path.write_bytes(label_file(bytes(3)))
        expected = rf"{path} is not an intact gzip file (Not a gzipped file (b'\x00\x00')); get the file again"
        assert expected == error_message(lambda: read_labels(path))

    def test_wrong_crc(self, tmp_path: Path) -> None:
        """Content that does not match gzip's CRC is refused."""
        path = tmp_path / "labels.gz"
        content = bytearray(gzip.compress(label_file(bytes(3))))
        right = int.from_bytes(content[-8:-4], "little")
        content[-8] ^= 1
        path.write_bytes(content)
        expected = (
            f"{path} is not an intact gzip file (CRC check failed {right ^ 1:#x} != {right:#x}); get the file again"
        )
        assert expected == error_message(lambda: read_labels(path))

    def test_invalid_deflate_stream(self, tmp_path: Path) -> None:
        """A deflate block of the type that is reserved is refused with zlib's reason."""
        path = tmp_path / "labels.gz"
        path.write_bytes(gzip.compress(b"", mtime=0)[:10] + b"\xff" * 20)
        expected = (
            f"{path} is not an intact gzip file (Error -3 while decompressing data: invalid block type); "
            "get the file again"
        )
        assert expected == error_message(lambda: read_labels(path))

    def test_label_out_of_range(self, tmp_path: Path) -> None:
        """A label as large as the number of classes is refused."""
        path = write(tmp_path / "labels", label_file(bytes([9, 10, 0])))
        expected = f"{path} holds the label 10, but labels from 0 to 9 are wanted; check which data set this is"
        assert expected == error_message(lambda: read_labels(path))

    def test_label_within_more_classes(self, tmp_path: Path) -> None:
        """The number of classes is the caller's."""
        path = write(tmp_path / "labels", label_file(bytes([9, 10, 0])))
        assert [9, 10, 0] == read_labels(path, classes=11).tolist()


class TestHostileFiles:
    """A file can't make the reader use memory that its own size does not justify."""

    def test_gzip_bomb_is_not_unpacked(self, tmp_path: Path) -> None:
        """A file that unpacks to 64 MB more than it states is refused within 1 MB."""
        path = write(tmp_path / "images.gz", image_file(1) + bytes(64_000_000))
        assert peak_memory(lambda: error_message(lambda: read_images(path))) < 1_000_000

    def test_gzip_bomb_message(self, tmp_path: Path) -> None:
        """A file that unpacks to more than it states is refused as one that goes on."""
        path = write(tmp_path / "images.gz", image_file(1) + bytes(1_000_000))
        expected = f"{path} goes on after the 784 bytes of images that its header states; get the file again"
        assert expected == error_message(lambda: read_images(path))

    def test_bomb_in_gzip_header_is_not_read_into_memory(self, tmp_path: Path) -> None:
        """A file name of 4 MB in gzip's own header is skipped, not kept."""
        path = tmp_path / "labels.gz"
        content = gzip.compress(label_file(bytes(3)), mtime=0)
        path.write_bytes(content[:3] + b"\x08" + content[4:10] + b"a" * 4_000_000 + b"\0" + content[10:])
        assert peak_memory(lambda: read_labels(path)) < 1_000_000

    @pytest.mark.parametrize("suffix", ["", ".gz"])
    def test_lying_header_allocates_nothing(self, tmp_path: Path, suffix: str) -> None:
        """A small file that states a million images is refused within 1 MB."""
        path = write(tmp_path / f"images{suffix}", image_file(1_000_000, pixels=bytes(784)))
        assert peak_memory(lambda: error_message(lambda: read_images(path))) < 1_000_000

    def test_lying_header_message(self, tmp_path: Path) -> None:
        """A small gzip file that states a million images is refused with its length."""
        path = write(tmp_path / "images.gz", image_file(1_000_000, pixels=bytes(784)))
        size = path.stat().st_size
        expected = (
            f"{path} is {size} bytes long, too short for the 1,000,000 images that its header states; "
            "get the file again"
        )
        assert expected == error_message(lambda: read_images(path))

    def test_best_compression_is_believed(self, tmp_path: Path) -> None:
        """A million equal labels, which deflate packs as tightly as it can, are not taken for a lie."""
        path = write(tmp_path / "labels.gz", label_file(bytes(1_000_000)))
        assert (1_000_000,) == read_labels(path).shape


class TestFolder:
    """`load` reads the four files of a folder."""

    @pytest.mark.parametrize("suffix", ["", ".gz"])
    def test_arrays(self, tmp_path: Path, suffix: str) -> None:
        """Each file becomes the array of its name."""
        dataset = load(str(write_dataset(tmp_path / "mine", suffix=suffix)))
        expected = ([*range(12)], [n % 10 for n in range(12)], [*range(5)], [*range(5)])
        assert expected == (
            dataset.train_images[:, 0, 0].tolist(),
            dataset.train_labels.tolist(),
            dataset.test_images[:, 0, 0].tolist(),
            dataset.test_labels.tolist(),
        )

    def test_name_of_the_folder(self, tmp_path: Path) -> None:
        """A data set from a folder has the folder's name."""
        assert "mine" == load(str(write_dataset(tmp_path / "mine"))).name

    def test_name_of_the_working_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The folder `.` has a name too."""
        monkeypatch.chdir(write_dataset(tmp_path / "mine"))
        assert "mine" == load(".").name

    def test_data_dir(self, tmp_path: Path) -> None:
        """With `data_dir`, a named data set is read from there and keeps its name."""
        dataset = load("fashion", write_dataset(tmp_path / "mine"))
        assert ("fashion", 12) == (dataset.name, len(dataset.train_labels))

    @pytest.mark.parametrize("name", ["digits", "other"])
    def test_data_dir_with_another_source(self, name: str) -> None:
        """`data_dir` together with the digits or another folder is refused."""
        expected = (
            f"data_dir is mine, but only mnist and fashion are read from it, not {name}; leave out one of the two"
        )
        assert expected == error_message(lambda: load(name, Path("mine")), ValueError)

    def test_unknown_name(self) -> None:
        """A name that is neither a data set nor a folder is refused with what it may be."""
        expected = "mnits is not a folder; give mnist, fashion, digits or a folder that holds the four IDX files"
        assert expected == error_message(lambda: load("mnits"), FileNotFoundError)

    def test_missing_file(self, tmp_path: Path) -> None:
        """A folder that lacks a file is refused with both names that the file may have."""
        folder = write_dataset(tmp_path / "mine")
        (folder / "t10k-labels-idx1-ubyte.gz").unlink()
        expected = f"{folder} holds neither t10k-labels-idx1-ubyte.gz nor t10k-labels-idx1-ubyte; put one of them there"
        assert expected == error_message(lambda: load(str(folder)), FileNotFoundError)

    def test_counts_differ(self, tmp_path: Path) -> None:
        """Fewer labels than images are refused with both counts."""
        folder = write_dataset(tmp_path / "mine", train_labels=11)
        expected = (
            f"{folder / 'train-images-idx3-ubyte.gz'} holds 12 images, "
            f"but {folder / 'train-labels-idx1-ubyte.gz'} holds 11 labels; get both from the same data set"
        )
        assert expected == error_message(lambda: load(str(folder)))

    def test_malformed_file_is_an_error(self, tmp_path: Path) -> None:
        """The digits do not stand in for a folder with a malformed file."""
        folder = write_dataset(tmp_path / "mine")
        (folder / "train-images-idx3-ubyte.gz").write_bytes(b"no")
        assert "is not an intact gzip file" in error_message(lambda: load("mnist", folder))


class Server(http.server.ThreadingHTTPServer):
    """An HTTP server of one folder on 127.0.0.1 that counts the requests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[str] = []
        super().__init__(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))

    @property
    def url(self) -> str:
        """The address of the folder."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, template: str, *args: object) -> None:
        assert isinstance(self.server, Server)
        self.server.requests.append(self.path)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that `SHAPEDMAT_DATA` names."""
    monkeypatch.setenv("SHAPEDMAT_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of a small data set, from which "mnist" is downloaded, with the hashes of its files pinned."""
    folder = write_dataset(tmp_path / "served")
    with Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setitem(data.BASE_URLS, "mnist", server.url)
        hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        monkeypatch.setitem(data.SHA256, "mnist", {name: hashes[name] for name in data.SHA256["mnist"]})
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def no_server(server: Server) -> Server:
    """The server, with its door closed: nothing listens at its address."""
    server.shutdown()
    server.server_close()
    return server


@pytest.fixture
def pooch_log(monkeypatch: pytest.MonkeyPatch) -> list[logging.LogRecord]:
    """The records that pooch logs, in place of its lines on the terminal."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", records.append)
    monkeypatch.setattr(pooch.get_logger(), "handlers", [handler])
    return records


def files_in(folder: Path) -> list[str]:
    """Return the names of all files at or below the folder."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def no_report(line: str) -> None:
    """Fail, for nothing was to be reported."""
    pytest.fail(f"reported: {line}")


class TestDownload:
    """`load` downloads what the cache lacks, whole or not at all."""

    def test_loads_what_is_served(self, cache: Path, server: Server) -> None:
        """A data set that is not cached is downloaded."""
        dataset = load("mnist", report=no_report)
        assert ("mnist", [*range(12)]) == (dataset.name, dataset.train_images[:, 0, 0].tolist())

    def test_fills_the_cache(self, cache: Path, server: Server) -> None:
        """The four files, and no temporary ones, are in the cache afterwards."""
        load("mnist", report=no_report)
        assert sorted(data.SHA256["mnist"]) == files_in(cache / "mnist")

    def test_second_load_downloads_nothing(self, cache: Path, server: Server) -> None:
        """What is cached is not asked for again."""
        load("mnist", report=no_report)
        load("mnist", report=no_report)
        assert 4 == len(server.requests)

    def test_default_cache(self, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without `SHAPEDMAT_DATA`, the files go to the user's cache folder."""
        monkeypatch.delenv("SHAPEDMAT_DATA", raising=False)
        monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "user" / project)
        load("mnist", report=no_report)
        assert sorted(data.SHA256["mnist"]) == files_in(tmp_path / "user" / "shapedmat" / "mnist")

    def test_is_quiet(self, cache: Path, server: Server, pooch_log: list[logging.LogRecord]) -> None:
        """A download is not logged to the terminal."""
        load("mnist", report=no_report)
        assert [] == pooch_log

    def test_is_quiet_after_others_were_not(
        self, cache: Path, server: Server, pooch_log: list[logging.LogRecord]
    ) -> None:
        """A download is not logged even if others in the process let pooch log theirs."""
        pooch.get_logger().info("from others")
        load("mnist", report=no_report)
        assert ["from others"] == [record.getMessage() for record in pooch_log]

    def test_leaves_the_log_to_others(self, cache: Path, server: Server, pooch_log: list[logging.LogRecord]) -> None:
        """Others in the process who use pooch see its log afterwards."""
        load("mnist", report=no_report)
        pooch.get_logger().info("from others")
        assert ["from others"] == [record.getMessage() for record in pooch_log]

    def test_corrupt_download_is_refused(self, cache: Path, server: Server) -> None:
        """A download with another SHA-256 is refused with what to do, and no stand-in is returned."""
        name = "train-images-idx3-ubyte.gz"
        (server.folder / name).write_bytes(b"tampered")
        expected = (
            f"the download of {server.url}{name} does not have the SHA-256 {data.SHA256['mnist'][name]} and was "
            f"deleted; try again, or put the file into {cache / 'mnist'} from another source"
        )
        assert expected == error_message(lambda: load("mnist", report=no_report))

    def test_corrupt_download_leaves_nothing(self, cache: Path, server: Server) -> None:
        """A download with another SHA-256 leaves no file in the cache."""
        (server.folder / "train-images-idx3-ubyte.gz").write_bytes(b"tampered")
        error_message(lambda: load("mnist", report=no_report))
        assert [] == files_in(cache)

    def test_corrupt_cached_file_is_replaced(self, cache: Path, server: Server) -> None:
        """A cached file that has changed is downloaded again."""
        load("mnist", report=no_report)
        (cache / "mnist" / "train-labels-idx1-ubyte.gz").write_bytes(b"tampered")
        assert 12 == len(load("mnist", report=no_report).train_labels)


class TestOffline:
    """Without a network, `load` uses the cache, or else the digits."""

    def test_cache_is_enough(self, cache: Path, no_server: Server) -> None:
        """What is cached loads without a server."""
        write_dataset(cache / "mnist")
        assert "mnist" == load("mnist", report=no_report).name

    def test_digits_stand_in(self, cache: Path, no_server: Server) -> None:
        """Without a server and a cache, the digits are returned under their own name."""
        assert "digits" == load("mnist", report=lambda line: None).name

    def test_report(self, cache: Path, no_server: Server) -> None:
        """That the digits stand in is reported in one line."""
        lines: list[str] = []
        load("mnist", report=lines.append)
        expected = (
            f"{no_server.url}train-images-idx3-ubyte.gz cannot be downloaded (ConnectionError), and {cache / 'mnist'} "
            "does not hold all of mnist: scikit-learn's handwritten digits stand in"
        )
        assert [expected] == lines

    def test_report_goes_to_stderr(self, cache: Path, no_server: Server, capfd: pytest.CaptureFixture[str]) -> None:
        """Unless told otherwise, the report is one line on stderr and nothing on stdout."""
        load("mnist")
        captured = capfd.readouterr()
        assert ("", 1) == (captured.out, captured.err.count("\n"))

    def test_file_that_the_server_lacks(self, cache: Path, server: Server) -> None:
        """A server that answers 404 counts as no network."""
        (server.folder / "t10k-labels-idx1-ubyte.gz").unlink()
        lines: list[str] = []
        load("mnist", report=lines.append)
        expected = (
            f"{server.url}t10k-labels-idx1-ubyte.gz cannot be downloaded (HTTPError), and {cache / 'mnist'} "
            "does not hold all of mnist: scikit-learn's handwritten digits stand in"
        )
        assert [expected] == lines

    def test_leaves_nothing(self, cache: Path, no_server: Server) -> None:
        """A download that could not start leaves no file in the cache."""
        load("mnist", report=lambda line: None)
        assert [] == files_in(cache)

    def test_corrupt_cached_file_is_an_error(self, cache: Path, no_server: Server) -> None:
        """A cached file that has changed and cannot be downloaded again is refused, not passed over."""
        path = write_dataset(cache / "mnist") / "train-labels-idx1-ubyte.gz"
        path.write_bytes(b"tampered")
        expected = (
            f"{path} does not have the SHA-256 {data.SHA256['mnist'][path.name]}, and {no_server.url}{path.name} "
            "cannot be downloaded to replace it (ConnectionError); delete the file or connect to the network"
        )
        assert expected == error_message(lambda: load("mnist", report=no_report))


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """scikit-learn's digits."""
    return load("digits")


class TestDigits:
    """The stand-in looks like MNIST."""

    def test_shapes(self, digits: Dataset) -> None:
        """1,437 images train and 360 test."""
        expected = ((1437, 28, 28), (1437,), (360, 28, 28), (360,))
        assert expected == (
            digits.train_images.shape,
            digits.train_labels.shape,
            digits.test_images.shape,
            digits.test_labels.shape,
        )

    def test_dtypes(self, digits: Dataset) -> None:
        """Pixels and labels are bytes, as MNIST's are."""
        arrays = (digits.train_images, digits.train_labels, digits.test_images, digits.test_labels)
        assert {np.dtype(np.uint8)} == {array.dtype for array in arrays}

    def test_full_range(self, digits: Dataset) -> None:
        """The pixels reach from 0 to 255."""
        assert (0, 255) == (int(digits.train_images.min()), int(digits.train_images.max()))

    def test_margin_is_empty(self, digits: Dataset) -> None:
        """The 4 pixels along each edge are background."""
        frame = digits.train_images.copy()
        frame[:, 4:-4, 4:-4] = 0
        assert 0 == frame.max()

    def test_classes_are_in_proportion(self, digits: Dataset) -> None:
        """Each class has a fifth of its images in the test set, to within one image."""
        test = np.bincount(digits.test_labels, minlength=10)
        every = test + np.bincount(digits.train_labels, minlength=10)
        assert np.abs(test - every * 360 / 1797).max() <= 1

    def test_is_deterministic(self, digits: Dataset) -> None:
        """Loading again gives the same split."""
        np.testing.assert_array_equal(digits.test_images, load("digits").test_images)

    def test_no_image_is_in_both_sets(self, digits: Dataset) -> None:
        """No test image is also a training image."""
        train = {image.tobytes() for image in digits.train_images}
        assert 0 == sum(image.tobytes() in train for image in digits.test_images)

    def test_scaling_keeps_full_ink(self) -> None:
        """Bilinear scaling of a uniform image leaves it uniform."""
        images = data._centre_in_frame(np.ones((1, 8, 8)))
        assert {255} == set(images[0, 4:-4, 4:-4].ravel().tolist())

    def test_scaling_keeps_the_orientation(self) -> None:
        """Ink in the top right corner stays there."""
        ink = np.zeros((1, 8, 8))
        ink[0, 0, 7] = 1.0
        assert [[0, 4, 23]] == np.argwhere(data._centre_in_frame(ink) == 255).tolist()


def costly_imports(statement: str) -> list[str]:
    """Return which of pooch, requests and scikit-learn a new interpreter imports for the statement."""
    program = f"import sys; {statement}; print(*sorted({{'pooch', 'requests', 'sklearn'}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_import_is_cheap() -> None:
    """Importing nets.data imports none of the costly packages."""
    assert [] == costly_imports("import nets.data")


def test_costly_imports_are_seen() -> None:
    """The test above can fail."""
    assert ["pooch", "requests"] == costly_imports("import pooch, requests")


def published(name: str) -> Dataset:
    """Load a published data set, or skip the test where its files are not there."""
    folder = PUBLISHED / name
    if not folder.is_dir():
        pytest.skip(f"the published files of {name} are not in {folder}; SHAPEDMAT_DATA_DIR names another place")
    return load(name, folder)


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    """The published MNIST."""
    return published("mnist")


@pytest.fixture(scope="module")
def fashion() -> Dataset:
    """The published Fashion-MNIST."""
    return published("fashion")


def shapes(dataset: Dataset) -> tuple[tuple[int, ...], ...]:
    """Return the shapes of the four arrays."""
    return (
        dataset.train_images.shape,
        dataset.train_labels.shape,
        dataset.test_images.shape,
        dataset.test_labels.shape,
    )


def mean_and_deviation(images: Images) -> tuple[float, float]:
    """Return the mean and standard deviation of all pixels as fractions of 255, to four digits."""
    counts = np.zeros(256)
    for batch in np.array_split(images, 60):
        counts += np.bincount(batch.ravel(), minlength=256)
    values = np.arange(256) / 255
    mean = np.average(values, weights=counts)
    deviation = np.sqrt(np.average((values - mean) ** 2, weights=counts))
    return round(float(mean), 4), round(float(deviation), 4)


def class_counts(labels: Labels) -> list[int]:
    """Return how many labels each class has."""
    return [int(count) for count in np.bincount(labels, minlength=10)]


class TestPublishedFiles:
    """The published files read as the literature describes them."""

    def test_mnist_shapes(self, mnist: Dataset) -> None:
        """MNIST has 60,000 training and 10,000 test images."""
        assert ((60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)) == shapes(mnist)

    def test_fashion_shapes(self, fashion: Dataset) -> None:
        """Fashion-MNIST has 60,000 training and 10,000 test images."""
        assert ((60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)) == shapes(fashion)

    def test_mnist_pixels(self, mnist: Dataset) -> None:
        """MNIST's training pixels have mean 0.1307 and standard deviation 0.3081, as in PyTorch's example."""
        assert (0.1307, 0.3081) == mean_and_deviation(mnist.train_images)

    def test_fashion_pixels(self, fashion: Dataset) -> None:
        """Fashion-MNIST's training pixels have mean 0.2860 and standard deviation 0.3530."""
        assert (0.2860, 0.3530) == mean_and_deviation(fashion.train_images)

    def test_mnist_training_classes(self, mnist: Dataset) -> None:
        """MNIST's training digits are not quite balanced."""
        expected = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        assert expected == class_counts(mnist.train_labels)

    def test_mnist_test_classes(self, mnist: Dataset) -> None:
        """MNIST's test digits are not quite balanced."""
        assert [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009] == class_counts(mnist.test_labels)

    def test_fashion_classes(self, fashion: Dataset) -> None:
        """Fashion-MNIST's classes are balanced in both sets."""
        assert ([6000] * 10, [1000] * 10) == (class_counts(fashion.train_labels), class_counts(fashion.test_labels))

    def test_first_mnist_labels(self, mnist: Dataset) -> None:
        """MNIST's training set starts 5, 0, 4, 1, 9, and its test set 7, 2, 1, 0, 4."""
        assert ([5, 0, 4, 1, 9], [7, 2, 1, 0, 4]) == (mnist.train_labels[:5].tolist(), mnist.test_labels[:5].tolist())

    @pytest.mark.parametrize("name", ["mnist", "fashion"])
    def test_pinned_hashes(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """The published files have the pinned SHA-256, so that they load as a cache with nothing downloaded."""
        published(name)
        monkeypatch.setenv("SHAPEDMAT_DATA", str(PUBLISHED))
        monkeypatch.setitem(data.BASE_URLS, name, "http://127.0.0.1:9/")
        assert name == load(name, report=no_report).name
