//! Whether a GeoPackage geometry can be what it says, before memory is set aside for its counts.
//!
//! The library that decodes reserves room for as many points as the blob announces; in a damaged file that may be
//! more than there is. Here the counts are held against the bytes that are there.

/// The rest of a blob.
struct Bytes<'a> {
    rest: &'a [u8],
}

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*head)
    }

    fn skip(&mut self, bytes: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    fn count(&mut self, little: bool) -> Option<u32> {
        let bytes = self.take::<4>()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
}

/// Whether the blob is a point, polygon or multipolygon whose counts fit in its bytes.
pub(crate) fn fits(blob: &[u8]) -> bool {
    let mut bytes = Bytes { rest: blob };
    header(&mut bytes).and_then(|()| geometry(&mut bytes, false)).is_some()
}

/// `GP`, version, flags, reference system, envelope.
fn header(bytes: &mut Bytes<'_>) -> Option<()> {
    let [g, p, _version, flags] = bytes.take::<4>()?;
    let envelope = match (flags >> 1) & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return None,
    };
    (g == b'G' && p == b'P').then_some(())?;
    bytes.skip(4 + envelope)
}

fn geometry(bytes: &mut Bytes<'_>, inside: bool) -> Option<()> {
    let [order] = bytes.take::<1>()?;
    let little = order == 1;
    let kind = bytes.count(little)?;
    let numbers = match kind / 1000 {
        0 => 2,
        1 | 2 => 3,
        3 => 4,
        _ => return None,
    };
    match (kind % 1000, inside) {
        (1, false) => bytes.skip(8 * numbers),
        (3, _) => {
            for _ in 0..bytes.count(little)? {
                let points = u64::from(bytes.count(little)?);
                bytes.skip(points * 8 * numbers)?;
            }
            Some(())
        }
        (6, false) => {
            for _ in 0..bytes.count(little)? {
                geometry(bytes, true)?;
            }
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use geo::{Geometry, MultiPolygon, Point, polygon};
    use geozero::{CoordDimensions, ToWkb};

    use super::fits;

    fn blob(shape: &Geometry<f64>) -> Vec<u8> {
        shape.to_gpkg_wkb(CoordDimensions::xy(), Some(28_992), vec![0.0; 4]).unwrap()
    }

    #[test]
    fn whole_shapes_fit_and_cut_ones_do_not() {
        let square = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)];
        let shapes: [Geometry<f64>; 3] = [
            Point::new(1.0, 2.0).into(),
            square.clone().into(),
            MultiPolygon(vec![square.clone(), square]).into(),
        ];
        for shape in &shapes {
            let whole = blob(shape);
            assert!(fits(&whole));
            for cut in 0..whole.len() {
                assert!(!fits(&whole[..cut]), "{cut} of {}", whole.len());
            }
        }
    }

    #[test]
    fn counts_beyond_the_bytes_do_not_fit() {
        let mut whole = blob(&polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)].into());
        // Header 8, envelope 32, order 1, kind 4, rings 4: then the points of the first ring.
        whole[49..53].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(!fits(&whole));
    }
}
