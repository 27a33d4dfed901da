"""Clustering and drawing with a bundle in Python: onnxruntime on the bundle's own graphs, PyTorch on the same net.

The rival of `mmgan bench encode --peer` and `mmgan bench generate --peer`. A variant is "LIBRARY batch N". Raw pixels in
and out, as the graphs have them; every output of the encoder is fetched, as mmgan's runtime does.
"""

import os

import numpy
import onnxruntime
import torch

from nets import Layout, awaited, generator, inward, start
from peer import peak_bytes, read_tensors, serve, timed, warm_up

LIBRARIES = ["onnxruntime", "eager", "channels_last", "compiled"]

state = {}
works = {}


def setup(command):
    start(command["threads"], command["device"])
    state.clear()
    works.clear()
    state.update(command)
    if "tensors" in command:
        state["weights"] = read_tensors(command["tensors"])
    state["images"] = numpy.fromfile(command["images"], dtype=numpy.uint8).reshape(-1, *command["shape"])
    libraries = LIBRARIES if "tensors" in command else LIBRARIES[:1]
    return {
        "python": f"onnxruntime {onnxruntime.__version__}, PyTorch {torch.__version__}",
        "variants": [f"{library} batch {n}" for n in command["batches"] for library in libraries],
    }


def session(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = state["threads"]
    options.log_severity_level = 3
    path = os.path.join(state["bundle"], name + ".onnx")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def onnx_work(count):
    if state["bench"] == "encode":
        encoder = session("encoder")
        images = state["images"][:count]
        names = [output.name for output in encoder.get_outputs()]
        return lambda: dict(zip(names, encoder.run(None, {"images": images})))
    mixture, draw = session("mixture"), session("generator")
    clusters = numpy.arange(count, dtype=numpy.int64) % state["clusters"]
    rng = numpy.random.default_rng(0)

    def work():
        noise = rng.standard_normal((count, state["latentDim"]), dtype=numpy.float32)
        latent = mixture.run(["latent"], {"cluster": clusters, "noise": noise})[0]
        return {"images": draw.run(None, {"latent": latent})[0]}

    return work


def torch_work(library, count):
    plan = state["plan"]
    device = state["device"]
    layout = Layout(library == "channels_last", device)
    p = {k: layout.weight(k, w, plan) for k, w in state["weights"].items()}

    def encode(pixels):
        x = pixels.permute(0, 3, 1, 2).to(torch.float32, memory_format=layout.format) / 127.5 - 1
        features, logits = inward("encoder", plan, layout, p, x, "running")
        return logits, torch.softmax(logits, 1), logits.argmax(1), features

    def decode(cluster, noise):
        latent = p["mixture/means"][cluster] + p["mixture/sigmas"][cluster] * noise
        x = generator(plan, layout, p, latent, "running")
        return ((x + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()

    if library == "compiled":
        encode, decode = torch.compile(encode), torch.compile(decode)
    if state["bench"] == "encode":
        images = torch.from_numpy(state["images"][:count])

        def work():
            with torch.inference_mode():
                found = [values.cpu() for values in encode(images.to(device))]
            return dict(zip(["logits", "probabilities", "cluster", "features"], found))

        return work
    clusters = torch.arange(count, device=device) % state["clusters"]

    def work():
        with torch.inference_mode():
            noise = torch.randn(count, state["latentDim"], device=device)
            return {"images": decode(clusters, noise).cpu()}

    return work


def prepare(command):
    """Builds a variant; says the logits of its first image, to be compared with ours."""
    library, _, count = command["variant"].split(" ")
    build = onnx_work(int(count)) if library == "onnxruntime" else torch_work(library, int(count))
    works[command["variant"]] = build
    out = build()
    warm_up(build)
    logits = out.get("logits")
    return {"logits": [float(v) for v in logits[0]] if logits is not None else []}


def run(command):
    return {"ms": timed(works[command["variant"]], command["runs"]), "peakBytes": peak_bytes()}


if __name__ == "__main__":
    serve({"setup": setup, "prepare": prepare, "run": run})
