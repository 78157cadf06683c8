use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;

use super::mesh::kept;
use super::*;
use crate::geometry;
use crate::shapes::{Crs, Position, Shapes};

/// Areas on a grid of `n` by `n` with wiggly borders that neighbours share, each starting its ring elsewhere.
fn quilt(n: usize, wiggles: &[f64]) -> Shapes {
    const STEPS: usize = 8;
    let wiggle = |i: usize, j: usize, k: usize| wiggles[(i * 31 + j * 17 + k * 7) % wiggles.len()];
    let at = |i: usize, j: usize| [5.0 + i as f64 * 0.01, 52.0 + j as f64 * 0.01];
    // Points from one grid corner to the next, the far one left out.
    let across = |i: usize, j: usize| -> Vec<[f64; 2]> {
        let [x, y] = at(i, j);
        (0..STEPS)
            .map(|k| [x + 0.01 * k as f64 / STEPS as f64, if k == 0 { y } else { y + wiggle(i, j, k) }])
            .collect()
    };
    let up = |i: usize, j: usize| -> Vec<[f64; 2]> {
        let [x, y] = at(i, j);
        (0..STEPS)
            .map(|k| [if k == 0 { x } else { x + wiggle(j, i, k + 50) }, y + 0.01 * k as f64 / STEPS as f64])
            .collect()
    };
    let back = |line: Vec<[f64; 2]>, end: [f64; 2]| -> Vec<[f64; 2]> {
        std::iter::once(end).chain(line.into_iter().skip(1).rev()).collect()
    };
    let mut features = Vec::new();
    let mut codes = Vec::new();
    for i in 0..n {
        for j in 0..n {
            let mut ring = across(i, j);
            ring.extend(up(i + 1, j));
            ring.extend(back(across(i, j + 1), at(i + 1, j + 1)));
            ring.extend(back(up(i, j), at(i, j + 1)));
            let start = (i * 5 + j * 3) % ring.len();
            ring.rotate_left(start);
            ring.push(ring[0]);
            let code = format!("BU{i:04}{j:04}");
            features.push(json!({ "type": "Feature", "properties": { "code": code },
                "geometry": { "type": "Polygon", "coordinates": [ring] } }));
            codes.push(code);
        }
    }
    let file = json!({ "type": "FeatureCollection", "features": features }).to_string();
    let outlines = geometry::read(file.as_bytes()).unwrap();
    Shapes::new(&outlines, BTreeMap::from([("buurt".to_owned(), codes)])).unwrap()
}

type End = (u64, u64);

fn end(position: Position) -> End {
    (position[0].to_bits(), position[1].to_bits())
}

/// The sides of all areas at a tolerance, each with its direction.
fn sides(mesh: &Mesh, n: usize, tolerance: f64) -> Vec<(End, End)> {
    let mut sides = Vec::new();
    for i in 0..n {
        for j in 0..n {
            let area = mesh.get(&format!("BU{i:04}{j:04}")).unwrap();
            for ring in area.polygons.iter().flatten() {
                sides.extend(kept(ring, tolerance).windows(2).map(|pair| (end(pair[0]), end(pair[1]))));
            }
        }
    }
    sides
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Every inner border is the same line for both neighbours, at every tolerance: each side runs once in each
    /// direction, and those that run in one only close the outside.
    #[test]
    fn neighbours_never_gape(
        wiggles in prop::collection::vec(-0.002_f64..0.002, 40..60),
        tolerance in prop_oneof![Just(0.0), 1.0_f64..400.0],
    ) {
        const N: usize = 4;
        let shapes = quilt(N, &wiggles);
        for grid in Grid::ALL {
            let mesh = shapes.mesh("buurt", grid).unwrap();
            let sides = sides(mesh, N, tolerance);
            let all: BTreeSet<(End, End)> = sides.iter().copied().collect();
            prop_assert_eq!(all.len(), sides.len(), "no side runs twice the same way");
            let outside: Vec<_> = all.iter().filter(|(a, b)| !all.contains(&(*b, *a))).collect();
            // Corners of the outside are junctions, so at most the eight steps of each outer border remain.
            prop_assert!(outside.len() <= 4 * N * 8 && outside.len() >= 4 * N, "{}", outside.len());
            let starts: BTreeSet<End> = outside.iter().map(|(a, _)| *a).collect();
            let ends: BTreeSet<End> = outside.iter().map(|(_, b)| *b).collect();
            prop_assert_eq!(starts, ends, "the outside is closed");
        }
    }
}

