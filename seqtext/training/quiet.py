"""Keep TensorFlow's start-up messages, which tell a user nothing, off the terminal."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def import_tensorflow_quietly() -> list[str] | None:
    """
    Import TensorFlow without its dozen lines about oneDNN and missing CUDA drivers, and name the GPUs that it uses.

    They are written by C++ code straight to file descriptor 2, in part before any log level is read. Set
    TF_CPP_MIN_LOG_LEVEL yourself to see them. Gives None where Keras is to use another backend.
    """
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        return None
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        return _gpus()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with silenced():
        return _gpus()


def _gpus() -> list[str]:
    import tensorflow

    tensorflow.config.list_logical_devices()  # starts them, with their messages
    found = tensorflow.config.list_physical_devices("GPU")
    return [tensorflow.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in found]


@contextmanager
def silenced() -> Iterator[None]:
    """Send file descriptor 2 nowhere, and bring it back."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
