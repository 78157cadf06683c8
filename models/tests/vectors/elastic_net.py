"""Makes elastic_net.csv and elastic_net.json: rows, and the coefficients that scikit-learn finds on them.

    pip install scikit-learn==1.9.1
    python models/tests/vectors/elastic_net.py

Columns are standardised for the fit (population standard deviation) and coefficients given back in natural units.
Penalties are in our terms: `l1` and `l2` on the sum over rows, see `models::learner::Settings`.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression, PoissonRegressor

HERE = Path(__file__).parent
ROWS, COLUMNS = 300, 6


def rows():
    random = np.random.default_rng(20261124)
    shared = random.normal(size=(ROWS, 1))
    scale = np.array([1.0, 0.2, 5.0, 30.0, 1.0, 2.0])
    values = np.round((random.normal(size=(ROWS, COLUMNS)) + 0.7 * shared) * scale + [0, 1, 2, 100, -1, 0], 3)
    eta = -1 + 0.8 * values[:, 0] + 2.0 * (values[:, 1] - 1) - 0.02 * (values[:, 3] - 100)
    exposure = np.round(random.uniform(0.5, 3.0, ROWS), 2)
    weight = random.integers(1, 4, ROWS).astype(float)
    found = (random.uniform(size=ROWS) < 1 / (1 + np.exp(-eta))).astype(float)
    count = random.poisson(exposure * np.exp(np.clip(eta, -5, 2)))
    return values.astype(np.float32).astype(float), found, count, exposure, weight


def natural(name, values, weight, intercept, standardised, **penalty):
    mean = np.average(values, axis=0, weights=weight)
    scale = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight))
    coefficients = standardised / scale
    return {"name": name, **penalty, "intercept_at_mean": float(intercept), "coefficients": coefficients.tolist()}


def standard(values, weight):
    mean = np.average(values, axis=0, weights=weight)
    return (values - mean) / np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight))


def main():
    values, found, count, exposure, weight = rows()
    table = np.column_stack([values, found, count, exposure, weight])
    header = ",".join([f"x{j}" for j in range(COLUMNS)] + ["found", "count", "exposure", "weight"])
    np.savetxt(HERE / "elastic_net.csv", table, fmt="%.9g", delimiter=",", header=header, comments="")
    fits = []
    for l1, l2 in [(0.0, 2.0), (4.0, 2.0), (12.0, 0.0), (25.0, 5.0)]:
        c, ratio = 1 / (l1 + l2), l1 / (l1 + l2)
        model = LogisticRegression(C=c, l1_ratio=ratio, solver="saga", tol=1e-12, max_iter=1_000_000)
        model.fit(standard(values, weight), found, sample_weight=weight)
        fits.append(natural("logistic", values, weight, model.intercept_[0], model.coef_[0], l1=l1, l2=l2))
    for l2 in [1.0, 40.0]:
        case = weight * exposure
        model = PoissonRegressor(alpha=l2 / case.sum(), solver="newton-cholesky", tol=1e-12, max_iter=1000)
        model.fit(standard(values, weight), count / exposure, sample_weight=case)
        fits.append(natural("poisson", values, weight, model.intercept_, model.coef_, l1=0.0, l2=l2))
    (HERE / "elastic_net.json").write_text(json.dumps(fits, indent=1) + "\n")


main()