#[test]
fn less_is_kept_at_a_larger_tolerance_but_never_nothing() {
    let shapes = quilt(3, &[0.0005, -0.001, 0.0012, 0.0001, -0.0003, 0.0007, -0.0019]);
    let mesh = shapes.mesh("buurt", Grid::Rd).unwrap();
    let counts: Vec<usize> =
        [0.0, 20.0, 100.0, 1e6].map(|tolerance| sides(mesh, 3, tolerance).len()).to_vec();
    assert_eq!(counts[0], 9 * 4 * 8);
    assert!(counts.windows(2).all(|pair| pair[0] > pair[1]), "{counts:?}");
    // Inner areas keep their four corners; the four areas at the corners of the quilt have two junctions less.
    assert!(counts[3] >= 9 * 3, "{counts:?}");
    assert_eq!(Grid::Rd.crs(), Crs::Rd);
}

#[test]
fn enclaves_fill_their_hole_at_every_tolerance() {
    let around: Vec<[f64; 2]> = (0..=40)
        .map(|k| {
            let angle = std::f64::consts::TAU * f64::from(k % 40) / 40.0;
            [5.0 + 0.01 * angle.cos(), 52.0 + 0.008 * angle.sin()]
        })
        .collect();
    let mut hole = around.clone();
    hole.pop();
    hole.rotate_left(13);
    hole.push(hole[0]);
    let square = [[4.9, 51.9], [5.1, 51.9], [5.1, 52.1], [4.9, 52.1], [4.9, 51.9]];
    let feature = |code: &str, rings: serde_json::Value| {
        json!({ "type": "Feature", "properties": { "code": code },
        "geometry": { "type": "Polygon", "coordinates": rings } })
    };
    let file = json!({ "type": "FeatureCollection", "features": [
        feature("BU00000000", json!([square, hole])), feature("BU00000001", json!([around])),
    ]})
    .to_string();
    let levels =
        BTreeMap::from([("buurt".to_owned(), vec!["BU00000000".to_owned(), "BU00000001".to_owned()])]);
    let shapes = Shapes::new(&geometry::read(file.as_bytes()).unwrap(), levels).unwrap();
    let mesh = shapes.mesh("buurt", Grid::WebMercator).unwrap();
    for tolerance in [0.0, 30.0, 200.0, 1e4] {
        let corners = |code: &str, ring: usize| -> BTreeSet<End> {
            let ring = &mesh.get(code).unwrap().polygons[0][ring];
            kept(ring, tolerance).into_iter().map(end).collect()
        };
        assert_eq!(corners("BU00000000", 1), corners("BU00000001", 0), "{tolerance}");
    }
}

/// The buurten of Amsterdam, whose outlines share their corners: what is an inner border stays one at every tolerance.
#[test]
fn real_neighbours_never_gape() {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/nl-amsterdam-kwb-2020-2024/buurten.geojson");
    let Ok(text) = std::fs::read_to_string(file) else {
        println!("skipped: {file} is not there");
        return;
    };
    let mut map: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut codes = Vec::new();
    for feature in map["features"].as_array_mut().unwrap() {
        let code = feature["properties"]["buurtcode"].as_str().unwrap().to_owned();
        feature["properties"]["code"] = code.clone().into();
        codes.push(code);
    }
    let outlines = map.to_string();
    let levels = BTreeMap::from([("buurt".to_owned(), codes.clone())]);
    let shapes = Shapes::new(&geometry::read(outlines.as_bytes()).unwrap(), levels).unwrap();
    let mesh = shapes.mesh("buurt", Grid::Rd).unwrap();
    let all_sides = |tolerance: f64| -> BTreeSet<(End, End)> {
        let rings =
            codes.iter().filter_map(|code| mesh.get(code)).flat_map(|area| area.polygons.iter().flatten());
        let sides = |ring: &Vec<super::mesh::Corner>| -> Vec<(End, End)> {
            kept(ring, tolerance).windows(2).map(|pair| (end(pair[0]), end(pair[1]))).collect()
        };
        rings.flat_map(sides).collect()
    };
    let unmatched = |sides: &BTreeSet<(End, End)>| -> Vec<(End, End)> {
        sides.iter().filter(|(a, b)| !sides.contains(&(*b, *a))).copied().collect()
    };
    let whole = all_sides(0.0);
    let alone = unmatched(&whole);
    assert!(
        alone.len() < whole.len() / 2,
        "most borders are shared: all but {} of {}",
        alone.len(),
        whole.len()
    );
    let outside: BTreeSet<End> = alone.into_iter().flat_map(|(a, b)| [a, b]).collect();
    for tolerance in [50.0, 300.0, 2000.0] {
        let sides = all_sides(tolerance);
        assert!(sides.len() < whole.len());
        for (a, b) in unmatched(&sides) {
            assert!(outside.contains(&a) && outside.contains(&b), "a gap at tolerance {tolerance}");
        }
    }
}
