//! The linear fits are at the minimum of their loss, and their covariance belongs to it.

use proptest::prelude::*;

use super::*;

/// Penalised minus log-likelihood in natural units, written out from its definition; the penalty is on
/// standardised coefficients.
fn loss(model: &AdditiveModel, world: &World, l1: f64, l2: f64) -> f64 {
    let sums = model.sums(&world.matrix);
    let mut total = 0.0;
    for (i, &eta) in sums.iter().enumerate() {
        total += match model.link {
            Link::Logit => {
                let p = 1.0 / (1.0 + (-eta).exp());
                -(if world.outcome[i] > 0.0 { p } else { 1.0 - p }).ln()
            }
            _ => world.exposure[i] * eta.exp() - world.outcome[i] * (eta + world.exposure[i].ln()),
        };
    }
    for term in &model.terms {
        let beta = term.shape.coefficient().unwrap();
        let column = world.matrix.column(term.feature);
        let scale = match &term.shape {
            Shape::Linear { transform, .. } => {
                let f: Vec<f64> =
                    column.iter().filter(|x| !x.is_nan()).map(|&x| transform.apply(x)).collect();
                let mean = f.iter().sum::<f64>() / f.len() as f64;
                (f.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f.len() as f64).sqrt()
            }
            _ => 1.0,
        };
        total += 0.5 * l2 * (beta * scale).powi(2) + l1 * (beta * scale).abs();
    }
    total
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// No small change of any number makes the penalised likelihood better: the fit is at its minimum.
    #[test]
    fn the_poisson_fit_is_the_minimum(seed in 0u64..1000, l2 in 0.1f64..20.0) {
        let world = World::new(400, seed, true, truth);
        let model = poisson(l2).fit(&world.data(), &Silent).unwrap();
        let best = loss(&model, &world, 0.0, l2);
        for t in 0..=model.terms.len() {
            for step in [1e-3, -1e-3] {
                let mut other = model.clone();
                if t == 0 {
                    other.intercept += step;
                } else {
                    match &mut other.terms[t - 1].shape {
                        Shape::Linear { coefficient, .. }
                        | Shape::Equals { coefficient, .. }
                        | Shape::Missing { coefficient } => *coefficient += step,
                        _ => {}
                    }
                }
                prop_assert!(loss(&other, &world, 0.0, l2) >= best - 1e-9);
            }
        }
    }

    /// So is that of an elastic net, also against bringing back a term that it left out.
    #[test]
    fn the_elastic_net_is_the_minimum(seed in 0u64..1000, l1 in 0.1f64..30.0, l2 in 0.0f64..20.0) {
        let world = World::new(400, seed, true, truth);
        let settings = Settings { l1, l2, ..Settings::default() };
        let Ok(net) = Poisson::new("p", text("p"), settings).fit(&world.data(), &Silent) else { return Ok(()) };
        let mut model = poisson(1.0).fit(&world.data(), &Silent).unwrap();
        model.intercept = net.intercept;
        for term in &mut model.terms {
            let kept = net.terms.iter().find(|t| t.name == term.name);
            let coefficient = kept.and_then(|t| t.shape.coefficient()).unwrap_or(0.0);
            term.shape = term.shape.with_parameters(&[coefficient]);
        }
        let best = loss(&model, &world, l1, l2);
        for t in 0..model.terms.len() {
            for step in [1e-3, -1e-3] {
                let mut other = model.clone();
                let own = model.terms[t].shape.parameters()[0];
                other.terms[t].shape = model.terms[t].shape.with_parameters(&[own + step]);
                prop_assert!(loss(&other, &world, l1, l2) >= best - 1e-9);
            }
        }
    }

    /// The covariance is the inverse of the second derivatives of the loss, in natural units.
    #[test]
    fn the_covariance_inverts_the_information(seed in 0u64..1000) {
        let l2 = 2.0;
        let world = World::new(400, seed, true, truth);
        let model = poisson(l2).fit(&world.data(), &Silent).unwrap();
        let size = model.terms.len() + 1;
        let basis = model.basis(&world.matrix);
        let expected = model.predict(&world.matrix);
        let at = |t: usize, i: usize| if t == 0 { 1.0 } else { basis[t - 1][i] };
        // The penalty acts on natural coefficients through their scale; linear centers make it diagonal.
        let entry = |a: usize, b: usize| -> f64 {
            expected.iter().enumerate().map(|(i, mu)| world.exposure[i] * mu * at(a, i) * at(b, i)).sum()
        };
        let mut information: Vec<Vec<f64>> =
            (0..size).map(|a| (0..size).map(|b| entry(a, b)).collect()).collect();
        for (t, term) in model.terms.iter().enumerate() {
            let column = world.matrix.column(term.feature);
            let scale2 = match &term.shape {
                Shape::Linear { transform, .. } => {
                    let f: Vec<f64> =
                        column.iter().filter(|x| !x.is_nan()).map(|&x| transform.apply(x)).collect();
                    let mean = f.iter().sum::<f64>() / f.len() as f64;
                    f.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f.len() as f64
                }
                _ => 1.0,
            };
            information[t + 1][t + 1] += l2 * scale2;
        }
        for (a, row) in information.iter().enumerate() {
            for b in 0..size {
                let one: f64 = row.iter().zip(&model.covariance).map(|(i, line)| i * line[b]).sum();
                prop_assert!((one - f64::from(u8::from(a == b))).abs() < 1e-6, "{a} {b} {one}");
            }
        }
    }

    /// The logistic fit is at its minimum too.
    #[test]
    fn the_logistic_fit_is_the_minimum(seed in 0u64..1000, l2 in 0.1f64..20.0) {
        let world = World::new(400, seed, false, chance);
        let model = logistic(l2).fit(&world.data(), &Silent).unwrap();
        let best = loss(&model, &world, 0.0, l2);
        for term in 0..model.terms.len() {
            for step in [1e-3, -1e-3] {
                let mut other = model.clone();
                match &mut other.terms[term].shape {
                    Shape::Linear { coefficient, .. }
                    | Shape::Equals { coefficient, .. }
                    | Shape::Missing { coefficient } => *coefficient += step,
                    _ => {}
                }
                prop_assert!(loss(&other, &world, 0.0, l2) >= best - 1e-9);
            }
        }
    }
}
