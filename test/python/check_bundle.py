"""Checks a bundle with Python's onnx and runs it with Python's onnxruntime.

    python check_bundle.py BUNDLE INPUTS

INPUTS holds raw inputs without any header, as many as there are: uint8 pixels [n, height, width, channels] for a bundle
of images, little-endian float32 coordinates [n, dim] for a bundle of points. Prints one JSON document:

    { "count": n, "clusters": [n], "probabilities": [n][K], "logits": [n][K],
      "latents": [K][latentDim],   the mean of every component: noise 0
      "samples": [K][...]  }       what the generator makes of them, flat

Exits 1 with a traceback when a graph breaks the ONNX standard or a runtime's rules.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

OPSET = 17  # the newest a bundle may use
IR_VERSION = 8


def check(path: pathlib.Path) -> None:
    """The standard's own check, with strict shape inference, and what docs/architecture.md adds to it."""
    onnx.checker.check_model(str(path), full_check=True)
    model = onnx.load(str(path))
    assert model.ir_version <= IR_VERSION, f"{path.name}: IR version {model.ir_version}"
    for entry in model.opset_import:
        assert entry.domain in ("", "ai.onnx"), f"{path.name}: operators of {entry.domain}"
        assert entry.version <= OPSET, f"{path.name}: opset {entry.version}"
    batch = {
        value.type.tensor_type.shape.dim[0].dim_param
        for value in [*model.graph.input, *model.graph.output]
        if value.name not in ("means", "sigmas")
    }
    assert batch == {"batch"}, f"{path.name}: leading dimensions {sorted(batch)}"


def session(path: pathlib.Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def read_inputs(file: str, shape: dict) -> np.ndarray:
    if shape["kind"] == "point":
        return np.fromfile(file, dtype="<f4").reshape(-1, shape["dim"])
    return np.fromfile(file, dtype=np.uint8).reshape(-1, shape["height"], shape["width"], shape["channels"])


def main(bundle: str, inputs_file: str) -> None:
    folder = pathlib.Path(bundle)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    graphs = {name: folder / manifest["files"][name]["path"] for name in ("encoder", "generator", "mixture")}
    for path in graphs.values():
        check(path)

    inputs = read_inputs(inputs_file, manifest["input"])
    input_name = "points" if manifest["input"]["kind"] == "point" else "images"
    encoder = session(graphs["encoder"])
    logits, probabilities, clusters = encoder.run(["logits", "probabilities", "cluster"], {input_name: inputs})

    count = manifest["clusters"]
    mixture = session(graphs["mixture"])
    (latents,) = mixture.run(
        ["latent"],
        {
            "cluster": np.arange(count, dtype=np.int64),
            "noise": np.zeros((count, manifest["latentDim"]), dtype=np.float32),
        },
    )
    (samples,) = session(graphs["generator"]).run([input_name], {"latent": latents})

    json.dump(
        {
            "count": len(inputs),
            "clusters": clusters.tolist(),
            "probabilities": probabilities.tolist(),
            "logits": logits.tolist(),
            "latents": latents.tolist(),
            "samples": samples.reshape(count, -1).tolist(),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
