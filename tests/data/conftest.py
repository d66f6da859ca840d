"""What the tests of files share."""

import pytest


@pytest.fixture
def write(tmp_path):
    """Write a file of text or bytes; return its path."""

    def write_file(name, data):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write_file
