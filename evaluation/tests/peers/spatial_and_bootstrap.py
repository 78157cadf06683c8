"""Reference figures of `references.rs`: Moran's I by esda and percentile bootstraps by scipy.

    pip install esda==2.9.0 libpysal==4.14.1 scipy==1.17.1
    python spatial_and_bootstrap.py

What it prints stands as numbers in the test.
"""
import warnings

import esda
import libpysal
import numpy as np
from scipy import stats

warnings.filterwarnings("ignore")
SIDE = 8
PLACES = [(a, b) for a in range(SIDE) for b in range(SIDE)]
ROUGH = np.array([(7 * a + 3 * b + a * b) % 11 for a, b in PLACES], float)
SMOOTH = np.array([a + b + (5 * a + 3 * b) % 4 for a, b in PLACES], float)

for name, values in [("rough", ROUGH), ("smooth", SMOOTH)]:
    for rook in [True, False]:
        weights = libpysal.weights.lat2W(SIDE, SIDE, rook=rook)
        np.random.seed(1)
        moran = esda.Moran(values, weights, transformation="b", permutations=99999, two_tailed=False)
        above = (1 + (moran.sim >= moran.I - 1e-12).sum()) / 100000
        print("moran", name, "rook" if rook else "queen", repr(float(moran.I)), "p", above)

draws = {"n_resamples": 200000, "method": "percentile", "vectorized": True, "batch": 2000}
rng = np.random.default_rng(3)
for hits, rows in [(60, 200), (15, 40)]:
    sample = np.r_[np.ones(hits), np.zeros(rows - hits)]
    print("rows", hits, rows, stats.bootstrap((sample,), np.mean, rng=rng, **draws).confidence_interval)

# Cluster c has 5 + c mod 4 rows, of which 7 c mod (rows + 1) are hits.
cluster = np.arange(30)
rows = 5 + cluster % 4
hits = (7 * cluster) % (rows + 1)


def rate(drawn, axis=-1):
    drawn = drawn.astype(int)
    return hits[drawn].sum(axis=axis) / rows[drawn].sum(axis=axis)


print("clusters", hits.sum(), rows.sum(), stats.bootstrap((cluster.astype(float),), rate, rng=rng, **draws).confidence_interval)
