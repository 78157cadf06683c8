//! The registers as CSV, and the truth beside them.

use std::io::Write;

use super::calendar::{Calendar, year_of};
use super::error::CityError;
use super::folder::Folder;
use super::land::Land;
use super::risk::{Risk, observable};
use super::simulation::{Events, VisitResult};
use super::society::Traits;
use super::stock::{LABELS, Occurrence, Pand, STATUSES, Stock, exists, woz};
use crate::tables::Day;

/// `panden.csv`: one row per voorkomen.
pub(crate) fn panden(
    stock: &Stock,
    folder: &mut Folder,
    progress: &dyn Fn(&str, u64, u64),
) -> Result<(), CityError> {
    folder.write("panden.csv", |w| {
        write!(w, "pand_id,geldig_vanaf,geldig_tot,geregistreerd,status,x_rd,y_rd,bouwjaar,oppervlakte_m2")?;
        writeln!(w, "{}", if stock.full { ",woz_waarde,gebruiksdoel,eigendom,energielabel" } else { "" })?;
        let all = stock.occurrences.len() as u64;
        for (number, occurrence) in (0u64..).zip(&stock.occurrences) {
            if number.is_multiple_of(65_536) {
                progress("panden.csv", number, all);
            }
            let pand = &stock.panden[occurrence.pand as usize];
            occurrence_row(w, pand, occurrence)?;
            if stock.full {
                attributes(w, pand, occurrence)?;
            }
            writeln!(w)?;
        }
        progress("panden.csv", all, all);
        Ok(all)
    })
}

fn occurrence_row(w: &mut dyn Write, pand: &Pand, occurrence: &Occurrence) -> std::io::Result<()> {
    write!(w, "{:016},{},", pand.id, Day(occurrence.from))?;
    if occurrence.to != i32::MAX {
        write!(w, "{}", Day(occurrence.to))?;
    }
    let status = STATUSES[usize::from(occurrence.status)];
    write!(w, ",{},{status},{:.1},{:.1},{:04},", Day(occurrence.known), pand.x, pand.y, occurrence.year)?;
    if pand.area_known { write!(w, "{}", occurrence.area) } else { Ok(()) }
}

fn attributes(w: &mut dyn Write, pand: &Pand, occurrence: &Occurrence) -> std::io::Result<()> {
    if exists(occurrence.status) {
        write!(w, ",{:.0}", woz(pand, occurrence, year_of(occurrence.from)))?;
    } else {
        write!(w, ",")?;
    }
    let label = if pand.label_known { LABELS[usize::from(occurrence.label)] } else { "" };
    write!(w, ",{},{},{label}", pand.purpose.name(), occurrence.tenure.name())
}

/// `vondsten.csv`, `controles.csv` and `meldingen.csv`.
pub(crate) fn events(stock: &Stock, events: &Events, folder: &mut Folder) -> Result<(), CityError> {
    let id = |pand: u32| stock.panden[pand as usize].id;
    folder.write("vondsten.csv", |w| {
        writeln!(w, "vondst_id,pand_id,datum_vondst,datum_registratie,bron,planten")?;
        for (number, find) in (1u64..).zip(&events.finds) {
            let (day, known) = (Day(find.day), Day(find.known));
            writeln!(w, "V{number:06},{:016},{day},{known},{},{}", id(find.pand), find.lead, find.plants)?;
        }
        Ok(events.finds.len() as u64)
    })?;
    folder.write("controles.csv", |w| {
        writeln!(w, "controle_id,pand_id,datum,datum_registratie,aanleiding,plaats_op_lijst,uitkomst")?;
        for (number, visit) in (1u64..).zip(&events.visits) {
            let position = visit.position.map(|p| format!("{p}")).unwrap_or_default();
            let (day, known) = (Day(visit.day), Day(visit.known));
            let (reason, result) = (visit.reason.names().0, visit.result.name());
            writeln!(w, "C{number:07},{:016},{day},{known},{reason},{position},{result}", id(visit.pand))?;
        }
        Ok(events.visits.len() as u64)
    })?;
    folder.write("meldingen.csv", |w| {
        writeln!(w, "melding_id,datum,datum_registratie,x_rd,y_rd")?;
        for (number, signal) in (1u64..).zip(&events.signals) {
            writeln!(
                w,
                "M{number:07},{},{},{:.1},{:.1}",
                Day(signal.day),
                Day(signal.known),
                signal.x,
                signal.y
            )?;
        }
        Ok(events.signals.len() as u64)
    })
}

/// What a simulated town is made of.
pub(crate) struct Truth<'a> {
    pub land: &'a Land,
    pub traits: &'a [Traits],
    pub stock: &'a Stock,
    pub risk: &'a Risk,
    pub calendar: &'a Calendar,
    pub events: &'a Events,
}

