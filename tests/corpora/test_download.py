"""Downloads from servers that break off, lie, stall, and send hostile archives."""

import dataclasses
import errno
import hashlib
import io
import os
import random
import socket
import stat
import tarfile
import threading
import time
import urllib.request
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from seqtext import corpora
from seqtext.corpora import CATALOGUE, download, fetch, find, load
from seqtext.errors import DownloadError


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    """No real corpora."""
    monkeypatch.setenv("SEQTEXT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(corpora.sys, "platform", "linux")


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


# ------------------------------------------------------------------------------------------ a server


class Server(ThreadingHTTPServer):
    """
    Serves ``body`` at any path; what it does wrong is set by the tests.

    The first requests are answered with ``status_codes``, the first bodies cut after ``cuts`` bytes.
    """

    daemon_threads = True
    body = b""
    knows_range = True
    lies_about_length = 0
    announces_length = True
    wrong_place = False
    stall = 0.0  # seconds before the body
    drip = 0.0  # seconds after each byte
    moved_to = None

    def handle_error(self, request, client_address):
        pass  # a client that went away is what some tests are about


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        server = self.server
        server.ranges.append(self.headers.get("Range"))
        code = server.status_codes.pop(0) if server.status_codes else 200
        if code != 200:
            self.send_error(code)
            return
        if server.moved_to:
            self.send_response(302)
            self.send_header("Location", server.moved_to)
            self.end_headers()
            return
        self.send_body(server)

    def send_body(self, server):
        asked = self.headers.get("Range") if server.knows_range else None
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if asked and start >= len(server.body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(server.body)}")
            self.end_headers()
            return
        body = server.body[start:]
        self.send_response(206 if asked else 200)
        if asked:
            first = 0 if server.wrong_place else start
            self.send_header("Content-Range", f"bytes {first}-{len(server.body) - 1}/{len(server.body)}")
        if server.announces_length:
            self.send_header("Content-Length", str(len(body) + server.lies_about_length))
        self.end_headers()
        time.sleep(server.stall)
        cut = server.cuts.pop(0) if server.cuts else None
        if server.drip:
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(server.drip)
        self.wfile.write(body[:cut])


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(download, "PAUSE", 0.001)
    monkeypatch.setenv("no_proxy", "*")
    with Server(("127.0.0.1", 0), Handler) as running:
        running.ranges = []
        running.cuts, running.status_codes = [], []
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def noise(name):
    """Text that does not compress, the same in every run."""
    return random.Random(name).randbytes(200).hex()


REVIEW_FILES = [
    f"aclImdb/{part}/{label}/0_{i}.txt" for part in ("train", "test") for label in ("pos", "neg") for i in range(20)
]
TREE = {"aclImdb/README": "about", **{name: noise(name) for name in REVIEW_FILES}}


def tar_gz(files=TREE, *extra):
    """An archive of texts, and of any further (TarInfo, bytes)."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
        for info, data in extra:
            tar.addfile(info, io.BytesIO(data) if data is not None else None)
    return packed.getvalue()


@pytest.fixture
def serve(server, monkeypatch):
    """Put an archive on the server and into the catalogue in the place of IMDB's."""

    def serve(body, *, name="imdb", path="aclImdb_v1.tar.gz", **changes):
        server.body = body
        url = f"http://127.0.0.1:{server.server_address[1]}/{path}"
        changes = {"size": len(body), "sha256": hashlib.sha256(body).hexdigest(), **changes}
        monkeypatch.setitem(CATALOGUE, name, dataclasses.replace(CATALOGUE[name], url=url, **changes))
        return body

    return serve


def left_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# ------------------------------------------------------------------------------------------ downloads


def test_a_corpus_is_downloaded_checked_unpacked_and_found(tmp_path, serve, server):
    body = serve(tar_gz())
    seen = []

    path = fetch("imdb", progress=lambda done, total: seen.append((done, total)))

    assert path == find("imdb") == tmp_path / "data/imdb/aclImdb"
    assert seen[-1] == (len(body), len(body))
    assert seen == sorted(seen)
    assert len(left_in(tmp_path / "data")) == len(TREE)
    assert len(load("imdb").train) == len(load("imdb").test) == 40


def test_a_corpus_that_is_there_is_not_downloaded_again(serve, server):
    serve(tar_gz())
    first = fetch("imdb")

    assert fetch("imdb") == first
    assert len(server.ranges) == 1


def test_the_folder_to_write_to_can_be_chosen(tmp_path, serve):
    serve(tar_gz())

    assert fetch("imdb", root=tmp_path / "mine") == tmp_path / "mine/imdb/aclImdb"


def test_a_download_that_breaks_off_is_continued(serve, server):
    body = serve(tar_gz())
    server.cuts = [1000, 2000]

    assert fetch("imdb").is_dir()
    assert server.ranges == [None, "bytes=1000-", "bytes=3000-"]
    assert len(body) > 3000


def test_the_next_call_continues_where_the_last_one_gave_up(tmp_path, serve, server):
    serve(tar_gz())
    server.cuts = [100, 0, 0, 0]
    with pytest.raises(DownloadError, match=r"nothing was changed; .* again \(100 bytes are kept"):
        fetch("imdb")
    server.ranges.clear()

    assert fetch("imdb").is_dir()
    assert server.ranges == ["bytes=100-"]


@pytest.mark.parametrize("fault", ["knows_range", "wrong_place"])
def test_a_server_that_cannot_continue_begins_anew(serve, server, fault):
    serve(tar_gz())
    server.cuts = [1000]
    setattr(server, fault, fault == "wrong_place")

    assert len(load_fetched()) == 40


def load_fetched():
    fetch("imdb")
    return load("imdb").train


def test_a_server_that_names_no_length_is_believed_as_far_as_the_size_is_known(serve, server):
    serve(tar_gz())
    server.announces_length = False
    server.cuts = [1000]

    assert len(load_fetched()) == 40


@pytest.mark.parametrize("code", [500, 503, 429])
def test_a_server_in_trouble_is_asked_again(serve, server, code):
    serve(tar_gz())
    server.status_codes = [code, code]

    assert len(load_fetched()) == 40


def test_a_server_that_stays_in_trouble_is_given_up(tmp_path, serve, server):
    serve(tar_gz())
    server.status_codes = [500] * 10

    with pytest.raises(DownloadError, match=r"cannot download imdb from 127.0.0.1:\d+: Internal Server Error; nothing"):
        fetch("imdb")
    assert left_in(tmp_path) == []


def test_a_file_that_has_moved_is_not_asked_for_again(tmp_path, serve, server):
    serve(tar_gz())
    server.status_codes = [404] * 10

    with pytest.raises(DownloadError, match=r"answers 404 Not Found for http.*; nothing was changed; .* see https"):
        fetch("imdb")
    assert len(server.ranges) == 1
    assert left_in(tmp_path) == []


def test_a_wrong_sha256_is_refused_and_removed(tmp_path, serve):
    body = serve(tar_gz())
    serve(body[:-1] + bytes([body[-1] ^ 1]), sha256=hashlib.sha256(body).hexdigest())

    with pytest.raises(DownloadError, match=r"is not imdb: its sha256 is .*, expected .*; it was removed; try again"):
        fetch("imdb")
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("change", [-1, 1, 10_000_000])
def test_a_file_of_another_size_is_refused_before_it_is_downloaded(tmp_path, serve, change):
    body = tar_gz()
    serve(body, size=len(body) + change)

    with pytest.raises(DownloadError, match=r"has [0-9,]+ bytes, where imdb has [0-9,]+: it was replaced"):
        fetch("imdb")
    assert left_in(tmp_path) == []


def test_a_server_that_announces_less_than_it_sends_is_refused(serve, server):
    serve(tar_gz())
    server.lies_about_length = -5

    with pytest.raises(DownloadError, match="it was replaced, or a proxy answers in its place"):
        fetch("imdb")


def test_a_server_that_announces_more_than_it_sends_ends_in_an_error(tmp_path, serve, server):
    body = tar_gz()
    serve(body, size=len(body) + 5)
    server.lies_about_length = 5

    with pytest.raises(DownloadError, match=r"ended after [0-9,]+ of [0-9,]+ bytes|continue"):
        fetch("imdb")


def test_a_server_that_does_not_stop_is_stopped(tmp_path, serve, server):
    body = tar_gz()
    serve(body, size=len(body) - 3000)
    server.announces_length = False

    with pytest.raises(DownloadError, match=r"sends [0-9,]+ bytes or more, where at most [0-9,]+ are expected"):
        fetch("imdb")
    assert left_in(tmp_path) == []


def test_a_file_of_unknown_size_has_a_bound(tmp_path, serve, server):
    serve(tar_gz(), size=None, sha256=None, max_size=1000)

    with pytest.raises(DownloadError, match="where at most 1,000 are expected"):
        fetch("imdb")


def test_a_server_that_stalls_is_given_up(serve, server):
    serve(tar_gz())
    server.stall = 2
    began = time.monotonic()

    with pytest.raises(DownloadError, match=r"timed out; nothing was changed; check the network"):
        fetch("imdb", timeout=0.1)
    assert time.monotonic() - began < 2


def test_a_server_that_drips_is_given_up(serve, server):
    serve(tar_gz())
    server.drip = 0.01

    with pytest.raises(DownloadError, match="less than 1,000 bytes a second"):
        fetch("imdb", timeout=0.1)


def test_without_a_network_there_is_one_line_at_once(tmp_path, monkeypatch):
    tries = []

    def no_network(*args, **kwargs):
        tries.append(args)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(urllib.request, "getproxies", dict)

    with pytest.raises(DownloadError) as refused:
        fetch("imdb")

    assert str(refused.value) == (
        "cannot download imdb from ai.stanford.edu: Name or service not known; nothing was changed; "
        "check the network, then run 'seqtext corpora fetch imdb' again"
    )
    assert len(tries) == 1
    assert left_in(tmp_path) == []


def test_a_download_that_was_complete_is_not_begun_again(tmp_path, serve, server):
    put(tmp_path / "data/nothing", "")
    (tmp_path / "data/.imdb.part").write_bytes(serve(tar_gz()))

    assert fetch("imdb").is_dir()
    assert server.ranges == []


def test_a_complete_download_of_unknown_size_is_recognised(tmp_path, serve, server):
    put(tmp_path / "data/nothing", "")
    (tmp_path / "data/.imdb.part").write_bytes(serve(tar_gz(), size=None))

    assert fetch("imdb").is_dir()


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path, serve, monkeypatch):
    serve(tar_gz())

    class Full(io.FileIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(download, "open", lambda path, mode: Full(path, mode), raising=False)

    with pytest.raises(DownloadError, match=r"cannot write imdb to .*data: no space left on the device"):
        fetch("imdb")
    assert left_in(tmp_path) == []


def test_a_disk_that_is_full_when_unpacking_keeps_the_download(tmp_path, serve, monkeypatch):
    serve(tar_gz())

    def full(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(download.shutil, "copyfileobj", full)

    with pytest.raises(DownloadError, match=r"cannot unpack imdb to .*: no space left .*; the download is kept as"):
        fetch("imdb")
    assert left_in(tmp_path) == [".imdb.part"]


def test_an_incomplete_folder_in_the_place_is_not_overwritten(tmp_path, serve):
    serve(tar_gz())
    put(tmp_path / "data/imdb/aclImdb/train/pos/mine.txt", "mine")

    with pytest.raises(DownloadError, match=r"aclImdb is there but is not a complete copy of imdb; move or remove it"):
        fetch("imdb")
    assert left_in(tmp_path) == ["mine.txt"]


def test_a_redirect_may_not_leave_https():
    handler = download._SameSecurity()
    request = urllib.request.Request("https://example.org/a")

    with pytest.raises(urllib.error.HTTPError, match="which is not https"):
        handler.redirect_request(request, None, 302, "Found", {}, "http://example.org/a")


def test_a_redirect_to_a_file_is_not_followed(tmp_path, serve, server):
    serve(tar_gz())
    server.moved_to = put(tmp_path / "secret", "x").as_uri()

    with pytest.raises(DownloadError):
        fetch("imdb")


# ------------------------------------------------------------------------------------ hostile archives


def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info, None


def with_text(name):
    info = tarfile.TarInfo(name)
    info.size = 4
    return info, b"evil"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (with_text("../evil.txt"), "'../evil.txt' leads out of its folder"),
        (with_text("aclImdb/../../evil.txt"), "leads out of its folder"),
        (with_text("/tmp/evil.txt"), "leads out of its folder"),
        (with_text("..\\evil.txt"), "leads out of its folder"),
        (with_text("C:evil.txt"), "leads out of its folder"),
        (with_text("a/" * 50 + "evil.txt"), "leads out of its folder"),
        (with_text("aclImdb/" + "x" * 300), "leads out of its folder"),
        (with_text("aclImdb/README"), "'aclImdb/README' is there twice"),
        (member("aclImdb/link", tarfile.SYMTYPE, "/etc/passwd"), "'aclImdb/link' is a link or a device"),
        (member("aclImdb/link", tarfile.LNKTYPE, "aclImdb/README"), "is a link or a device"),
        (member("aclImdb/null", tarfile.CHRTYPE), "is a link or a device"),
        (member("aclImdb/disk", tarfile.BLKTYPE), "is a link or a device"),
        (member("aclImdb/pipe", tarfile.FIFOTYPE), "is a link or a device"),
    ],
    ids=lambda value: value[0].name[:20] if isinstance(value, tuple) else "",
)
def test_a_hostile_member_is_refused_and_nothing_is_left(tmp_path, serve, extra, message):
    serve(tar_gz(TREE, extra))

    with pytest.raises(DownloadError, match=f"archive of imdb is refused, because .*{message.replace(chr(92), '.')}"):
        fetch("imdb")
    assert left_in(tmp_path) == []
    assert not os.path.exists("/tmp/evil.txt")


