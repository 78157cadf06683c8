//! Values as classes: tenths of both dates together, and a class of its own for what is missing.

/// Classes of a numeric column, at most, beside that of missing values.
const CLASSES: usize = 10;

/// How values fall into classes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bins {
    /// A value lies in the class of the number of edges at or below it.
    Edges(Vec<f32>),
    /// The value is the number of its class.
    Categories(usize),
}

impl Bins {
    /// Classes of the two dates together, so that neither is favoured: one per value where there are few values,
    /// else tenths.
    pub(super) fn of(before: &[f32], after: &[f32], categories: bool) -> Self {
        let mut values: Vec<f32> = before.iter().chain(after).copied().filter(|x| !x.is_nan()).collect();
        values.sort_by(f32::total_cmp);
        if categories {
            return Self::Categories(values.last().map_or(0, |most| *most as usize + 1));
        }
        let mut distinct = values.clone();
        distinct.dedup();
        if distinct.len() <= CLASSES {
            return Self::Edges(distinct.into_iter().skip(1).collect());
        }
        let mut edges: Vec<f32> = (1..CLASSES).map(|tenth| values[tenth * values.len() / CLASSES]).collect();
        edges.dedup();
        Self::Edges(edges)
    }

    /// Number of classes, that of missing values included.
    pub(super) fn count(&self) -> usize {
        1 + match self {
            Self::Edges(edges) => edges.len() + 1,
            Self::Categories(categories) => *categories,
        }
    }

    /// The class of a value.
    pub(super) fn class(&self, value: f32) -> usize {
        if value.is_nan() {
            return self.count() - 1;
        }
        match self {
            Self::Edges(edges) => edges.partition_point(|edge| *edge <= value),
            Self::Categories(categories) => (value.max(0.0) as usize).min(categories.saturating_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_classes_of_their_own_and_many_are_tenths() {
        let flags = Bins::of(&[0.0, 1.0, f32::NAN], &[1.0], false);
        assert_eq!((flags.count(), flags.class(0.0), flags.class(1.0), flags.class(f32::NAN)), (3, 0, 1, 2));
        let many: Vec<f32> = (0..1000).map(|i| i as f32).collect();
        let tenths = Bins::of(&many, &many, false);
        let in_class = |class: usize| many.iter().filter(|x| tenths.class(**x) == class).count();
        assert_eq!(tenths.count(), 11);
        assert!((0..10).all(|class| in_class(class) == 100));
        let named = Bins::of(&[0.0, 2.0], &[1.0], true);
        assert_eq!((named.count(), named.class(2.0), named.class(f32::NAN)), (4, 2, 3));
    }
}