impl Truth<'_> {
    /// The files of `truth/`.
    pub(crate) fn write(
        &self,
        folder: &mut Folder,
        progress: &dyn Fn(&str, u64, u64),
    ) -> Result<(), CityError> {
        folder.write("truth/panden.csv", |w| self.panden(w, progress))?;
        folder.write("truth/controles.csv", |w| self.visits(w))?;
        folder.write("truth/kwekerijen.csv", |w| self.grows(w))?;
        folder.write("truth/gebieden.csv", |w| self.areas(w))
    }

    fn panden(&self, w: &mut dyn Write, progress: &dyn Fn(&str, u64, u64)) -> std::io::Result<u64> {
        write!(w, "pand_id,buurt,log_niveau,log_zichtbaar,log_ruimte,log_eigen")?;
        for year in &self.calendar.years {
            write!(w, ",risico_{year}")?;
        }
        writeln!(w)?;
        let all = self.stock.panden.len() as u64;
        let mut repeats = self.events.repeats.iter().peekable();
        for (number, pand) in self.stock.panden.iter().enumerate() {
            if number.is_multiple_of(65_536) {
                progress("truth/panden.csv", number as u64, all);
            }
            let history = self.stock.history(number);
            let buurt = &self.land.buurten[pand.buurt as usize].code;
            write!(w, "{:016},{buurt},{:.4},", pand.id, self.risk.level)?;
            if let Some(last) = history.iter().rev().find(|o| exists(o.status)) {
                write!(w, "{:.4}", observable(pand, last, self.stock.full))?;
            }
            write!(w, ",{:.4},{:.4}", self.risk.field[number], self.risk.own[number])?;
            for part in 0..self.calendar.years.len() {
                let days = |o: &Occurrence| f64::from(self.calendar.overlap(part, o.from, o.to));
                let mut risk: f64 = history.iter().map(|o| f64::from(o.rate) * days(o) / 365.25).sum();
                let here = |r: &&(u32, u16, f32)| r.0 as usize == number && usize::from(r.1) == part;
                if let Some(more) = repeats.next_if(here) {
                    risk += f64::from(more.2);
                }
                write!(w, ",{risk:.8}")?;
            }
            writeln!(w)?;
        }
        progress("truth/panden.csv", all, all);
        Ok(all)
    }

    fn visits(&self, w: &mut dyn Write) -> std::io::Result<u64> {
        writeln!(w, "controle_id,kans,kans_is")?;
        for (number, visit) in (1u64..).zip(&self.events.visits) {
            writeln!(w, "C{number:07},{:.8},{}", visit.probability, visit.reason.names().1)?;
        }
        Ok(self.events.visits.len() as u64)
    }

    fn grows(&self, w: &mut dyn Write) -> std::io::Result<u64> {
        writeln!(w, "pand_id,begin,einde,gevonden")?;
        for grow in &self.events.grows {
            let found = if grow.found { "ja" } else { "nee" };
            writeln!(
                w,
                "{:016},{},{},{found}",
                self.stock.panden[grow.pand as usize].id,
                Day(grow.from),
                Day(grow.to)
            )?;
        }
        Ok(self.events.grows.len() as u64)
    }

    /// Per buurt: sums over the whole period, to see where people looked more than the risk justifies.
    fn areas(&self, w: &mut dyn Write) -> std::io::Result<u64> {
        let buurten = self.land.buurten.len();
        let mut rows = vec![(0u64, 0.0f64, 0u64, 0u64); buurten];
        for (number, pand) in self.stock.panden.iter().enumerate() {
            let span = |o: &Occurrence| {
                f64::from((o.to.min(self.calendar.until()) - o.from.max(self.calendar.start())).max(0))
            };
            let row = &mut rows[pand.buurt as usize];
            row.0 += 1;
            row.1 +=
                self.stock.history(number).iter().map(|o| f64::from(o.rate) * span(o) / 365.25).sum::<f64>();
        }
        let buurt = |pand: u32| self.stock.panden[pand as usize].buurt as usize;
        for &(pand, _, more) in &self.events.repeats {
            rows[buurt(pand)].1 += f64::from(more);
        }
        for visit in &self.events.visits {
            let row = &mut rows[buurt(visit.pand)];
            row.2 += 1;
            row.3 += u64::from(visit.result == VisitResult::Found);
        }
        writeln!(w, "buurt,panden,som_risico,controles,controles_raak,neiging")?;
        for (at, (panden, risk, visits, hits)) in rows.into_iter().enumerate() {
            let code = &self.land.buurten[at].code;
            writeln!(w, "{code},{panden},{risk:.5},{visits},{hits},{:.4}", self.traits[at].bias)?;
        }
        Ok(buurten as u64)
    }
}
