//! From WGS84 to planar metres and back.
//!
//! RD New is the oblique stereographic projection of EPSG:28992 with the seven-parameter datum shift of
//! its PROJ definition: within some 25 cm of RDNAPTRANS, whose correction grid is not used. Other places
//! use a local azimuthal equidistant projection around the middle of the data.

use proj4rs::Proj;
use proj4rs::transform::transform;

/// EPSG:28992 (towgs84 in metres, arc seconds and parts per million).
const RD_NEW: &str = "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 \
    +ellps=bessel +towgs84=565.4171,50.3319,465.5524,-0.398957388243134,0.343987817378283,-1.87740163998045,4.0725 +units=m +no_defs";
const WGS84: &str = "+proj=longlat +datum=WGS84 +no_defs";

/// A plane in metres with its way to and from WGS84.
#[derive(Clone, Debug)]
pub struct Projection {
    plane: Proj,
    wgs84: Proj,
}

/// A coordinate could not be converted.
#[derive(Debug, thiserror::Error)]
#[error("cannot convert the coordinate ({0}, {1}): {2}")]
pub struct ProjectionError(f64, f64, proj4rs::errors::Error);

impl Projection {
    /// RD New (EPSG:28992).
    ///
    /// # Errors
    /// Never with the definition above; a test holds that.
    pub fn rd() -> Result<Self, ProjectionError> {
        Self::from_definition(RD_NEW)
    }

    /// A local plane around this longitude and latitude (degrees), for data outside the Netherlands.
    ///
    /// # Errors
    /// When the middle is not a coordinate on Earth.
    pub fn local(lon: f64, lat: f64) -> Result<Self, ProjectionError> {
        if !(-180.0..=180.0).contains(&lon) || !(-89.0..=89.0).contains(&lat) {
            return Err(ProjectionError(lon, lat, proj4rs::errors::Error::CoordinateOutOfRange));
        }
        Self::from_definition(&format!("+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m +no_defs"))
    }

    fn from_definition(definition: &str) -> Result<Self, ProjectionError> {
        let parse =
            |text: &str| Proj::from_proj_string(text).map_err(|e| ProjectionError(f64::NAN, f64::NAN, e));
        Ok(Self { plane: parse(definition)?, wgs84: parse(WGS84)? })
    }

    /// Planar metres to longitude and latitude in degrees.
    ///
    /// # Errors
    /// When the point lies outside the projection.
    pub fn to_wgs84(&self, x: f64, y: f64) -> Result<(f64, f64), ProjectionError> {
        let mut point = (x, y, 0.0);
        transform(&self.plane, &self.wgs84, &mut point).map_err(|e| ProjectionError(x, y, e))?;
        Ok((point.0.to_degrees(), point.1.to_degrees()))
    }

    /// Longitude and latitude in degrees to planar metres.
    ///
    /// # Errors
    /// When the point lies outside the projection.
    pub fn from_wgs84(&self, lon: f64, lat: f64) -> Result<(f64, f64), ProjectionError> {
        let mut point = (lon.to_radians(), lat.to_radians(), 0.0);
        transform(&self.wgs84, &self.plane, &mut point).map_err(|e| ProjectionError(lon, lat, e))?;
        Ok((point.0, point.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rd_agrees_with_known_points() {
        let rd = Projection::rd().unwrap();
        // Published control points: Amersfoort (the origin) and the Westertoren.
        let (lon, lat) = rd.to_wgs84(155_000.0, 463_000.0).unwrap();
        assert!((lon - 5.387_206_2).abs() < 3e-6 && (lat - 52.155_174_4).abs() < 3e-6, "{lon} {lat}");
        let (x, y) = rd.from_wgs84(4.883_525_6, 52.374_530_9).unwrap();
        assert!((x - 120_700.7).abs() < 5.0 && (y - 487_525.5).abs() < 5.0, "{x} {y}");
    }

    #[test]
    fn there_and_back_again() {
        for projection in [Projection::rd().unwrap(), Projection::local(-86.1, 39.8).unwrap()] {
            let (lon, lat) = projection.to_wgs84(120_000.0, 400_000.0).unwrap();
            let (x, y) = projection.from_wgs84(lon, lat).unwrap();
            assert!((x - 120_000.0).abs() < 1e-3 && (y - 400_000.0).abs() < 1e-3, "{x} {y}");
        }
    }
}
