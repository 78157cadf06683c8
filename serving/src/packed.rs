//! Bodies that are compressed once and kept, for the encodings of browsers.
//!
//! The compression of an answer that is made on the spot costs more than the answer itself. What is the same for
//! many readers is therefore kept in compressed form. The end of a body may differ per answer (the time of the
//! answer): it is added uncompressed, as a last block of the same stream. Both formats have such blocks: RFC 1951
//! section 3.2.4 (stored) and RFC 8878 section 3.1.1.2 (raw).

use std::io::{self, Write as _};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use flate2::Crc;
use flate2::write::GzEncoder;

use crate::language::weighted;

/// How a kept body is compressed; what else a reader may take is compressed on the spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    /// Zstandard.
    Zstd,
    /// gzip.
    Gzip,
}

/// Levels that are some ten times as fast as the highest, for most of the gain.
const ZSTD_LEVEL: i32 = 3;
const GZIP_LEVEL: u32 = 5;

impl Encoding {
    /// The one that this reader takes, Zstandard rather than gzip; `None` when neither, or another one is liked better.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let (mut zstd, mut gzip, mut other) = (0.0, 0.0, 0.0_f32);
        for value in headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()) {
            for (name, weight) in value.split(',').map(weighted) {
                match name {
                    "zstd" => zstd = weight,
                    "gzip" | "x-gzip" => gzip = weight,
                    _ => other = other.max(weight),
                }
            }
        }
        let best = [(zstd, Self::Zstd), (gzip, Self::Gzip)].into_iter();
        best.filter(|(weight, _)| *weight > 0.0 && *weight >= other.max(zstd).max(gzip))
            .map(|(_, encoding)| encoding)
            .next()
    }

    /// Says in an answer that its body is compressed so.
    pub(crate) fn put(self, response: &mut Response) {
        if response.status() == StatusCode::OK {
            let name = match self {
                Self::Zstd => "zstd",
                Self::Gzip => "gzip",
            };
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
    }

    /// Compresses a whole body.
    ///
    /// # Errors
    /// When the compressor fails.
    pub(crate) fn whole(self, body: &[u8]) -> io::Result<Bytes> {
        let packed = match self {
            Self::Zstd => zstd::encode_all(body, ZSTD_LEVEL)?,
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP_LEVEL));
                encoder.write_all(body)?;
                encoder.finish()?
            }
        };
        Ok(packed.into())
    }
}

/// The start of a body in compressed form. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Start(Arc<Blocks>);

#[derive(Debug)]
struct Blocks {
    encoding: Encoding,
    bytes: Vec<u8>,
    crc: Crc,
}

impl Start {
    /// Compresses a start.
    ///
    /// # Errors
    /// When the compressor fails.
    pub(crate) fn new(encoding: Encoding, start: &[u8]) -> io::Result<Self> {
        let mut crc = Crc::new();
        let bytes = match encoding {
            Encoding::Zstd => {
                let mut encoder = zstd::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
                encoder.write_all(start)?;
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
            Encoding::Gzip => {
                crc.update(start);
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP_LEVEL));
                encoder.write_all(start)?;
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
        };
        Ok(Self(Arc::new(Blocks { encoding, bytes, crc })))
    }

    /// Bytes that it takes.
    pub(crate) fn len(&self) -> usize {
        self.0.bytes.len()
    }

    /// The whole body: this start and an end.
    ///
    /// # Errors
    /// When the end is longer than 65,535 bytes.
    pub(crate) fn with_end(&self, end: &[u8]) -> io::Result<Bytes> {
        let Blocks { encoding, bytes, crc } = &*self.0;
        let length = u16::try_from(end.len()).map_err(io::Error::other)?;
        let mut body = Vec::with_capacity(bytes.len() + end.len() + 16);
        body.extend_from_slice(bytes);
        match encoding {
            Encoding::Zstd => {
                // The last block (1), raw (0 in the next two bits), and its size.
                let head = 1 | (u32::from(length) << 3);
                body.extend_from_slice(&head.to_le_bytes()[..3]);
                body.extend_from_slice(end);
            }
            Encoding::Gzip => {
                body.push(1);
                body.extend_from_slice(&length.to_le_bytes());
                body.extend_from_slice(&(!length).to_le_bytes());
                body.extend_from_slice(end);
                let mut whole = Crc::new();
                whole.combine(crc);
                whole.update(end);
                body.extend_from_slice(&whole.sum().to_le_bytes());
                body.extend_from_slice(&whole.amount().to_le_bytes());
            }
        }
        Ok(body.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::prelude::*;

    use super::*;

    fn unpacked(encoding: Encoding, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match encoding {
            Encoding::Zstd => zstd::Decoder::new(body).unwrap().read_to_end(&mut out).unwrap(),
            // Not the decoder for many members: a browser reads one.
            Encoding::Gzip => flate2::read::GzDecoder::new(body).read_to_end(&mut out).unwrap(),
        };
        out
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_out(start in prop::collection::vec(0_u8..4, 0..300_000), end in prop::collection::vec(any::<u8>(), 0..200)) {
            for encoding in [Encoding::Zstd, Encoding::Gzip] {
                let packed = Start::new(encoding, &start).unwrap();
                prop_assert_eq!(unpacked(encoding, &packed.with_end(&end).unwrap()), [start.as_slice(), &end].concat());
                prop_assert_eq!(unpacked(encoding, &encoding.whole(&start).unwrap()), start.as_slice());
            }
        }
    }

    #[test]
    fn an_end_that_does_not_fit_is_refused() {
        let start = Start::new(Encoding::Gzip, b"x").unwrap();
        assert!(start.with_end(&[0; 65_535]).is_ok());
        assert!(start.with_end(&[0; 65_536]).is_err());
    }

    #[test]
    fn readers_get_what_they_like_best() {
        let chosen = |value: &'static str| {
            Encoding::accepted(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert_eq!(chosen("gzip, deflate, br, zstd"), Some(Encoding::Zstd));
        assert_eq!(chosen("gzip, deflate, br"), Some(Encoding::Gzip));
        assert_eq!(chosen("gzip;q=1.0, zstd;q=0.5"), Some(Encoding::Gzip));
        for value in ["br", "identity", "", "gzip;q=0", "gzip;q=0.5, br", "zstd;q=0, *"] {
            assert_eq!(chosen(value), None, "{value}");
        }
        assert_eq!(Encoding::accepted(&HeaderMap::new()), None);
    }
}
