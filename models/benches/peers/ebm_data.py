"""The data sets of the boosting benchmark, encoded once so that both sides read the very same numbers.

A set is a folder: `set.json` (features, rows, loss, splits), `columns.f32` (one feature after another), `outcome.f64`,
`exposure.f64`, `group.u32`, and `split_K_train.u32` / `split_K_test.u32` with row numbers. Missing is NaN; a category is
its position in the list of the feature.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

LARGE_ROWS, LARGE_TEST, LARGE_SEED = 1_000_000, 200_000, 7
TABULAR = ["adult", "heloc", "telco", "mammography"]
ALL = [*TABULAR, "toronto", "haaglanden", "large"]


def prepare(name, shared, folder):
    """Writes set `name` below `folder` unless it is there; returns its description. `NAME@SEED` is the set in five other folds,
    dealt with that seed, a group always whole."""
    place = folder / name
    if (place / "set.json").exists():
        return json.loads((place / "set.json").read_text())
    place.mkdir(parents=True, exist_ok=True)
    base, _, seed = name.partition("@")
    made = MAKERS[base](Path(shared))
    frame, outcome = made["frame"], np.asarray(made["outcome"], dtype="<f8")
    features, columns = [], []
    for column in frame.columns:
        values = frame[column]
        if values.dtype == object or isinstance(values.dtype, (pd.StringDtype, pd.CategoricalDtype)):
            categories = sorted(values.dropna().unique())
            place_of = {c: i for i, c in enumerate(categories)}
            columns.append(np.array([place_of.get(v, np.nan) for v in values], dtype="<f4"))
            features.append({"name": column, "kind": "nominal", "categories": [str(c) for c in categories]})
        else:
            columns.append(values.to_numpy(dtype="<f4", na_value=np.nan))
            features.append({"name": column, "kind": "continuous", "categories": []})
    packed = np.stack(columns)
    packed.tofile(place / "columns.f32")
    outcome.tofile(place / "outcome.f64")
    np.asarray(made.get("exposure", np.ones(len(outcome))), dtype="<f8").tofile(place / "exposure.f64")
    np.asarray(made.get("group", np.arange(len(outcome))), dtype="<u4").tofile(place / "group.u32")
    splits = folds(made, outcome, int(seed)) if seed else made.get("splits") or folds(made, outcome, 0)
    for k, (train, test) in enumerate(splits):
        np.asarray(train, dtype="<u4").tofile(place / f"split_{k}_train.u32")
        np.asarray(test, dtype="<u4").tofile(place / f"split_{k}_test.u32")
    digest = hashlib.sha256(packed.tobytes() + outcome.tobytes())
    for train, test in splits:
        digest.update(np.asarray(train, dtype="<u4").tobytes() + np.asarray(test, dtype="<u4").tobytes())
    told = {
        "name": name, "loss": made.get("loss", "binomial"), "rows": len(outcome), "splits": len(splits),
        "features": features, "sha256": digest.hexdigest(),
    }
    (place / "set.json").write_text(json.dumps(told, indent=1))
    return told


def folds(made, outcome, seed):
    """Five folds of the rows that the set learns from or tests on."""
    if "group" not in made:
        return list(StratifiedKFold(5, shuffle=True, random_state=seed).split(outcome, outcome > 0))
    used = np.unique(np.concatenate([rows for split in made["splits"] for rows in split]))
    dealt = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(used, outcome[used] > 0, made["group"][used])
    return [(used[train], used[test]) for train, test in dealt]


def words(frame, columns):
    return frame.assign(**{c: frame[c].astype(str).where(frame[c].notna() & (frame[c].astype(str) != "?"), None)
                           for c in columns})


def adult(shared):
    frame = pd.read_csv(shared / "benchmarks-tabular/adult_train.csv", skipinitialspace=True)
    outcome = (frame.pop("income") == ">50K").to_numpy(float)
    return {"frame": words(frame, [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]),
            "outcome": outcome}


def heloc(shared):
    frame = pd.read_csv(shared / "benchmarks-tabular/heloc.csv")
    outcome = (frame.pop("RiskPerformance") == "Bad").to_numpy(float)
    return {"frame": frame.astype(float).mask(frame.isin([-9, -8, -7])), "outcome": outcome}


def telco(shared):
    frame = pd.read_csv(shared / "benchmarks-tabular/telco_churn.csv").drop(columns="customerID")
    outcome = (frame.pop("Churn") == "Yes").to_numpy(float)
    frame["TotalCharges"] = pd.to_numeric(frame["TotalCharges"], errors="coerce")
    return {"frame": words(frame, [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]),
            "outcome": outcome}


def mammography(shared):
    frame = pd.read_csv(shared / "benchmarks-tabular/mammography_woods.csv")
    return {"outcome": (frame.pop("class").astype(str).str.strip("'") == "1").to_numpy(float), "frame": frame}


def toronto(shared):
    """Per visit, what earlier visits tell; near the features of training/studies/toronto.toml, which `train` makes. Tested on
    2021, 2022 and 2023, each learned from the years before."""
    visits = pd.read_csv(shared / "ca-toronto-rentsafe/evaluations_2017_2023.csv")
    visits["day"] = pd.to_datetime(visits["evaluation_completed_on"])
    visits = visits.sort_values(["day", "rsn"], kind="stable").reset_index(drop=True)
    visits["low"] = visits["results_of_score"].isin(
        ["Evaluation needs to be conducted in 1 year", "Building Audit"]).astype(float)
    by = visits.groupby("rsn")
    earlier = by.cumcount()
    sums = lambda c: by[c].cumsum() - visits[c]
    features = pd.DataFrame({
        "score_last": by["score"].shift(),
        "score_mean": (sums("score") / earlier).where(earlier > 0),
        "low_before": sums("low"),
        "days_since_visit": (visits["day"] - by["day"].shift()).dt.days,
        "low_near": near(visits, 1000.0, 730),
        "building_age": visits["day"].dt.year - visits["year_built"],
        "storeys": visits["confirmed_storeys"],
        "homes": visits["confirmed_units"],
        "property_type": visits["property_type"].astype(str),
    })
    year = visits["day"].dt.year.to_numpy()
    known = (year >= 2018) & visits["results_of_score"].notna().to_numpy()
    splits = [(np.flatnonzero(known & (year < y)), np.flatnonzero(known & (year == y))) for y in (2021, 2022, 2023)]
    return {"frame": features, "outcome": visits["low"].to_numpy(), "group": visits["rsn"].to_numpy() % 2**32,
            "splits": splits}


def near(visits, metres, days):
    """Low scores of other buildings within `metres` in the `days` before."""
    x, y = visits["x"].to_numpy(float), visits["y"].to_numpy(float)
    day = visits["day"].to_numpy().astype("datetime64[D]").astype(int)
    low, unit = visits["low"].to_numpy(), visits["rsn"].to_numpy()
    total = np.zeros(len(visits))
    for i in range(len(visits)):
        first, last = np.searchsorted(day, [day[i] - days, day[i]])
        span = slice(first, last)
        close = (x[span] - x[i]) ** 2 + (y[span] - y[i]) ** 2 <= metres ** 2
        total[i] = low[span][close & (unit[span] != unit[i])].sum()
    return total


def haaglanden(shared):
    """Burglaries per buurt and month with a month's delay; near the features of training/studies/haaglanden.toml. Learned up to
    2015, tested on 2016 and 2017 (December 2017 is empty in the source)."""
    place = shared / "nl-haaglanden-misdrijven-2011-2017"
    rows = pd.read_csv(place / "misdrijven_buurt_maand.csv")
    rows["t"] = (rows["jaar"] - 2011) * 12 + rows["maand"] - 1
    table = lambda c: rows.pivot_table(index="t", columns="buurtcode", values=c, aggfunc="sum").fillna(0.0)
    burglaries, cars, damage = (
        table(c) for c in ("woninginbraak", "diefstal_uit_vanaf_motorvoertuig", "vernieling"))
    spots = pd.read_csv(place / "buurten.csv").set_index("buurtcode").reindex(burglaries.columns)
    east = spots["lon"].to_numpy() * 111_320 * np.cos(np.radians(52.1))
    north = spots["lat"].to_numpy() * 111_320
    apart = np.hypot(east[:, None] - east, north[:, None] - north)
    pull = np.where((apart <= 1500) & (apart > 0), np.exp(-apart / 500), 0.0)
    made, outcome, group, when = [], [], [], []
    for t in range(12, 83):
        known = burglaries.loc[: t - 2]
        window = lambda table, months: table.loc[t - 1 - months : t - 2].sum().to_numpy()
        mean = known.to_numpy().mean()
        made.append(pd.DataFrame({
            "inbraken_1m": window(burglaries, 1), "inbraken_3m": window(burglaries, 3),
            "inbraken_6m": window(burglaries, 6), "inbraken_1y": window(burglaries, 12),
            "inbraken_lang": 12 * (known.sum().to_numpy() + 3 * mean) / (len(known) + 3),
            "inbraken_nabij_3m": window(burglaries, 3) @ pull.T, "inbraken_nabij_1y": window(burglaries, 12) @ pull.T,
            "autodiefstal_1y": window(cars, 12), "vernieling_1y": window(damage, 12),
        }))
        outcome.append(burglaries.loc[t].to_numpy())
        group.append(np.arange(burglaries.shape[1]))
        when.append(np.full(burglaries.shape[1], t))
    when = np.concatenate(when)
    splits = [(np.flatnonzero(when < 60), np.flatnonzero((when >= a) & (when < b))) for a, b in ((60, 72), (72, 83))]
    return {"frame": pd.concat(made, ignore_index=True), "outcome": np.concatenate(outcome), "loss": "poisson",
            "group": np.concatenate(group), "splits": splits}


def large(_):
    """1,000,000 rows to learn from (200,000 to test on), 40 columns, 1 % positives, one value in twenty missing."""
    draw, rows = np.random.default_rng(LARGE_SEED), LARGE_ROWS + LARGE_TEST
    columns, eta = {}, np.zeros(rows)
    shared = draw.standard_normal(rows)
    for j in range(40):
        own = draw.standard_normal(rows)
        if j < 20:
            x = 0.4 * shared + own
            effect = (0.5 * np.tanh(x), 0.4 * np.abs(x), -0.5 * np.maximum(x, 0))[j % 3]
        elif j < 30:
            x = draw.poisson(np.exp(0.4 * shared + 0.3 * own)).astype(float)
            effect = 0.3 * np.log1p(x)
        elif j < 35:
            x = (own > 0.8).astype(float)
            effect = 0.4 * x
        else:
            x = draw.integers(0, 8, rows).astype(float)
            effect = 0.15 * (x - 3.5) * (-1) ** x
        eta += effect if j % 5 < 2 else 0.0
        x[draw.random(rows) < 0.05] = np.nan
        columns[f"x{j:02}"] = x.astype("f4")
    eta += 0.4 * (columns["x00"] > 0) * (columns["x21"] > 1)
    low, high = -20.0, 5.0
    for _ in range(60):
        shift = (low + high) / 2
        low, high = (shift, high) if (1 / (1 + np.exp(-eta - shift))).mean() < 0.01 else (low, shift)
    outcome = (draw.random(rows) < 1 / (1 + np.exp(-eta - shift))).astype(float)
    frame = pd.DataFrame(columns)
    for j in range(35, 40):
        name = f"x{j:02}"
        known = frame[name].notna()
        frame[name] = ("c" + frame[name].fillna(0).astype(int).astype(str)).astype(object).where(known, None)
    numbers = np.arange(rows)
    return {"frame": frame, "outcome": outcome, "splits": [(numbers[:LARGE_ROWS], numbers[LARGE_ROWS:])]}


MAKERS = {"adult": adult, "heloc": heloc, "telco": telco, "mammography": mammography, "toronto": toronto,
          "haaglanden": haaglanden, "large": large}


def load(place):
    """Columns, outcome, exposure and group of a prepared set."""
    told = json.loads((place / "set.json").read_text())
    columns = np.fromfile(place / "columns.f32", "<f4").reshape(len(told["features"]), told["rows"])
    return (told, columns, *(np.fromfile(place / f, t) for f, t in
                             (("outcome.f64", "<f8"), ("exposure.f64", "<f8"), ("group.u32", "<u4"))))


def split(place, k):
    return tuple(np.fromfile(place / f"split_{k}_{part}.u32", "<u4") for part in ("train", "test"))
