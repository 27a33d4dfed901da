"""Figures that the tests of packages/core compare with, computed by scikit-learn and SciPy.

Run in this folder; it rewrites the JSON files beside it:

    python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
    venv/bin/python make-golden.py && rm -r venv
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.optimize import linear_sum_assignment
from scipy.stats import multivariate_normal
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

VERSIONS = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
rng = np.random.default_rng(0)


def score(name, labels, clusters):
    counts = contingency_matrix(labels, clusters)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return {
        "name": name,
        "labels": [int(label) for label in labels],
        "clusters": [int(cluster) for cluster in clusters],
        "counts": counts.ravel().tolist(),
        "nmi": float(normalized_mutual_info_score(labels, clusters, average_method="arithmetic")),
        "ari": float(adjusted_rand_score(labels, clusters)),
        "purity": float(counts.max(axis=0).sum() / counts.sum()),
        "accuracy": float(counts[rows, columns].sum() / counts.sum()),
    }


def noisy(n, classes, clusters, noise):
    labels = rng.integers(0, classes, n)
    guess = np.where(rng.random(n) < noise, rng.integers(0, clusters, n), (labels * 7 + 3) % clusters)
    return labels, guess


metrics = [
    score("one item", [0], [5]),
    score("equal", [0, 0, 1, 1, 2], [0, 0, 1, 1, 2]),
    score("renamed", [0, 0, 1, 1, 2], [9, 9, -4, -4, 0]),
    score("one cluster", [0, 0, 1, 1, 2], [3, 3, 3, 3, 3]),
    score("one label", [4, 4, 4], [0, 1, 1]),
    score("one label, one cluster", [4, 4, 4], [0, 0, 0]),
    score("each alone", [0, 0, 1, 1], [0, 1, 2, 3]),
    score("each alone, twice", [0, 1, 2, 3], [3, 1, 0, 2]),
    score("independent", [0, 0, 1, 1], [0, 1, 0, 1]),
    score("merged and split", [0] * 30 + [1] * 20 + [2] * 10, [0] * 50 + [1] * 5 + [2] * 5),
    score("greedy pairing is wrong", [0] * 10 + [1] * 9, [0] * 6 + [1] * 4 + [0] * 5 + [1] * 4),
    score("ten by ten", *noisy(400, 10, 10, 0.3)),
    score("chance", *noisy(400, 10, 10, 1.0)),
    score("more clusters than labels", *noisy(300, 4, 11, 0.4)),
    score("fewer clusters than labels", *noisy(300, 11, 4, 0.2)),
]

assignments = []
for rows, columns in [(1, 1), (1, 5), (5, 1), (4, 4), (3, 7), (7, 3), (12, 12)]:
    costs = np.round(rng.normal(size=(rows, columns)), 3)
    at = linear_sum_assignment(costs)
    assignments.append({"rows": rows, "columns": columns, "costs": costs.ravel().tolist(), "total": float(costs[at].sum())})

# Coordinates rounded to 1/64 and 1/16, so that float32 and JSON hold them exactly.
density = []
for clusters, dim in [(1, 1), (3, 2), (5, 8)]:
    means = np.round(rng.normal(size=(clusters, dim)) * 64) / 64
    sigmas = np.round(rng.uniform(0.25, 2, clusters) * 16) / 16
    weights = rng.dirichlet(np.ones(clusters)).astype(np.float32).astype(np.float64)
    for factor in [1, 40]:
        z = np.round(rng.normal(size=dim) * 64) / 64 * factor
        logs = [multivariate_normal.logpdf(z, mean, sigma**2 * np.eye(dim)) for mean, sigma in zip(means, sigmas)]
        density.append({
            "clusters": clusters, "latentDim": dim, "means": means.ravel().tolist(), "sigmas": sigmas.tolist(),
            "weights": weights.tolist(), "z": z.tolist(), "logDensities": [float(log) for log in logs],
            "mixtureLogDensity": float(scipy.special.logsumexp(logs, b=weights)),
        })  # fmt: skip

k_means = []
for name, n, dim, k, spread in [("apart", 90, 2, 3, 0.5), ("overlapping", 150, 3, 4, 4.0), ("one dimension", 40, 1, 5, 1.0)]:
    points, _ = make_blobs(n, dim, centers=k, cluster_std=spread, random_state=1)
    points = np.round(points * 64) / 64
    fit = KMeans(k, n_init=200, tol=0, max_iter=1000, random_state=0).fit(points)
    k_means.append({
        "name": name, "count": n, "dim": dim, "k": k, "points": points.ravel().tolist(),
        "inertia": float(fit.inertia_), "clusters": fit.labels_.tolist(),
    })  # fmt: skip

# Given starts; in the last two no point is nearest to some centres, which therefore move to the farthest points.
from_start = []
for name, points, start in [
    ("plain", np.round(rng.normal(size=(60, 2)) * 64) / 64, [[0, 1], [1, 0], [-1, -1]]),
    ("one empty", [[0], [1], [2], [10], [11], [30]], [[1], [10], [500]]),
    ("two empty", np.round(rng.normal(size=(50, 3)) * 64) / 64, [[0, 0, 0], [900, 0, 0], [0, -900, 0], [1, 1, 1]]),
]:
    fit = KMeans(len(start), init=np.array(start, float), n_init=1, tol=0, max_iter=1000).fit(points)
    from_start.append({
        "name": name, "count": len(points), "dim": len(points[0]), "k": len(start),
        "points": np.ravel(points).tolist(), "start": np.ravel(start).tolist(),
        "inertia": float(fit.inertia_), "clusters": fit.labels_.tolist(), "centres": fit.cluster_centers_.ravel().tolist(),
    })  # fmt: skip


def write(name, cases):
    text = ",\n".join("    " + json.dumps(case) for case in cases)
    text = f'{{\n  "versions": {json.dumps(VERSIONS)},\n  "cases": [\n{text}\n  ]\n}}\n'
    (Path(__file__).parent / name).write_text(text)


write("metrics.json", metrics)
write("assignments.json", assignments)
write("densities.json", density)
write("k-means.json", k_means)
write("k-means-from-start.json", from_start)
