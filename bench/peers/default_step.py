"""Single steps of the `default` recipe in PyTorch: the rival of `mmgan bench step --recipe default --peer`.

A variant is a layout and a kind of step: "channels_last gan". Layouts: contiguous (NCHW) and channels_last (NHWC), eager or
compiled: forward and all gradients in one graph through torch.compile. Fused Adam, no gradient that nobody needs.
"""

import numpy
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from nets import awaited, start
from peer import peak_bytes, read_tensors, serve, timed, warm_up
from recipe import Recipe

LAYOUTS = ["contiguous", "channels_last", "compiled-contiguous", "compiled-channels_last"]


class CompiledRecipe(Recipe):
    """Losses and gradients of a kind of step as one graph of plain operators, compiled at the first step."""

    def __init__(self, settings, arrays):
        super().__init__(settings, arrays)
        self.compiled = None

    def gradients(self, kind, batch):
        self.compiled = self.compiled or self.compile(kind, batch)
        return self.compiled()

    def compile(self, kind, batch):
        weights, keys = self.p, {}

        def traced(tensors, values):
            self.p = dict(zip(weights, tensors))
            try:
                found, gradients = Recipe.gradients(self, kind, dict(zip(batch, values)))
            finally:
                self.p = weights
            keys.update(found=list(found), gradients=list(gradients))
            return list(found.values()), list(gradients.values())

        tensors, values = list(weights.values()), list(batch.values())
        # Tracing runs the step once: what it adds to the running statistics is taken back.
        before = {k: w.detach().clone() for k, w in weights.items()}
        graph = make_fx(traced)(tensors, values)
        with torch.no_grad():
            for k, w in weights.items():
                w.copy_(before[k])
        graph.graph.eliminate_dead_code()
        graph.recompile()
        compiled = torch.compile(graph)

        def run():
            with torch.no_grad():
                found, gradients = compiled(tensors, values)
            return dict(zip(keys["found"], found)), dict(zip(keys["gradients"], gradients))

        return run


steps = {}
state = {}


def setup(command):
    start(command["threads"], command["device"])
    steps.clear()
    arrays = read_tensors(command["tensors"])
    batches = {}
    for key in [key for key in arrays if key.startswith("batch/")]:
        _, kind, name = key.split("/")
        batches.setdefault(kind, {})[name] = arrays.pop(key)
    state.update(command=command, arrays=arrays, batches=batches)
    return {
        "python": f"PyTorch {torch.__version__}",
        "threads": torch.get_num_threads(),
        "variants": [
            {"name": f"{layout} {kind}", "kind": kind, "float32": True}
            for kind in command["kinds"]
            for layout in LAYOUTS
        ],
    }


def prepare(command):
    """Builds a variant and warms it up; says the losses of its first two steps."""
    layout, name = command["variant"].split(" ", 1)
    settings = state["command"]
    kind = settings["kinds"][name]
    make = CompiledRecipe if layout.startswith("compiled-") else Recipe
    recipe = make({**settings, "layout": layout.removeprefix("compiled-")}, state["arrays"])
    moments = {
        f"adam/{short}/{k}": numpy.zeros_like(array)
        for k, array in state["arrays"].items()
        if k in recipe.trained["encoder"]
        for short in "mv"
    }
    recipe.load(moments, kind["encoderSteps"])
    batch = {
        key: recipe.images(array) if array.ndim == 4 else recipe.layout.tensor(array)
        for key, array in state["batches"][name].items()
    }
    rates = iter(kind["rates"])
    last = kind["rates"][-1]
    step = awaited(lambda: recipe.step(kind["kind"], batch, next(rates, last)), settings["device"])
    steps[command["variant"]] = step
    found = [{key: float(value) for key, value in step().items()} for _ in range(2)]
    warm_up(step)
    return {"losses": found}


def run(command):
    return {"ms": timed(steps[command["variant"]], command["runs"]), "peakBytes": peak_bytes()}


if __name__ == "__main__":
    serve({"setup": setup, "prepare": prepare, "run": run})
