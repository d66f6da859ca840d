"""Keep TensorFlow's start-up messages, which tell a user nothing, off the terminal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def import_tensorflow_quietly() -> None:
    """
    Import TensorFlow without its dozen lines about oneDNN and missing CUDA drivers.

    They are written by C++ code straight to file descriptor 2, in part before any log level is read. Set
    TF_CPP_MIN_LOG_LEVEL yourself to see them.
    """
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    try:
        with silenced():
            import tensorflow

            tensorflow.config.list_logical_devices()
    except ImportError:
        pass  # training says which extra is missing


@contextmanager
def silenced() -> Iterator[None]:
    """Send file descriptor 2 nowhere, and bring it back."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
