//! Coordinate reference systems: CRS84, RD, ETRS89 and Web Mercator.
//!
//! RD New (EPSG:28992) is the oblique stereographic projection with the seven-parameter datum shift of its PROJ
//! definition, the same that `train` reads RD sources with: what came in as RD goes out as the same RD. It lies
//! within some 25 cm of RDNAPTRANS, whose correction grid is not used. ETRS89 is taken to be WGS84, as PROJ does
//! without a grid; they differ by less than a metre.

use std::f64::consts::PI;
use std::sync::LazyLock;

use proj4rs::Proj;
use proj4rs::transform::transform;

use super::{Bounds, Position};

const RD_NEW: &str = "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 \
     +ellps=bessel +towgs84=565.4171,50.3319,465.5524,-0.398957388243134,0.343987817378283,-1.87740163998045,4.0725 \
     +units=m +no_defs";
const WGS84: &str = "+proj=longlat +datum=WGS84 +no_defs";

/// Radius of the sphere of Web Mercator, in metres.
const RADIUS: f64 = 6_378_137.0;

/// Both definitions, or none should proj4rs not know them; a test holds that it does.
static RD: LazyLock<Option<(Proj, Proj)>> =
    LazyLock::new(|| Some((Proj::from_proj_string(RD_NEW).ok()?, Proj::from_proj_string(WGS84).ok()?)));

/// A coordinate reference system that answers can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Crs {
    /// Longitude and latitude, WGS84; the default.
    Crs84,
    /// RD New, EPSG:28992.
    Rd,
    /// ETRS89, EPSG:4258: latitude before longitude.
    Etrs89,
    /// ETRS89 as realised in Europe, EPSG:9067: latitude before longitude.
    EnsembleMember,
    /// Web Mercator, EPSG:3857.
    WebMercator,
}

impl Crs {
    /// All systems, the default first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Crs84, Self::Rd, Self::Etrs89, Self::EnsembleMember, Self::WebMercator];

    /// The system in which the sources of Dutch areas are kept.
    pub(crate) const STORAGE: Self = Self::Rd;

    /// The identifier of the Open Geospatial Consortium.
    pub(crate) fn uri(self) -> &'static str {
        match self {
            Self::Crs84 => "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            Self::Rd => "http://www.opengis.net/def/crs/EPSG/0/28992",
            Self::Etrs89 => "http://www.opengis.net/def/crs/EPSG/0/4258",
            Self::EnsembleMember => "http://www.opengis.net/def/crs/EPSG/0/9067",
            Self::WebMercator => "http://www.opengis.net/def/crs/EPSG/0/3857",
        }
    }

    /// The system of this URI, or of a safe CURIE such as `[EPSG:28992]`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let curie = |crs: &Self| match crs {
            Self::Crs84 => "[OGC:CRS84]",
            Self::Rd => "[EPSG:28992]",
            Self::Etrs89 => "[EPSG:4258]",
            Self::EnsembleMember => "[EPSG:9067]",
            Self::WebMercator => "[EPSG:3857]",
        };
        Self::ALL.into_iter().find(|crs| crs.uri() == name || curie(crs) == name)
    }

    pub(super) fn index(self) -> usize {
        match self {
            Self::Crs84 => 0,
            Self::Rd => 1,
            Self::Etrs89 => 2,
            Self::EnsembleMember => 3,
            Self::WebMercator => 4,
        }
    }

    /// Decimals that are written: a centimetre for degrees, a millimetre for metres.
    pub(super) fn decimals(self) -> usize {
        match self {
            Self::Crs84 | Self::Etrs89 | Self::EnsembleMember => 7,
            Self::Rd | Self::WebMercator => 3,
        }
    }

    /// Longitude and latitude to this system, in the order of its axes.
    pub(crate) fn project(self, [lon, lat]: Position) -> Position {
        match self {
            Self::Crs84 => [lon, lat],
            Self::Etrs89 | Self::EnsembleMember => [lat, lon],
            Self::WebMercator => {
                let y = (PI / 4.0 + lat.to_radians() / 2.0).tan().ln();
                [RADIUS * lon.to_radians(), RADIUS * y]
            }
            Self::Rd => {
                let mut point = (lon.to_radians(), lat.to_radians(), 0.0);
                match RD.as_ref().map(|(rd, wgs84)| transform(wgs84, rd, &mut point)) {
                    Some(Ok(())) => [point.0, point.1],
                    // Positions are checked to be on Earth; the far side of it has no place on the plane.
                    _ => [f64::MAX, f64::MAX],
                }
            }
        }
    }

    /// This system to longitude and latitude; `None` outside of it.
    pub(crate) fn to_degrees(self, [x, y]: Position) -> Option<Position> {
        let degrees = match self {
            Self::Crs84 => [x, y],
            Self::Etrs89 | Self::EnsembleMember => [y, x],
            Self::WebMercator => {
                [(x / RADIUS).to_degrees(), (2.0 * (y / RADIUS).exp().atan() - PI / 2.0).to_degrees()]
            }
            Self::Rd => {
                let mut point = (x, y, 0.0);
                let (rd, wgs84) = RD.as_ref()?;
                transform(rd, wgs84, &mut point).ok()?;
                [point.0.to_degrees(), point.1.to_degrees()]
            }
        };
        let fits = degrees[0].abs() <= 180.0 && degrees[1].abs() <= 90.0;
        fits.then_some(degrees)
    }

    /// Bounds in this system, from bounds in degrees: around points on all four sides, since a side that is
    /// straight in one system is curved in another.
    pub(crate) fn project_bounds(self, bounds: Bounds) -> Bounds {
        let sides = sides(bounds).map(|position| self.project(position));
        Bounds::around(sides).unwrap_or(bounds)
    }

    /// Bounds in degrees, from bounds in this system; `None` outside of it.
    pub(crate) fn bounds_to_degrees(self, bounds: Bounds) -> Option<Bounds> {
        let degrees: Option<Vec<Position>> =
            sides(bounds).map(|position| self.to_degrees(position)).collect();
        Bounds::around(degrees?.into_iter())
    }
}

