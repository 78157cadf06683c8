//! Key figures per area and year, as a statistics office would publish them: late, rounded, with secrets.

use super::calendar::{Calendar, new_year, working_day, year_of};
use super::error::CityError;
use super::folder::Folder;
use super::land::Land;
use super::random::{Dice, Part};
use super::society::Traits;
use super::stock::{Occurrence, Stock, Tenure, Use, exists, woz};

/// Fewer residents than this, and only their number is published.
const SECRET_BELOW: f64 = 50.0;

/// What is summed over the homes of an area; shares are weighted by residents.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    homes: f64,
    rented: f64,
    owned: f64,
    woz: f64,
    residents: f64,
    households: f64,
    outside_europe: f64,
    europe: f64,
    income: f64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.homes += other.homes;
        self.rented += other.rented;
        self.owned += other.owned;
        self.woz += other.woz;
        self.residents += other.residents;
        self.households += other.households;
        self.outside_europe += other.outside_europe;
        self.europe += other.europe;
        self.income += other.income;
    }
}

/// Writes `kerncijfers.csv`: semicolons, decimal commas, one row per area and year that was published in time.
pub(crate) fn write(
    land: &Land,
    traits: &[Traits],
    stock: &Stock,
    calendar: &Calendar,
    seed: u64,
    folder: &mut Folder,
) -> Result<(), CityError> {
    let mut dice = Dice::new(seed, Part::Figures);
    let mut rows = Vec::new();
    let last = year_of(calendar.until() - 1);
    for year in year_of(calendar.start()) - 2..=last {
        let buurten = sums(traits, stock, calendar, year);
        let mut wijken = vec![Sums::default(); land.wijken.len()];
        let mut gemeente = Sums::default();
        for (buurt, sums) in land.buurten.iter().zip(&buurten) {
            wijken[buurt.wijk].add(sums);
            gemeente.add(sums);
        }
        // Larger areas come out first; a few buurten come late.
        let october = new_year(year + 2) - 80;
        let days: [i32; 3] = [dice.days(-10, 10), dice.days(25, 45), dice.days(80, 110)].map(|d| october + d);
        let gemeenten = land.gemeenten.iter().map(|g| (&g.code, &g.name, &gemeente, 0));
        let wijken = land.wijken.iter().zip(&wijken).map(|(w, s)| (&w.code, &w.name, s, 1));
        let buurten = land.buurten.iter().zip(&buurten).map(|(b, s)| (&b.code, &b.name, s, 2));
        for (code, name, sums, level) in gemeenten.chain(wijken).chain(buurten) {
            let late = if level == 2 && dice.chance(0.05) { dice.days(20, 60) } else { 0 };
            let published = working_day(days[level] + late);
            let cells = cells(sums, level == 2, &mut dice);
            if published <= calendar.until() {
                rows.push(format!("{code};{name};{year};{};{cells}", crate::tables::Day(published)));
            }
        }
    }
    folder.write("kerncijfers.csv", |w| {
        writeln!(
            w,
            "gwb_code;regio;jaar;gepubliceerd;a_inw;a_hh;p_koopw;p_huurw;g_woz;p_geb_nl;p_geb_buiten_europa;inkomensdeciel"
        )?;
        for row in &rows {
            writeln!(w, "{row}")?;
        }
        Ok(rows.len() as u64)
    })
}

/// How many homes a pand holds: one, or in a block of flats one per 78 m².
fn homes(occurrence: &Occurrence) -> f64 {
    let area = f64::from(occurrence.area);
    if area > 300.0 { (area / 78.0).round() } else { 1.0 }
}

fn sums(traits: &[Traits], stock: &Stock, calendar: &Calendar, year: i32) -> Vec<Sums> {
    let day = new_year(year).max(calendar.start());
    let mut sums = vec![Sums::default(); traits.len()];
    for occurrence in stock.occurrences.iter().filter(|o| exists(o.status) && o.from <= day && day < o.to) {
        let pand = &stock.panden[occurrence.pand as usize];
        if pand.purpose != Use::Home {
            continue;
        }
        let homes = homes(occurrence);
        let sum = &mut sums[pand.buurt as usize];
        sum.homes += homes;
        match occurrence.tenure {
            Tenure::Owner => sum.owned += homes,
            Tenure::Private | Tenure::Corporation => sum.rented += homes,
            Tenure::Business | Tenure::Unknown => {}
        }
        sum.woz += if homes > 1.0 {
            homes * f64::from(pand.price) * 78.0 * super::stock::price_index(year - 1)
        } else {
            woz(pand, occurrence, year)
        };
    }
    for (sum, traits) in sums.iter_mut().zip(traits) {
        sum.residents = sum.homes * 0.97 * traits.household;
        sum.households = sum.homes * 0.97;
        let drift = 0.004 * f64::from(year - 2020);
        sum.outside_europe = sum.residents * (traits.outside_europe * (1.0 + 2.0 * drift)).clamp(0.0, 0.9);
        sum.europe = sum.residents * traits.europe;
        sum.income = sum.residents * traits.income;
    }
    sums
}

fn cells(sums: &Sums, may_hide: bool, dice: &mut Dice) -> String {
    let rounded = |count: f64| (count / 5.0).round() * 5.0;
    let fives = |count: f64| format!("{:.0}", rounded(count));
    // Drawn for every area, so that one area's size does not shift the others.
    let marks = [dice.chance(0.015), dice.chance(0.03)].map(|mark| mark && may_hide);
    if rounded(sums.residents) < SECRET_BELOW {
        return format!("{};{}", fives(sums.residents), ["."; 7].join(";"));
    }
    let percent = |part: f64, all: f64| format!("{:.1}", 100.0 * part / all).replace('.', ",");
    let secret = |mark: bool, value: String| if mark { "-99997".to_owned() } else { value };
    let decile = 1.0 + (9.999 / (1.0 + (-1.702 * sums.income / sums.residents).exp())).floor();
    let home = (sums.residents - sums.outside_europe - sums.europe).max(0.0);
    [
        fives(sums.residents),
        fives(sums.households),
        percent(sums.owned, sums.homes),
        percent(sums.rented, sums.homes),
        format!("{:.0}", sums.woz / sums.homes / 1000.0),
        secret(marks[0], percent(home, sums.residents)),
        secret(marks[0], percent(sums.outside_europe, sums.residents)),
        secret(marks[1], format!("{decile:.0}")),
    ]
    .join(";")
}
