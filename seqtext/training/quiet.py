"""Keep TensorFlow's start-up messages and warnings, which tell a user nothing, off the terminal."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from seqtext.training.backend import backend


def import_tensorflow_quietly() -> list[str] | None:
    """
    Import TensorFlow without its dozen lines about oneDNN and missing CUDA drivers; return the GPUs that it uses.

    They are written by C++ code straight to file descriptor 2, in part before any log level is read. Returns None
    where Keras is to use another backend.
    """
    if backend() != "tensorflow":
        return None
    before = os.environ.get("TF_CPP_MIN_LOG_LEVEL")
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    try:
        with silenced():
            import tensorflow

            tensorflow.config.list_logical_devices()  # starts them, with their messages
            found = tensorflow.config.list_physical_devices("GPU")
            details = tensorflow.config.experimental.get_device_details
            return [details(gpu).get("device_name", gpu.name) for gpu in found]
    finally:
        if before is not None:
            os.environ["TF_CPP_MIN_LOG_LEVEL"] = before


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


@contextmanager
def no_retracing_warnings() -> Iterator[None]:
    """Leave out the warnings that each new model makes TensorFlow compile anew."""
    logger = logging.getLogger("tensorflow")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
