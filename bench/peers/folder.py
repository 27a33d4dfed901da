"""Clustering a folder in Python: Pillow and onnxruntime, the pictures decoded by the two workers of a torch DataLoader
where there is PyTorch, else by two threads. The rival of `mmgan bench folder --peer`.

Pictures are fitted as mmgan fits them (contain, Lanczos, black around), JPEG decoded small where it may (draft).
"""

import os
import resource
from concurrent.futures import ThreadPoolExecutor

import numpy
import onnxruntime
from PIL import Image, __version__ as pillow

from peer import peak_bytes, serve, timed

try:
    import torch
    from torch.utils.data import DataLoader, Dataset
except ImportError:
    torch = None
    Dataset = object

WORKERS = 2
BATCH = 64

state = {}


class Pictures(Dataset):
    def __init__(self, files, height, width, channels):
        self.files, self.size, self.mode = files, (width, height), "L" if channels == 1 else "RGB"

    def __len__(self):
        return len(self.files)

    def __getitem__(self, at):
        with Image.open(self.files[at]) as picture:
            picture.draft(self.mode, self.size)
            picture = picture.convert(self.mode)
        if picture.size != self.size:
            scale = min(self.size[0] / picture.width, self.size[1] / picture.height)
            fitted = picture.resize(
                (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))),
                Image.Resampling.LANCZOS,
            )
            picture = Image.new(self.mode, self.size)
            picture.paste(fitted, ((self.size[0] - fitted.width) // 2, (self.size[1] - fitted.height) // 2))
        pixels = numpy.asarray(picture, dtype=numpy.uint8)
        return pixels.reshape(self.size[1], self.size[0], -1)


def setup(command):
    state.clear()
    files = sorted(entry.path for entry in os.scandir(command["folder"]))
    state["pictures"] = Pictures(files, *command["shape"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = command["threads"]
    options.log_severity_level = 3
    state["session"] = onnxruntime.InferenceSession(
        os.path.join(command["bundle"], "encoder.onnx"), options, providers=["CPUExecutionProvider"]
    )
    library = f", PyTorch {torch.__version__}" if torch else ""
    return {"python": f"Pillow {pillow}, onnxruntime {onnxruntime.__version__}{library}"}


def batches():
    pictures = state["pictures"]
    if torch:
        loader = DataLoader(
            pictures, batch_size=BATCH, num_workers=WORKERS, collate_fn=numpy.stack, prefetch_factor=4
        )
        yield from loader
        return
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(pictures), BATCH):
            yield numpy.stack(list(pool.map(pictures.__getitem__, range(start, min(start + BATCH, len(pictures))))))


def cluster():
    names = [output.name for output in state["session"].get_outputs()]
    clusters = []
    for images in batches():
        found = dict(zip(names, state["session"].run(None, {"images": images})))
        clusters.extend(int(cluster) for cluster in found["probabilities"].argmax(1))
    state["clusters"] = clusters


def run(command):
    ms = timed(cluster, command["runs"])
    workers = WORKERS * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 if torch else 0
    return {"ms": ms, "peakBytes": peak_bytes() + workers, "clusters": state["clusters"]}


if __name__ == "__main__":
    serve({"setup": setup, "run": run})
