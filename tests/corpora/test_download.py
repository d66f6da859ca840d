"""Downloads from servers that break off, lie and stall, onto disks that are full or closed."""

import contextlib
import dataclasses
import errno
import hashlib
import io
import os
import random
import socket
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from seqtext.corpora import CATALOGUE, download, fetch, find, load
from seqtext.errors import DownloadError, MissingExtraError


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    """No real corpora, and no waiting between tries."""
    monkeypatch.setenv("SEQTEXT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "PAUSE", 0.001)


class Server(ThreadingHTTPServer):
    """Serves ``body`` at any path; the first answers are ``status_codes``, the first bodies end after ``cuts``."""

    daemon_threads = True
    body = b""
    knows_range = True
    announces_length = True
    stall = 0.0  # seconds before the body

    def handle_error(self, request, client_address):
        pass  # a client that went away is what some tests are about


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        server = self.server
        start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        server.starts.append(start)
        if server.status_codes:
            self.send_error(server.status_codes.pop(0))
            return
        body = server.body[start:] if server.knows_range else server.body
        self.send_response(206 if server.knows_range else 200)
        if server.announces_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        time.sleep(server.stall)
        self.wfile.write(body[: server.cuts.pop(0) if server.cuts else None])


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with Server(("127.0.0.1", 0), Handler) as running:
        running.starts, running.cuts, running.status_codes = [], [], []
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def noise(name):
    """Text that does not compress, the same in every run."""
    return random.Random(name).randbytes(200).hex()


REVIEWS = {
    f"aclImdb/{part}/{label}/0_{i}.txt": noise(f"{part}{label}{i}")
    for part in ("train", "test")
    for label in ("pos", "neg")
    for i in range(20)
}


def tar_gz():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in REVIEWS.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


@pytest.fixture
def serve(server, monkeypatch):
    """Put an archive on the server and into the catalogue in the place of another."""

    def serve(body, *, name="imdb", path="aclImdb_v1.tar.gz"):
        server.body = body
        url = f"http://127.0.0.1:{server.server_address[1]}/{path}"
        checksum = f"sha256:{hashlib.sha256(body).hexdigest()}"
        known = dataclasses.replace(CATALOGUE[name], url=url, size=len(body), checksum=checksum)
        monkeypatch.setitem(CATALOGUE, name, known)
        return body

    return serve


def left_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# ------------------------------------------------------------------------------------------ what works


def test_a_corpus_is_downloaded_checked_unpacked_and_found(tmp_path, serve):
    size = len(serve(tar_gz()))
    seen = []

    path = fetch("imdb", progress=lambda here, in_all: seen.append((here, in_all)))

    assert path == find("imdb") == tmp_path / "data/imdb/aclImdb"
    assert seen == sorted(seen)
    assert seen[-1] == (size, size)
    assert len(left_in(tmp_path)) == len(REVIEWS)
    assert len(load("imdb").train) == len(load("imdb").test) == 40


def test_a_corpus_that_is_there_is_not_downloaded_again(serve, server):
    serve(tar_gz())
    first = fetch("imdb")

    assert fetch("imdb") == first
    assert server.starts == [0]


def test_one_file_is_taken_out_of_an_archive_of_several(tmp_path, serve):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("glove.6B.50d.txt", "the 1")
        archive.writestr("glove.6B.100d.txt", "the 1 2")
    serve(packed.getvalue(), name="glove-6b-100d", path="glove.6B.zip")

    path = fetch("glove-6b-100d")

    assert path.read_text() == "the 1 2"
    assert left_in(tmp_path) == ["glove.6B.100d.txt"]


def test_the_dictionary_is_unpacked_to_its_folder(tmp_path, serve):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in CATALOGUE["wordnet"].needs:
            archive.writestr(f"wordnet/{name}", "x")
    serve(packed.getvalue(), name="wordnet", path="wordnet.zip")

    assert fetch("wordnet") == find("wordnet") == tmp_path / "data/wordnet"


def test_it_goes_to_the_first_folder_that_can_be_written(tmp_path, serve, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path / "data")
    serve(tar_gz())

    assert fetch("imdb") == tmp_path / "cache/seqtext/imdb/aclImdb"


# ------------------------------------------------------------------------------------------ going on


def test_a_download_that_breaks_off_is_continued(serve, server):
    serve(tar_gz())
    server.cuts = [9_000, 9_000]

    assert fetch("imdb").is_dir()
    assert server.starts == [0, 8_192, 16_384]


def test_the_next_call_continues_where_the_last_one_gave_up(serve, server):
    serve(tar_gz())
    server.cuts = [9_000, 0, 0, 0]
    with pytest.raises(DownloadError, match=r"then run 'seqtext corpora fetch imdb' again \(8,192 bytes are kept"):
        fetch("imdb")
    server.starts.clear()

    assert fetch("imdb").is_dir()
    assert server.starts == [8_192]


def test_a_download_that_is_stopped_is_kept(tmp_path, serve, server):
    serve(tar_gz())

    def stop(here, in_all):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("imdb", progress=stop)
    assert left_in(tmp_path) == ["part"]
    assert fetch("imdb").is_dir()
    assert server.starts == [0, 8_192]


@pytest.mark.parametrize("lacking", ["knows_range", "announces_length"])
def test_a_server_that_cannot_do_everything_still_serves(serve, server, lacking):
    serve(tar_gz())
    server.cuts = [9_000]
    setattr(server, lacking, False)

    fetch("imdb")

    assert len(load("imdb").train) == 40


def test_a_server_in_trouble_is_asked_again(serve, server):
    serve(tar_gz())
    server.status_codes = [500, 503, 429]

    assert fetch("imdb").is_dir()


# ------------------------------------------------------------------------------------------ what does not


def test_a_file_that_has_moved_is_answered_with_the_homepage(serve, server):
    serve(tar_gz())
    server.status_codes = [404] * 10

    with pytest.raises(
        DownloadError,
        match=r"imdb from 127.*: 404 Client Error: Not Found.*, or on https.*amaas.* whether it has moved",
    ):
        fetch("imdb")
    assert len(server.starts) == 4


def test_a_wrong_checksum_is_refused_and_removed(tmp_path, serve, server):
    body = serve(tar_gz())
    server.body = body[:-1] + bytes([body[-1] ^ 1])

    with pytest.raises(
        DownloadError, match=r"sent is not imdb: SHA256 hash .* expected .* but got .*; it was removed; try again"
    ):
        fetch("imdb")
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("body", [b"<html>log in</html>", bytes(1_000_000)], ids=["smaller", "larger"])
def test_a_file_of_another_size_is_refused_before_it_is_downloaded(serve, server, body):
    serve(tar_gz())
    server.body = body

    with pytest.raises(DownloadError, match=r"has [0-9,]+ bytes, where imdb has [0-9,]+: it was replaced, or a proxy"):
        fetch("imdb")


def test_a_server_that_does_not_stop_is_stopped(tmp_path, serve, server):
    server.body = serve(tar_gz()) + bytes(10_000_000)
    server.announces_length = False
    seen = []

    with pytest.raises(DownloadError, match="is not imdb"):
        fetch("imdb", progress=lambda here, in_all: seen.append(here))
    assert seen[-1] < 1_000_000
    assert left_in(tmp_path) == []


def test_a_cut_archive_ends_with_how_much_there_was(serve, server):
    serve(tar_gz())
    server.announces_length = False
    server.body = server.body[:1_000]

    with pytest.raises(DownloadError, match=r"the connection ended after 1,000 of [0-9,]+ bytes; check the network"):
        fetch("imdb")


def test_a_server_that_stalls_is_given_up(serve, server, monkeypatch):
    serve(tar_gz())
    server.stall = 1
    monkeypatch.setattr(download, "TIMEOUT", 0.05)
    began = time.monotonic()

    with pytest.raises(DownloadError, match="timed out; check the network"):
        fetch("imdb")
    assert time.monotonic() - began < 1


class Wire(threading.Thread):
    """A server that says ``lines``, one after another with a pause, and the last of them for ever if ``endless``."""

    def __init__(self, lines, pause=0.0, endless=False):
        super().__init__(daemon=True)
        self.lines, self.pause, self.endless = lines, pause, endless
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.over = threading.Event()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.answer, args=(self.socket.accept()[0],), daemon=True).start()

    def answer(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.recv(65536)
            for line in self.lines:
                connection.sendall(line)
                time.sleep(self.pause)
            while self.endless and not self.over.wait(self.pause):
                connection.sendall(self.lines[-1])


OK = b"HTTP/1.1 200 OK\r\n"
SLOW = "more than 0.3 s for an answer, or for 8 kB of it"


@pytest.mark.parametrize(
    ("lines", "how", "said"),
    [
        ([OK + b"Content-Length: \xb2\r\n\r\n"], {}, "has 0 bytes, where imdb has 100,000: it was replaced"),
        ([OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n"], {}, "has 0 bytes, where imdb has 100,000"),
        ([OK + b"Content-Length: -1\r\n\r\n"], {}, "has 0 bytes, where imdb has 100,000"),
        ([b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n"], {}, "cannot download imdb"),
        ([b"HTTP/1.1 302 Found\r\nLocation: http://\xff\xfe/\r\n\r\n"], {}, "cannot download imdb"),
        ([b"HTTP/1.1 302 Found\r\nLocation: http://a:99999/\r\n\r\n"], {}, "cannot download imdb"),
        ([b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"], {}, "No connection adapters were found for"),
        (
            [b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"],
            {},
            "Exceeded 30 redirects",
        ),
        ([b"\x00\x01\x02 nonsense\r\n\r\n"], {}, "cannot download imdb"),
        ([b"HTTP/1.1 404 \x1b[2Jgone\r\n\r\n"], {}, r"404 Client Error: \?\[2Jgone"),
        ([OK, b"a: b\r\n" * 1000], {}, "cannot download imdb"),
        ([OK + b"a" * 100_000], {}, "cannot download imdb"),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], {}, "cannot download imdb"),
        ([b"H"], {"pause": 0.02, "endless": True}, SLOW),
        ([OK, b"a"], {"pause": 0.02, "endless": True}, SLOW),
        ([b"HTTP/1.1 100 Continue\r\n\r\n"], {"pause": 0.001, "endless": True}, SLOW),
        ([OK + b"\r\n", b"a"], {"pause": 0.02, "endless": True}, SLOW),
    ],
)
def test_whatever_comes_over_the_wire_is_one_line_in_time(tmp_path, serve, monkeypatch, lines, how, said):
    wire = Wire(lines, **how)
    wire.start()
    serve(bytes(100_000))
    address = f"http://127.0.0.1:{wire.socket.getsockname()[1]}/a.tar.gz"
    monkeypatch.setitem(CATALOGUE, "imdb", dataclasses.replace(CATALOGUE["imdb"], url=address))
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    monkeypatch.setattr(download, "PATIENCE", 0.3)
    began = time.monotonic()

    with pytest.raises(DownloadError, match=said) as refused:
        fetch("imdb")
    wire.over.set()
    wire.socket.close()
    assert time.monotonic() - began < 4
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 600
    assert left_in(tmp_path) in ([], ["part"])


def zipped(compression):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for number in range(20):
            archive.writestr(f"wordnet/{number}", noise(str(number)))
    return bytearray(packed.getvalue())


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("at", [30, 60, 80, 200])
def test_a_zip_archive_that_is_damaged_is_removed_and_one_line(tmp_path, serve, compression, at):
    damaged = zipped(compression)
    damaged[at : at + 9] = b"\xff" * 9

    serve(damaged, name="wordnet", path="wordnet.zip")

    with pytest.raises(
        DownloadError, match=r"the archive of wordnet cannot be unpacked: .*; it was removed; see https"
    ):
        fetch("wordnet")
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("mode", ["gz", "bz2", "xz", ""])
@pytest.mark.parametrize("kind", ["cut", "changed", "another"])
def test_a_tar_archive_that_is_damaged_is_removed_and_one_line(tmp_path, serve, mode, kind):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=f"w:{mode}") as tar:
        info = tarfile.TarInfo("another" if kind == "another" else "aclImdb/train/pos/0_1.txt")
        info.size = 50_000
        tar.addfile(info, io.BytesIO(random.Random(0).randbytes(info.size)))
    data = packed.getvalue()
    damaged = data[: len(data) // 2] if kind == "cut" else data
    if kind == "changed":
        damaged = bytes(300) + data[300:] if mode == "" else data[:300] + b"\xff" * 300 + data[600:]

    serve(damaged)

    with pytest.raises(DownloadError, match=r"the archive of imdb cannot be unpacked: .*; it was removed; see https"):
        fetch("imdb")
    assert left_in(tmp_path) == []


def test_without_a_network_one_line_says_what_to_do(monkeypatch):
    def no_network(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setenv("no_proxy", "*")

    with pytest.raises(DownloadError) as refused:
        fetch("imdb")

    assert str(refused.value) == (
        "cannot download imdb from ai.stanford.edu: Name or service not known; check the network, or on "
        "https://ai.stanford.edu/~amaas/data/sentiment/ whether it has moved, "
        "then run 'seqtext corpora fetch imdb' again"
    )


def test_a_redirect_may_not_leave_https():
    known = CATALOGUE["imdb"]
    secure, answer = SimpleNamespace(url=known.url), SimpleNamespace(url="http://example.org/a", headers={})
    answer.history = [secure]

    with pytest.raises(DownloadError, match=r"is redirected to http://example.org/a, which is not https"):
        download._check(known, answer, 0)


def test_a_full_disk_is_one_line(serve, monkeypatch):
    serve(tar_gz())

    class Full(io.FileIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(download, "open", Full, raising=False)

    with pytest.raises(DownloadError, match=r"cannot write imdb to .*data: no space left on the device.* is kept"):
        fetch("imdb")


def test_a_disk_that_is_full_when_unpacking_keeps_the_download(tmp_path, serve, server, monkeypatch):
    serve(tar_gz())

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(tarfile.TarFile, "extractall", full)
        with pytest.raises(DownloadError, match=r"cannot write imdb to .*: no space left .* is kept for the next try"):
            fetch("imdb")
    assert left_in(tmp_path) == ["archive"]

    assert fetch("imdb").is_dir()
    assert server.starts == [0]


def test_a_folder_without_permission_is_one_line(serve, monkeypatch):
    serve(tar_gz())

    def closed(*args, **kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "mkdir", closed)

    with pytest.raises(
        DownloadError, match=r"cannot write imdb to .*data: no permission; .*SEQTEXT_DATA names another"
    ):
        fetch("imdb")


def test_an_incomplete_folder_in_the_place_is_not_overwritten(tmp_path, serve):
    serve(tar_gz())
    mine = tmp_path / "data/imdb/aclImdb/train/pos/mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")

    with pytest.raises(DownloadError, match=r"aclImdb is there but is not a complete copy of imdb; move or remove it"):
        fetch("imdb")
    assert left_in(tmp_path) == ["mine.txt"]


def test_without_pooch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)

    with pytest.raises(
        MissingExtraError, match=r"'pooch', which is not installed; run: pip install 'seqtext\[train\]'"
    ):
        fetch("imdb")


def test_finding_and_reading_imports_nothing_that_downloads():
    code = (
        "import sys; from seqtext import corpora; corpora.status('imdb'); numpy = 'numpy' in sys.modules; "
        "corpora.load('authors', sample=True); print(numpy, {'pooch', 'requests', 'urllib3'} & {*sys.modules})"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout == "False set()\n"


def test_a_relative_cache_folder_is_where_one_stands(tmp_path, serve, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQTEXT_DATA", "here")
    serve(tar_gz())

    fetch("imdb")

    assert (tmp_path / "here/imdb/aclImdb/train").is_dir()


def test_what_a_killed_download_left_is_swept_by_the_next_one(tmp_path, serve):
    serve(tar_gz())
    left = tmp_path / "data/.imdb.fetch"
    (left / "unpacked/aclImdb").mkdir(parents=True)
    (left / "tmp8h2k").touch()

    fetch("imdb")

    assert os.listdir(tmp_path / "data") == ["imdb"]


def test_two_downloads_at_once_wait_for_each_other(serve, server):
    from concurrent.futures import ThreadPoolExecutor

    serve(tar_gz())
    server.stall = 0.2

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(fetch, ["imdb", "imdb"])

    assert one == other == find("imdb")
    assert server.starts == [0]
