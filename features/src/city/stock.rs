//! The register of panden: what stands where, and how it changed.

/// What a pand is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    Home,
    Industry,
    Office,
    Shop,
    Other,
}

impl Use {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Home => "woonfunctie",
            Self::Industry => "industriefunctie",
            Self::Office => "kantoorfunctie",
            Self::Shop => "winkelfunctie",
            Self::Other => "overige gebruiksfunctie",
        }
    }
}

/// Who owns a pand, as far as the tax office knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tenure {
    Owner,
    Private,
    Corporation,
    Business,
    Unknown,
}

impl Tenure {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Owner => "koop",
            Self::Private => "particuliere huur",
            Self::Corporation => "corporatie",
            Self::Business => "bedrijf",
            Self::Unknown => "onbekend",
        }
    }
}

/// Energy labels, best first.
pub(crate) const LABELS: [&str; 9] = ["A++", "A+", "A", "B", "C", "D", "E", "F", "G"];

/// Status of a pand in the BAG.
pub(crate) const STATUSES: [&str; 11] = [
    "Pand in gebruik",
    "Pand in gebruik (niet ingemeten)",
    "Verbouwing pand",
    "Bouwvergunning verleend",
    "Bouw gestart",
    "Niet gerealiseerd pand",
    "Sloopvergunning verleend",
    "Pand gesloopt",
    "Pand ten onrechte opgevoerd",
    "Pand buiten gebruik",
    "Pand verbouwd",
];
pub(crate) const IN_USE: u8 = 0;
pub(crate) const NOT_MEASURED: u8 = 1;
pub(crate) const REBUILDING: u8 = 2;
pub(crate) const PERMIT: u8 = 3;
pub(crate) const NOT_REALISED: u8 = 5;
pub(crate) const DEMOLISHED: u8 = 7;

/// Whether a pand with this status is part of the stock.
pub(crate) fn exists(status: u8) -> bool {
    status <= REBUILDING
}

/// What does not change during the life of a pand.
#[derive(Clone, Debug)]
pub(crate) struct Pand {
    /// Its id, 16 digits with leading zeros.
    pub id: u64,
    pub x: f64,
    pub y: f64,
    /// Position among the buurten.
    pub buurt: u32,
    pub purpose: Use,
    /// The true year of construction.
    pub built: i16,
    /// Value per square metre at price index 1, euro.
    pub price: f32,
    /// False where the register lacks the floor area, or the energy label.
    pub area_known: bool,
    pub label_known: bool,
}

/// One voorkomen: a pand as it was from one day until another.
#[derive(Clone, Debug)]
pub(crate) struct Occurrence {
    pub pand: u32,
    pub from: i32,
    /// First day that it no longer holds; `i32::MAX` when open.
    pub to: i32,
    /// Day of registration.
    pub known: i32,
    pub status: u8,
    /// As registered, placeholders included.
    pub year: i16,
    /// Floor area, m²; true even where the register lacks it.
    pub area: f32,
    pub tenure: Tenure,
    pub label: u8,
    /// New kwekerijen per year, set by [`super::risk`]; 0 when not part of the stock.
    pub rate: f32,
}

/// All panden with their occurrences, sorted by pand, then by day.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stock {
    pub panden: Vec<Pand>,
    pub occurrences: Vec<Occurrence>,
    /// Per pand its first occurrence; one more at the end.
    pub first: Vec<usize>,
    /// Whether use, tenure and label are known at all (not in a file of BAG panden).
    pub full: bool,
}

impl Stock {
    /// The occurrences of a pand.
    pub(crate) fn history(&self, pand: usize) -> &[Occurrence] {
        &self.occurrences[self.first[pand]..self.first[pand + 1]]
    }

    /// The occurrence of a pand on a day, if it then is part of the stock.
    pub(crate) fn standing(&self, pand: usize, day: i32) -> Option<&Occurrence> {
        self.history(pand).iter().find(|o| exists(o.status) && o.from <= day && day < o.to)
    }

    /// Number of panden that are part of the stock on a day.
    pub(crate) fn standing_count(&self, day: i32) -> usize {
        self.occurrences.iter().filter(|o| exists(o.status) && o.from <= day && day < o.to).count()
    }

    /// Adds a pand. Occurrences registered after `until` are left out, and what they ended is open again.
    pub(crate) fn push(&mut self, pand: Pand, history: Vec<Occurrence>, until: i32) {
        if self.first.is_empty() {
            self.first.push(0);
        }
        self.panden.push(pand);
        let begin = self.occurrences.len();
        let all = history.len();
        self.occurrences.extend(history.into_iter().take_while(|o| o.known <= until));
        if self.occurrences.len() - begin < all
            && let Some(last) = self.occurrences[begin..].last_mut()
        {
            last.to = i32::MAX;
        }
        self.first.push(self.occurrences.len());
    }
}

/// Price level of a day relative to 2010, from a few known points of a made-up index.
pub(crate) fn price_index(year: i32) -> f64 {
    const POINTS: [(i32, f64); 8] = [
        (1990, 0.32),
        (2001, 0.82),
        (2010, 1.0),
        (2013, 0.87),
        (2016, 0.91),
        (2019, 1.10),
        (2023, 1.58),
        (2026, 1.72),
    ];
    let after = POINTS.partition_point(|p| p.0 <= year).clamp(1, POINTS.len() - 1);
    let ((y0, v0), (y1, v1)) = (POINTS[after - 1], POINTS[after]);
    let along = (f64::from(year - y0) / f64::from(y1 - y0)).clamp(0.0, 1.0);
    v0 + along * (v1 - v0)
}

/// WOZ value of an occurrence in a year, in whole thousands of euro.
pub(crate) fn woz(pand: &Pand, occurrence: &Occurrence, year: i32) -> f64 {
    // The first hundred metres are worth the most.
    let metres = f64::from(occurrence.area).max(6.0).powf(0.82) * 2.2;
    (metres * f64::from(pand.price) * price_index(year - 1) / 1000.0).round().max(1.0) * 1000.0
}
