"""A whole training of the `default` recipe in PyTorch: the rival of `mmgan bench train --peer`.

Starting weights and batches come from mmgan, so both see the same pictures, noise and labels in the same order. The
clock runs during steps alone: batches are in memory, and in this layout, before it starts.

    {"do": "setup", "tensors": PATH, "layout": "channels_last" | "contiguous", ...}  -> {"python": NAME}
    {"do": "steps", "tensors": PATH, "steps": [{"kind", "rates"}]}                  -> {"seconds": [...], "losses": [...]}
    {"do": "state", "tensors": PATH}     writes weights, averages and moments       -> {}
    {"do": "load", "tensors": PATH, "adamSteps": N}   replaces entries of them      -> {}
"""

import time

import torch

from peer import read_tensors, serve, write_tensors
from recipe import Recipe

state = {}


def setup(command):
    torch.set_num_threads(command["threads"])
    torch.set_flush_denormal(True)
    state["recipe"] = Recipe(command, read_tensors(command["tensors"]))
    return {"python": f"PyTorch {torch.__version__}"}


def steps(command):
    recipe = state["recipe"]
    batches = [{} for _ in command["steps"]]
    for key, array in read_tensors(command["tensors"]).items():
        index, name = key.split("/")
        batches[int(index)][name] = recipe.images(array) if array.ndim == 4 else torch.from_numpy(array)
    found, seconds = [], []
    for step, batch in zip(command["steps"], batches):
        started = time.perf_counter()
        found.append(recipe.step(step["kind"], batch, step["rates"]))
        seconds.append(time.perf_counter() - started)
    return {
        "seconds": seconds,
        "losses": [{name: float(value) for name, value in one.items()} for one in found],
    }


def give_state(command):
    write_tensors(command["tensors"], state["recipe"].state())
    return {}


def load(command):
    state["recipe"].load(read_tensors(command["tensors"]), command["adamSteps"])
    return {}


if __name__ == "__main__":
    serve({"setup": setup, "steps": steps, "state": give_state, "load": load})