def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path, serve):
    serve(tar_gz(TREE, with_text("aclImdb/README/evil.txt")))

    with pytest.raises(DownloadError, match="archive of imdb is damaged"):
        fetch("imdb")
    assert left_in(tmp_path) == []


def test_a_bomb_of_contents_is_refused(tmp_path, serve):
    serve(tar_gz({**TREE, "aclImdb/zeros": "0" * 3_000_000}), max_unpacked=2_000_000)

    with pytest.raises(DownloadError, match="it unpacks to more than 2,000,000 bytes"):
        fetch("imdb")
    assert left_in(tmp_path) == []


def test_a_bomb_of_headers_is_refused(tmp_path, serve):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("aclImdb/a.txt")
        info.pax_headers = {"comment": "x" * 3_000_000}
        tar.addfile(info)
    serve(packed.getvalue(), max_unpacked=2_000_000)

    with pytest.raises(DownloadError, match="it unpacks to more than 2,000,000 bytes"):
        fetch("imdb")


def test_too_many_files_are_refused(tmp_path, serve):
    serve(tar_gz(), max_files=10)

    with pytest.raises(DownloadError, match="it holds more than 10 files"):
        fetch("imdb")
    assert left_in(tmp_path) == []


def test_an_archive_that_lacks_a_part_is_refused(tmp_path, serve):
    serve(tar_gz({name: text for name, text in TREE.items() if "test/neg" not in name}))

    with pytest.raises(DownloadError, match="archive of imdb lacks test/neg; it was removed"):
        fetch("imdb")
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "html"])
def test_a_damaged_archive_is_refused_and_removed(tmp_path, serve, damage):
    body = tar_gz()
    damaged = {
        "cut": body[: len(body) // 2],
        "flipped": body[:500] + bytes(100) + body[600:],
        "html": b"<html>log in to the network</html>",
    }[damage]
    serve(damaged)

    with pytest.raises(DownloadError, match=r"archive of imdb is damaged \(.*\); it was removed; try again"):
        fetch("imdb")
    assert left_in(tmp_path) == []


WORDNET = {f"wordnet/{kind}.{part}": "x" for kind in ("index", "data") for part in ("noun", "verb", "adj", "adv")}


def zip_of(files, *infos):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        for info in infos:
            archive.writestr(info, "/etc/passwd")
    return packed.getvalue()


def zip_link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.fixture
def serve_wordnet(serve):
    return lambda body, **changes: serve(body, name="wordnet", path="wordnet.zip", size=None, sha256=None, **changes)


def test_the_dictionary_is_unpacked_to_its_folder(tmp_path, serve_wordnet):
    serve_wordnet(zip_of({"wordnet/": "", **WORDNET, "wordnet/noun.exc": "mice mouse"}))

    path = fetch("wordnet")

    assert path == find("wordnet") == tmp_path / "data/wordnet"
    assert (path / "noun.exc").read_text() == "mice mouse"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (zip_of({**WORDNET, "../evil.txt": "x"}), "leads out of its folder"),
        (zip_of({**WORDNET, "/evil.txt": "x"}), "leads out of its folder"),
        (zip_of(WORDNET, zip_link("wordnet/link")), "'wordnet/link' is a link or a device"),
        (zip_of({"wordnet/data.noun": "x"}), "archive of wordnet lacks index.noun"),
        (zip_of({**WORDNET, "wordnet/zeros": "0" * 3_000_000}), "unpacks to more than 2,000,000 bytes"),
        (zip_of(WORDNET)[:-30], "archive of wordnet is damaged"),
        (b"<html>log in</html>", "archive of wordnet is damaged"),
    ],
    ids=["parent", "absolute", "link", "lacking", "bomb", "cut", "html"],
)
def test_a_hostile_zip_is_refused_and_nothing_is_left(tmp_path, serve_wordnet, body, message):
    serve_wordnet(body, max_unpacked=2_000_000)

    with pytest.raises(DownloadError, match=message):
        fetch("wordnet")
    assert left_in(tmp_path) == []


def test_a_zip_that_lies_about_a_size_is_refused(tmp_path, serve_wordnet):
    body = zip_of({**WORDNET, "wordnet/zeros": "0" * 3_000_000})
    lie = body.replace((3_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    serve_wordnet(lie, max_unpacked=2_000_000)

    with pytest.raises(DownloadError, match="archive of wordnet is damaged"):
        fetch("wordnet")
    assert left_in(tmp_path) == []
