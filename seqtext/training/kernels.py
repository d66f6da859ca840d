"""On what hardware Keras computes, and whether its recurrent layers are on cuDNN: decided before the first batch."""

import importlib
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import RecipeError, SeqtextError
from seqtext.models.cudnn import recurrent_encoders, verdict, why_not_here
from seqtext.models.spec import ModelSpec
from seqtext.recipes import Training
from seqtext.training.backend import backend
from seqtext.training.progress import Progress
from seqtext.training.quiet import import_tensorflow_quietly

if TYPE_CHECKING:
    import keras


def find_gpus() -> list[str]:
    """Return the names of the GPUs that Keras can use with its backend."""
    if backend() == "tensorflow":
        return import_tensorflow_quietly() or []
    if backend() == "torch":
        import torch

        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    import jax

    return [device.device_kind for device in jax.devices()] if jax.default_backend() == "gpu" else []


def choose_kernels(
    model: "keras.Model", spec: ModelSpec, asked: Training, learn_once: Callable[[], object], progress: Progress
) -> bool:
    """
    Keep the recurrent layers on cuDNN, or take them off it; return whether ``model`` must be compiled anew.

    Where there is a GPU, one batch is learned and forgotten: a cuDNN that does not fit the driver fails there, and then
    training goes on with the plain kernel, and says so.

    Parameters
    ----------
    model, spec
        The compiled Keras model, and what it is.
    asked
        ``cudnn`` and ``precision`` of the recipe.
    learn_once
        Makes the model learn one batch.
    progress
        Who is told.

    Raises
    ------
    RecipeError
        If cuDNN is required, and one of the layers cannot be on it.
    """
    if not any(hasattr(layer, "use_cudnn") for layer in model.layers) and asked.cudnn != "require":
        return False
    found = layers_here({part.name: part for part in spec.inputs}, asked.precision)
    if asked.cudnn == "require" and (refused := [(name, why) for name, _, why in found if why]):
        name, why = refused[0]
        raise RecipeError(
            f"cuDNN is required, but {name} cannot use it: {'; '.join(why)}; 'seqtext device' tells more, and "
            "cudnn=auto goes on without it"
        )
    if asked.cudnn == "off":
        leave_cudnn(model)
    if not find_gpus():
        return False
    for name, encoder, why in found:
        off = ["cudnn is off (set cudnn=auto)"] if asked.cudnn == "off" else []
        progress.say(f"{name}: {verdict(encoder, [*off, *why])}")
    if asked.cudnn == "off":
        return False
    if problem := _try(model, learn_once):
        if asked.cudnn == "require":
            raise RecipeError(f"cuDNN is required, but does not work here: {problem}")
        progress.say(f"cuDNN does not work here, going on with the plain kernel: {problem}")
        leave_cudnn(model)
    return True


def layers_here(inputs: Mapping[str, Any], precision: str) -> list[tuple[str, Any, list[str]]]:
    """Return for each recurrent encoder its input, itself, and what keeps it off cuDNN on this machine, if anything."""
    where: dict[str, Any] = {"has_gpu": bool(find_gpus()), "backend": backend(), "precision": precision}
    return [(name, encoder, why_not_here(encoder, **where)) for name, encoder in recurrent_encoders(inputs)]


def leave_cudnn(model: "keras.Model") -> None:
    """Let the recurrent layers of a model run on the plain kernel; it has to be compiled after that."""
    for layer in model.layers:
        if hasattr(layer, "use_cudnn"):
            layer.use_cudnn = False


def _try(model: "keras.Model", learn_once: Callable[[], object]) -> str:
    """Learn one batch and forget it; return what went wrong, in a line."""
    import keras

    before = [(variable, np.array(keras.ops.convert_to_numpy(variable))) for variable in model.variables]
    try:
        learn_once()
    except (SeqtextError, MemoryError):
        raise
    except Exception as error:  # whatever a driver, a backend or cuDNN itself says
        return " ".join(str(error).split())[:200] or type(error).__name__
    finally:
        for variable, value in before:
            variable.assign(value)
    return ""


def machine() -> list[tuple[str, str]]:
    """Return what training runs on, as name and value for people."""
    import keras

    module = importlib.import_module(backend())
    found = [("backend", f"Keras {keras.__version__} on {backend()} {module.__version__}")]
    if backend() == "tensorflow":
        made = module.sysconfig.get_build_info()
        cudnn = f"built for CUDA {made['cuda_version']}, cuDNN {made['cudnn_version']}" if made["is_cuda_build"] else ""
        found.append(("build", cudnn or "for the CPU alone"))
    found.append(
        ("processors", str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()))
    )
    return [*found, ("GPU", ", ".join(find_gpus()) or "none")]
