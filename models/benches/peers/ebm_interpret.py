"""One fit of interpret's machine with its default settings: `ebm_interpret.py SET_FOLDER SPLIT OUT [OUTER_BAGS]`.

Writes predictions of the test rows to OUT.f64 and seconds and peak memory to OUT.json. `n_jobs` is 2, so that it uses both
cores (its default would leave one idle on a machine of two).
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor
from joblib.externals.loky import get_reusable_executor

import ebm_data
import memory


def main():
    place, k, out = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    bags = int(sys.argv[4]) if len(sys.argv) > 4 else 14
    told, columns, outcome, exposure, _ = ebm_data.load(place)
    train, test = ebm_data.split(place, k)
    kinds = [f["kind"] for f in told["features"]]

    def frame(rows):
        made = {}
        for feature, values in zip(told["features"], columns):
            values = values[rows]
            if feature["kind"] == "nominal":
                names = np.array([*feature["categories"], None], dtype=object)
                values = names[np.where(np.isnan(values), len(names) - 1, values).astype(int)]
            made[feature["name"]] = values
        return pd.DataFrame(made)

    learn, check = frame(train), frame(test)
    del columns
    common = {"feature_types": kinds, "n_jobs": 2, "outer_bags": bags, "random_state": 42}
    watch = memory.Watch()
    wall, cpu = time.time(), cpu_seconds()
    if told["loss"] == "poisson":
        model = ExplainableBoostingRegressor(objective="poisson_deviance", **common)
        model.fit(learn, outcome[train], init_score=np.log(exposure[train]))
        predicted = model.predict(check, init_score=np.log(exposure[test]))
    else:
        model = ExplainableBoostingClassifier(**common)
        model.fit(learn, outcome[train])
        predicted = model.predict_proba(check)[:, 1]
    wall = time.time() - wall
    # The processor time of the workers is known when they have ended.
    get_reusable_executor().shutdown(wait=True)
    cpu = cpu_seconds() - cpu
    np.asarray(predicted, dtype="<f8").tofile(f"{out}.f64")
    Path(f"{out}.json").write_text(json.dumps({
        "wall": wall, "cpu": cpu, "peak_mib": watch.peak_mib(), "outer_bags": bags, "sha256": told["sha256"],
        "terms": len(model.term_names_), "version": "0.7.8"}))


def cpu_seconds():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


if __name__ == "__main__":
    main()
