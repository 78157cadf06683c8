"""Makes the models of others that tests/foreign.rs runs, with what scikit-learn itself says of the same rows.

    pip install scikit-learn==1.9.1 skl2onnx
    python models/tests/vectors/foreign.py
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

HERE = Path(__file__).parent
CATEGORIES = ["wonen", "winkel", "industrie"]


def main():
    random = np.random.default_rng(20261124)
    area = np.round(random.uniform(20, 300, 200), 1).astype(np.float32)
    use = random.integers(0, 3, 200)
    rate = 0.05 + 0.3 * (area < 90) + 0.2 * (use == 2)
    count = random.poisson(rate)
    trees = GradientBoostingRegressor(n_estimators=8, max_depth=2, random_state=0)
    together = np.column_stack([area, use]).astype(np.float32)
    trees.fit(together, count)
    (HERE / "foreign_trees.onnx").write_bytes(to_onnx(trees, together[:1]).SerializeToString())

    apart = pd.DataFrame({"oppervlakte": area, "gebruik": np.array(CATEGORIES)[use]})
    encode = ColumnTransformer([("use", OneHotEncoder(handle_unknown="ignore"), ["gebruik"])], remainder="passthrough")
    chances = make_pipeline(encode, LogisticRegression(max_iter=1000)).fit(apart, count > 0)
    types = [("oppervlakte", FloatTensorType([None, 1])), ("gebruik", StringTensorType([None, 1]))]
    options = {id(chances): {"zipmap": False}}
    (HERE / "foreign_chances.onnx").write_bytes(
        to_onnx(chances, initial_types=types, options=options).SerializeToString())

    rows = slice(0, 12)
    told = {
        "oppervlakte": area[rows].tolist(),
        "gebruik": use[rows].tolist(),
        "trees": trees.predict(together[rows]).tolist(),
        "chances": chances.predict_proba(apart[rows])[:, 1].tolist(),
    }
    (HERE / "foreign.json").write_text(json.dumps(told) + "\n")


main()
