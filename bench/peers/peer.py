"""What every peer shares: it reads commands as JSON lines from stdin, answers each with one JSON line on stdout.

    {"do": "setup", ...}                          -> whatever the bench's setup gives
    {"do": "run", "variant": NAME, "runs": N}     -> {"ms": [N times]}
    {"do": "stop"}                                -> ends

An error becomes {"error": "one line"}; the process goes on.
"""

import json
import resource
import sys
import time

import numpy


def read_tensors(path):
    """Arrays by name from PATH.json ({name: {dims, offset}}, offsets in values) and PATH.bin (float32, little endian)."""
    with open(path + ".json", encoding="utf-8") as file:
        index = json.load(file)
    values = numpy.fromfile(path + ".bin", dtype="<f4")
    arrays = {}
    for name, entry in index.items():
        size = int(numpy.prod(entry["dims"])) if entry["dims"] else 1
        arrays[name] = values[entry["offset"] : entry["offset"] + size].reshape(entry["dims"])
    return arrays


def write_tensors(path, arrays):
    """The inverse of read_tensors."""
    index, offset = {}, 0
    for name, array in arrays.items():
        index[name] = {"dims": list(array.shape), "offset": offset}
        offset += array.size
    with open(path + ".bin", "wb") as file:
        for array in arrays.values():
            file.write(numpy.ascontiguousarray(array, dtype="<f4").tobytes())
    with open(path + ".json", "w", encoding="utf-8") as file:
        json.dump(index, file)


def timed(work, runs):
    """Milliseconds of each of `runs` calls."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return times


def warm_up(work, runs=5, seconds=2):
    """Calls `work` a few times, no longer than some seconds."""
    started = time.perf_counter()
    for _ in range(runs):
        work()
        if time.perf_counter() - started > seconds:
            return


def peak_bytes():
    """Most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def serve(handlers):
    """Answers commands until "stop" or the end of stdin. `handlers` maps the word after "do" to a function of the command."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # what libraries print must not stand between the answers
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "stop":
            return
        try:
            answer = handlers[command["do"]](command)
        except Exception as error:  # the bench says which variant failed, and why
            first = (str(error).strip().splitlines() or [""])[0]
            answer = {"error": f"{type(error).__name__}: {first}"[:500]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
