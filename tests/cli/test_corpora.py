"""``seqtext corpora``: list, path, and a download from a server on this machine."""

import dataclasses
import hashlib
import io
import json
import re
import socket
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seqtext.corpora.catalogue import CATALOGUE


def test_every_corpus_is_listed_with_its_licence_and_how_to_get_it(run):
    text = run("corpora", "list").stdout

    assert [line.split()[0] for line in text.splitlines() if line[:1].isalpha()][:-1] == list(CATALOGUE)
    assert "download it (84 MB) with: seqtext corpora fetch imdb" in text
    assert "cache/seqtext/spooky/train.csv" in text
    assert text.count("licence: ") == len(CATALOGUE)


def test_a_corpus_that_is_there_is_listed_with_its_place(run, write, monkeypatch):
    monkeypatch.setenv("SEQTEXT_DATA", "data")
    write("data/spooky/train.csv", id=["1"], text=["so"], author=["EAP"])

    text = run("corpora", "list").stdout

    assert "found at data/spooky/train.csv" in text
    assert re.search(r"^looked in data and .*seqtext$", text, re.MULTILINE)


def test_the_list_as_json(run):
    found = json.loads(run("corpora", "list", "--json").stdout)

    assert [one["name"] for one in found] == list(CATALOGUE)
    assert found[0]["path"] is None
    assert found[0]["sample"].endswith("tweets.csv")


def test_the_path_of_a_real_corpus(run, write, monkeypatch):
    monkeypatch.setenv("SEQTEXT_DATA", "data")
    write("data/spooky/train.csv", id=["1"], text=["so"], author=["EAP"])

    result = run("corpora", "path", "authors")

    assert (result.stdout, result.stderr) == ("data/spooky/train.csv\n", "")


def test_the_path_of_a_sample_comes_with_a_word(run):
    result = run("corpora", "path", "sentiment")

    assert Path(result.stdout.strip()).name == "tweets.csv"
    assert result.stderr.startswith("the bundled sample; the real corpus gop_debate is not in ")


def test_a_corpus_that_needs_a_login_says_where_to_put_it(refused):
    assert re.match(
        "gop_debate cannot be fetched without a login; download Sentiment.csv from https://.* and put it at ",
        refused("corpora", "fetch", "sentiment"),
    )


def test_without_a_network_one_line_says_what_to_do(refused, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/aclImdb_v1.tar.gz"
    monkeypatch.setitem(CATALOGUE, "imdb", dataclasses.replace(CATALOGUE["imdb"], url=address))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("seqtext.corpora.download.PAUSE", 0.001)

    message = refused("corpora", "fetch", "imdb")

    assert re.match(r"cannot download imdb from 127.0.0.1:\d+: Connection refused; check the network", message)
    assert message.endswith("then run 'seqtext corpora fetch imdb' again")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A small IMDB on a server of this machine."""
    folder = tmp_path / "server"
    folder.mkdir()
    archive = folder / "aclImdb_v1.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("train/neg/0_1.txt", "train/pos/0_9.txt", "test/neg/0_1.txt", "test/pos/0_9.txt"):
            info = tarfile.TarInfo(f"aclImdb/{name}")
            info.size = 5
            tar.addfile(info, io.BytesIO(b"a bit"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("SEQTEXT_DATA", str(tmp_path / "data"))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        content = archive.read_bytes()
        known = dataclasses.replace(
            CATALOGUE["imdb"],
            url=f"http://127.0.0.1:{server.server_address[1]}/{archive.name}",
            size=len(content),
            checksum=f"sha256:{hashlib.sha256(content).hexdigest()}",
        )
        monkeypatch.setitem(CATALOGUE, "imdb", known)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield archive
        server.shutdown()
        thread.join()


def test_a_download_tells_its_phases_and_ends_with_the_place(run, served, tmp_path):
    result = run("corpora", "fetch", "imdb")

    assert result.stdout == f"{tmp_path}/data/imdb/aclImdb\n"
    assert result.stderr == "downloading imdb (0 MB)\nchecking and unpacking\n"


def test_what_is_there_already_is_not_downloaded_again(run, served):
    first = run("corpora", "fetch", "imdb")
    served.unlink()

    again = run("corpora", "fetch", "imdb")

    assert (again.stdout, again.stderr) == (first.stdout, "")


def test_a_download_that_is_not_the_corpus_is_refused(refused, served, tmp_path):
    served.write_bytes(served.read_bytes()[:-1] + b"!")

    assert re.match("what http.* sent is not imdb: SHA256 hash .* expected ", refused("corpora", "fetch", "imdb"))
    assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]


def test_on_a_terminal_a_line_moves(monkeypatch):
    from seqtext.cli.corpora import _progress
    from seqtext.terminal import StatusLine

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    with StatusLine(screen) as status:
        status.began -= 14
        status.next = 0
        show = _progress("imdb", status)
        show(0, 84_000_000)
        status.next = 0
        show(42_000_000, 84_000_000)
        show(84_000_000, 84_000_000)

    assert "\r[##########..........]   42.0 of 84.0 MB, 3.0 MB/s, 0:14 left" in screen.getvalue()
    assert screen.getvalue().endswith("\r")
    assert "\n" not in screen.getvalue()
