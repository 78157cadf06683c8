"""The figures of fairlearn, Aequitas and scikit-learn on the COMPAS table, stored for the tests of `evaluation`.

    python -m venv /tmp/peers && /tmp/peers/bin/pip install -r requirements.txt
    /tmp/peers/bin/python figures.py PATH/compas_two_years.csv > figures.json

A row counts as listed from a decile score of 5 on, as in the published audits. Weights are 1 to 4 by row number.
"""
import json
import sys
import warnings

import numpy as np
import pandas as pd
import scipy.optimize
from aequitas.bias import Bias
from aequitas.fairness import Fairness
from aequitas.group import Group
from fairlearn import metrics as fl
from sklearn import metrics as sk

warnings.filterwarnings("ignore")
RATES = ["tpr", "tnr", "for", "fdr", "fpr", "fnr", "npv", "precision", "ppr", "pprev", "prev"]
DISPARITIES = [f"{r}_disparity" for r in ["ppr", "pprev", "precision", "fdr", "for", "fpr", "fnr", "tpr", "tnr", "npv"]]
VERDICTS = ["Statistical Parity", "Impact Parity", "FDR Parity", "FPR Parity", "FOR Parity", "FNR Parity", "TPR Parity",
            "TNR Parity", "NPV Parity", "Precision Parity", "TypeI Parity", "TypeII Parity", "Equalized Odds",
            "Unsupervised Fairness", "Supervised Fairness"]


def plain(x):
    if isinstance(x, dict):
        return {str(k): plain(v) for k, v in x.items()}
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    x = float(x)
    return x if np.isfinite(x) else None


def fairlearn(y, listed, group):
    frame = fl.MetricFrame(
        metrics={"tpr": fl.true_positive_rate, "fpr": fl.false_positive_rate, "tnr": fl.true_negative_rate,
                 "fnr": fl.false_negative_rate, "selection_rate": fl.selection_rate, "precision": sk.precision_score,
                 "accuracy": sk.accuracy_score, "error": sk.zero_one_loss},
        y_true=y, y_pred=listed, sensitive_features=group)
    pair = {"y_true": y, "y_pred": listed, "sensitive_features": group}
    return {
        "overall": plain(frame.overall.to_dict()),
        "by_group": plain(frame.by_group.to_dict("index")),
        "difference_between": plain(frame.difference(method="between_groups").to_dict()),
        "ratio_between": plain(frame.ratio(method="between_groups").to_dict()),
        "difference_to": plain(frame.difference(method="to_overall").to_dict()),
        "ratio_to": plain(frame.ratio(method="to_overall").to_dict()),
        "demographic_parity": [plain(fl.demographic_parity_difference(**pair)), plain(fl.demographic_parity_ratio(**pair))],
        "equalized_odds": [plain(fl.equalized_odds_difference(**pair)), plain(fl.equalized_odds_ratio(**pair))],
        "equalized_odds_mean": plain(fl.equalized_odds_difference(**pair, agg="mean")),
    }


REFERENCE = {"race": "Caucasian", "sex": "Male", "age_cat": "25 - 45"}


def aequitas(y, listed, group):
    table = pd.DataFrame({"score": listed, "label_value": y, "group": group.astype(str)})
    counts, _ = Group().get_crosstabs(table, attr_cols=["group"])
    bias = Bias()
    majority = bias.get_disparity_major_group(counts.copy(), original_df=table, alpha=0.05, check_significance=False)
    smallest = bias.get_disparity_min_metric(counts.copy(), original_df=table, check_significance=False)
    named = bias.get_disparity_predefined_groups(
        counts.copy(), original_df=table, ref_groups_dict={"group": REFERENCE[group.name]}, check_significance=False)
    verdicts = Fairness().get_group_value_fairness(named)
    attribute = Fairness().get_group_attribute_fairness(verdicts)
    index = lambda t, columns: plain(t.set_index("attribute_value")[columns].to_dict("index"))
    return {
        "groups": index(counts, RATES + ["tp", "fp", "fn", "tn", "group_size"]),
        "majority": index(majority, DISPARITIES),
        "named": index(named, DISPARITIES),
        "smallest": index(smallest, DISPARITIES),
        "verdicts": {v: bool(attribute[v].iloc[0]) for v in VERDICTS},
    }


def scikit(y, decile):
    weight = np.arange(len(y)) % 4 + 1
    chance = decile / 11
    out = {}
    for name, w in [("plain", None), ("weighted", weight)]:
        out[name] = {
            "auc": sk.roc_auc_score(y, decile, sample_weight=w),
            "average_precision": sk.average_precision_score(y, decile, sample_weight=w),
            "brier": sk.brier_score_loss(y, chance, sample_weight=w),
            "log_loss": sk.log_loss(y, chance, sample_weight=w),
            "poisson_deviance": sk.mean_poisson_deviance(y, chance, sample_weight=w),
        }
    x = np.log(chance / (1 - chance))
    loss = lambda b: np.sum(np.logaddexp(0, b[0] + b[1] * x) - y * (b[0] + b[1] * x))
    slope = lambda b: np.array([np.sum(1 / (1 + np.exp(-(b[0] + b[1] * x))) - y),
                                np.sum((1 / (1 + np.exp(-(b[0] + b[1] * x))) - y) * x)])
    fit = scipy.optimize.root(slope, [0.0, 1.0], tol=1e-13).x
    assert loss(fit) <= loss(np.array([0.0, 1.0]))
    out["calibration_line"] = [float(fit[0]), float(fit[1])]
    return out


def main():
    data = pd.read_csv(sys.argv[1])
    y, decile = data["two_year_recid"].to_numpy(), data["decile_score"].to_numpy()
    listed = (decile >= 5).astype(int)
    figures = {"scikit": scikit(y, decile), "rows": len(data)}
    for attribute in ["race", "sex", "age_cat"]:
        figures[attribute] = {
            "fairlearn": fairlearn(y, listed, data[attribute]),
            "aequitas": aequitas(y, listed, data[attribute]),
        }
    json.dump(figures, sys.stdout, indent=1)


main()
