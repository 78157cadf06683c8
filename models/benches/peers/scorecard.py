"""Integer scorecards against fasterrisk, on the same folds: `models/benches/run scorecard [SET ...]`.

The five sets of the RiskSLIM paper, 5 folds, cards of at most 5 and 10 lines with points from -5 to 5. `SET@SEED` deals
the folds with that seed instead of 0; `@SEED` alone is all sets with it.
Both sides get the same columns. No line of ours may contribute more than the largest contribution on the card of the
peer on the same fold, or than 5, the bound of the peer's search, whichever is more (column "box"). Losses are mean logistic losses on the training rows, AUC is that of the test
rows, seconds are processor seconds of the fit alone; all are means over the folds, both sides in turn.
Figures of the peer are kept by the hash of its input; PEER_AGAIN=1 measures it again.
"""

import hashlib
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy
import pandas
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

ROOT = pathlib.Path(__file__).resolve().parents[3]
DATA = ROOT.parent / "shared" / "data" / "benchmarks-tabular"
CACHE = pathlib.Path(os.environ.get("BENCH_CACHE", pathlib.Path.home() / ".cache" / "zichtlijn" / "benches")) / "scorecard"
SETS = ["breastcancer", "mammo", "mushroom", "spambase", "adult_binarised"]
SIZES = [5, 10]


def folds(name):
    """Train and test files of each fold, the outcome first, duplicates of nothing, no header lost."""
    base, _, seed = name.partition("@")
    table = pandas.read_csv(DATA / f"riskslim_{base}.csv")
    outcome = table.columns[0]
    table[outcome] = (table[outcome] > 0).astype(int)
    splitter = StratifiedKFold(5, shuffle=True, random_state=int(seed or 0))
    for number, (train, test) in enumerate(splitter.split(table, table[outcome])):
        files = []
        for part, rows in (("train", train), ("test", test)):
            file = CACHE / f"{name}-{number}-{part}.csv"
            table.iloc[rows].to_csv(file, index=False)
            files.append(file)
        yield files


def peer(train, test, k):
    """fasterrisk on one fold, or what it gave the last time."""
    version = importlib.metadata.version("fasterrisk")
    content = train.read_bytes() + test.read_bytes() + f"{k} {version}".encode()
    kept = CACHE / f"fasterrisk-{hashlib.sha256(content).hexdigest()[:24]}.json"
    if kept.exists() and not os.environ.get("PEER_AGAIN"):
        found = json.loads(kept.read_text())
        if "largest" in found:
            return found
    from fasterrisk.fasterrisk import RiskScoreClassifier, RiskScoreOptimizer

    rows = pandas.read_csv(train).to_numpy(float)
    values, signs = rows[:, 1:], 2 * rows[:, 0] - 1
    clock, processor = time.perf_counter(), time.process_time()
    optimizer = RiskScoreOptimizer(X=values, y=signs, k=k, lb=-5, ub=5, parent_size=10)
    optimizer.optimize()
    multiplier, intercept, points = optimizer.get_models(model_index=0)
    found = {"seconds": time.perf_counter() - clock, "processor": time.process_time() - processor}
    classifier = RiskScoreClassifier(multiplier=multiplier, intercept=intercept, coefficients=points, X_train=values)
    # Rounding may carry a contribution past the bounds of the search.
    found["largest"] = float(numpy.abs(points).max() / multiplier)
    found["loss"] = classifier.compute_logisticLoss(values, signs) / len(values)
    tested = pandas.read_csv(test).to_numpy(float)
    found["chances"] = classifier.predict_prob(tested[:, 1:]).tolist()
    kept.write_text(json.dumps(found))
    return found


def ours(train, test, k, numbers, limit):
    command = [os.environ["SCORECARD_FIT"], train, test, str(k), numbers, repr(limit)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def box(found):
    """The largest contribution that a line of ours may make on this fold: that of the peer's card, and at least
    the bound of the peer's search."""
    return max(5.0, found["largest"])


def auc(test, found):
    return roc_auc_score(pandas.read_csv(test).iloc[:, 0], found["chances"])


def mean(found, key):
    return float(numpy.mean([one[key] for one in found]))


def main():
    CACHE.mkdir(parents=True, exist_ok=True)
    sets = [name for told in sys.argv[1:] or SETS for name in ([s + told for s in SETS] if told[0] == "@" else [told])]
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, fasterrisk {importlib.metadata.version('fasterrisk')}")
    print("| set | k | numbers | box | loss peer | loss ours | ratio | worst fold | AUC peer | AUC ours | CPU s peer | CPU s ours | share | s peer | s ours |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    for name in sets:
        files = list(folds(name))
        # The columns as they are: the candidates of the peer. Sets with numbers also in steps: what we would print.
        ways = ["value", "steps"] if name.partition("@")[0] in ("breastcancer", "spambase", "mammo") else ["value"]
        for k in SIZES:
            theirs, mine = [], {way: [] for way in ways}
            for train, test in files:
                found = peer(train, test, k)
                theirs.append(found | {"auc": auc(test, found)})
                for way in ways:
                    found = ours(train, test, k, way, box(theirs[-1]))
                    mine[way].append(found | {"auc": auc(test, found)})
            for way in ways:
                line(name, k, way, theirs, mine[way])


def line(name, k, way, theirs, mine):
    worst = max(o["loss"] / t["loss"] for t, o in zip(theirs, mine))
    boxes = [f"{limit:.2f}" for limit in (min(map(box, theirs)), max(map(box, theirs)))]
    cells = [name, str(k), way, " to ".join(dict.fromkeys(boxes)), f"{mean(theirs, 'loss'):.4f}", f"{mean(mine, 'loss'):.4f}"]
    cells += [f"{mean(mine, 'loss') / mean(theirs, 'loss'):.4f}", f"{worst:.4f}"]
    cells += [f"{mean(theirs, 'auc'):.4f}", f"{mean(mine, 'auc'):.4f}"]
    cells += [f"{mean(theirs, 'processor'):.2f}", f"{mean(mine, 'processor'):.3f}"]
    cells += [f"1/{mean(theirs, 'processor') / mean(mine, 'processor'):.0f}"]
    cells += [f"{mean(theirs, 'seconds'):.2f}", f"{mean(mine, 'seconds'):.3f}"]
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
