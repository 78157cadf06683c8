"""Our boosting machine against interpret-core 0.7.8 with its default settings: `ebm.py [SET ...]`, by default all but the
large one. For `large`, interpret runs with LARGE_BAGS (1 unless set) of its 14 outer bags, and its seconds are scaled.

Both read the same numbers, fit the same rows and predict the same test rows; one function measures both. A result of interpret
is kept, and used again while the data are the same, but for PEER_AGAIN=1; processor seconds are what can be compared when the machine was busy.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

import ebm_data

HERE, PLACE = Path(__file__).parent, Path(os.environ["ZICHTLIJN_PEERS"]) / "ebm"
LARGE_BAGS = int(os.environ.get("LARGE_BAGS", 1))


def main():
    names = sys.argv[1:] or [*ebm_data.TABULAR, "toronto", "haaglanden"]
    print("| set | folds | measure | ours | interpret | difference | least | ours: CPU s | wall | peak MiB | interpret: CPU s "
          "| wall | peak MiB | interpret measured |\n|" + "---|" * 14)
    for name in names:
        print(line(name), flush=True)


def line(name):
    told = ebm_data.prepare(name, os.environ["ZICHTLIJN_SHARED"], PLACE / "data")
    place = PLACE / "data" / name
    _, _, outcome, exposure, _ = ebm_data.load(place)
    scores, runs, fresh = [], [], 0
    for k in range(told["splits"]):
        _, test = ebm_data.split(place, k)
        if len(np.unique(outcome[test] > 0)) < 2:
            continue  # A test year without both results says nothing.
        mine = ours(place, k)
        theirs, new = interpret(place, k, told["sha256"])
        fresh += new
        runs.append((mine, theirs))
        scores.append([measure(told["loss"], outcome[test], exposure[test], r["predicted"]) for r in (mine, theirs)])
    scores = np.array(scores)
    gain = scores[:, 0] - scores[:, 1] if told["loss"] == "binomial" else scores[:, 1] - scores[:, 0]
    total = lambda side, what: sum(run[side][what] for run in runs)
    peak = lambda side: max(run[side]["peak_mib"] for run in runs)
    mean = lambda side: f"{scores[:, side].mean():.4f} ± {scores[:, side].std(ddof=1) if len(scores) > 1 else 0:.4f}"
    kind = "AUC" if told["loss"] == "binomial" else "deviance"
    return (f"| {name} | {len(runs)} | {kind} | {mean(0)} | {mean(1)} | {gain.mean():+.4f} | {gain.min():+.4f} "
            f"| {total(0, 'cpu'):.1f} | {total(0, 'wall'):.1f} | {peak(0):.0f} | {total(1, 'cpu'):.0f} "
            f"| {total(1, 'wall'):.0f} | {peak(1):.0f} | {'now' if fresh == len(runs) else 'before'} |")


def measure(loss, outcome, exposure, predicted):
    if loss == "binomial":
        return roc_auc_score(outcome > 0, predicted)
    if len(predicted) != len(outcome):
        raise SystemExit("predictions do not fit the test rows")
    logs = np.where(outcome > 0, outcome * np.log(np.maximum(outcome, 1e-300) / predicted), 0.0)
    return float(2 * (logs - (outcome - predicted)).mean())


def ours(place, k):
    out = PLACE / "ours" / f"{place.name}-{k}"
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [f"{os.environ['ZICHTLIJN_EXAMPLES']}/ebm_folds", place, str(k), out]
    subprocess.run(command, check=True, env={**os.environ, "RAYON_NUM_THREADS": "2"})
    return read(out)


def interpret(place, k, digest):
    bags = LARGE_BAGS if place.name == "large" else 14
    out = PLACE / "interpret" / f"{place.name}-{k}{'' if bags == 14 else f'-bags{bags}'}"
    out.parent.mkdir(parents=True, exist_ok=True)
    new = bool(os.environ.get("PEER_AGAIN")) or not Path(f"{out}.json").exists() or read(out)["sha256"] != digest
    if new:
        subprocess.run([sys.executable, HERE / "ebm_interpret.py", place, str(k), out, str(bags)], check=True)
    run = read(out)
    return {**run, "cpu": run["cpu"] * 14 / bags, "wall": run["wall"] * 14 / bags}, new


def read(out):
    return {**json.loads(Path(f"{out}.json").read_text()), "predicted": np.fromfile(f"{out}.f64", "<f8")}


if __name__ == "__main__":
    main()
