"""The same rows through fairlearn's MetricFrame with n_boot: python group_bootstrap.py FOLDER DRAWS."""
import resource
import sys
import time
import warnings

import numpy as np
from fairlearn import metrics as fl
from sklearn import metrics as sk

warnings.filterwarnings("ignore")
folder, draws = sys.argv[1], int(sys.argv[2])
found, listed, group = (np.fromfile(f"{folder}/{name}", dtype=np.uint8) for name in ["found", "listed", "group"])
start = time.time()
frame = fl.MetricFrame(
    metrics={"tpr": fl.true_positive_rate, "fnr": fl.false_negative_rate, "fpr": fl.false_positive_rate,
             "tnr": fl.true_negative_rate, "precision": sk.precision_score, "accuracy": sk.accuracy_score,
             "error": sk.zero_one_loss, "selection": fl.selection_rate},
    y_true=found, y_pred=listed, sensitive_features=group, n_boot=draws, ci_quantiles=[0.025, 0.975], random_state=1)
low, high = frame.by_group_ci
seconds = time.time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(f"fairlearn, rows drawn: {len(found)} rows, {draws} draws, 8 metrics: {seconds:.1f} s, peak {peak} kB; "
      f"{seconds / draws * 1000:.0f} s for 1,000 draws")
for g in [0, 19]:
    print(f"  TPR of group {g}: {frame.by_group['tpr'][g]:.4f} ({low['tpr'][g]:.4f} to {high['tpr'][g]:.4f})")