fn sides(Bounds { low, high }: Bounds) -> impl Iterator<Item = Position> {
    const STEPS: u32 = 16;
    (0..=STEPS).flat_map(move |step| {
        let at = |i: usize| low[i] + (high[i] - low[i]) * f64::from(step) / f64::from(STEPS);
        [[at(0), low[1]], [at(0), high[1]], [low[0], at(1)], [high[0], at(1)]]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: Position, b: Position, by: f64) -> bool {
        (a[0] - b[0]).abs() <= by && (a[1] - b[1]).abs() <= by
    }

    /// Coordinates by PROJ (`gdaltransform` of GDAL 3.6.2, `+proj=longlat +datum=WGS84` to the definition above).
    #[test]
    fn rd_is_that_of_proj_within_a_millimetre() {
        for (degrees, metres) in PROJ {
            assert!(close(Crs::Rd.project(degrees), metres, 0.001), "{degrees:?}");
        }
    }

    const PROJ: [(Position, Position); 5] = [
        ([5.387_638_89, 52.156_160_56], [155_029.794_191, 463_109.954_638]),
        ([4.763_9, 52.953], [113_109.596_788, 551_954.853_362]),
        ([5.72, 50.76], [178_483.534_956, 307_836.892_988]),
        ([7.1, 53.2], [269_451.640_403, 580_622.274_526]),
        ([3.4, 51.4], [16_724.107_269, 380_867.251_300]),
    ];

    #[test]
    fn there_and_back_again() {
        for crs in Crs::ALL {
            for degrees in [[3.4, 51.4], [5.3, 52.1], [7.2, 53.5]] {
                let back = crs.to_degrees(crs.project(degrees)).unwrap();
                // A millimetre; the datum shift of RD is not turned round exactly.
                assert!(close(back, degrees, 9e-9), "{crs:?} {degrees:?} {back:?}");
            }
        }
    }

    #[test]
    fn web_mercator_is_that_of_the_standard() {
        // The corner of the square world: 180 degrees is pi radii.
        let corner = Crs::WebMercator.project([180.0, 85.051_128_779_806_6]);
        assert!(close(corner, [20_037_508.342_789_244, 20_037_508.342_789_244], 1e-3), "{corner:?}");
    }

    #[test]
    fn names_are_uris_or_safe_curies() {
        for crs in Crs::ALL {
            assert_eq!(Crs::named(crs.uri()), Some(crs));
        }
        assert_eq!(Crs::named("[EPSG:28992]"), Some(Crs::Rd));
        for name in ["", "EPSG:28992", "http://www.opengis.net/def/crs/EPSG/0/4326", "[EPSG:9999]"] {
            assert_eq!(Crs::named(name), None, "{name}");
        }
    }
}
