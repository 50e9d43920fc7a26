//! Gzip and zstd, told by their first bytes.

use std::io::{self, Cursor, Read};

use super::limits::Limits;
use super::source::Bytes;

/// Gives the plain bytes of a stream, whether it is packed or not.
pub(crate) fn unpack(mut stream: Bytes, limits: &Limits) -> io::Result<Bytes> {
    let mut magic = Vec::with_capacity(4);
    stream.by_ref().take(4).read_to_end(&mut magic)?;
    let kind = match magic[..] {
        [0x1f, 0x8b, ..] => Packed::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Packed::Zstd,
        _ => return Ok(Box::new(Cursor::new(magic).chain(stream))),
    };
    packed(kind, Box::new(Cursor::new(magic).chain(stream)), limits)
}

enum Packed {
    Gzip,
    Zstd,
}

#[cfg(not(feature = "formats"))]
fn packed(_: Packed, _: Bytes, _: &Limits) -> io::Result<Bytes> {
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        "this file is packed, and this build reads plain files only: unpack it, or build with the feature `formats`",
    ))
}

#[cfg(feature = "formats")]
fn packed(kind: Packed, stream: Bytes, limits: &Limits) -> io::Result<Bytes> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Counts the packed bytes.
    struct Counted(Bytes, Arc<AtomicU64>);

    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.0.read(buffer)?;
            self.1.fetch_add(read as u64, Ordering::Relaxed);
            Ok(read)
        }
    }

    /// Refuses what grows beyond reason.
    struct Guarded {
        inner: Bytes,
        packed: Arc<AtomicU64>,
        unpacked: u64,
        limits: Limits,
    }

    impl Read for Guarded {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.inner.read(buffer).map_err(|error| {
                io::Error::new(io::ErrorKind::InvalidData, format!("this packed file is damaged or cut short: {error}"))
            })?;
            self.unpacked += read as u64;
            let packed = self.packed.load(Ordering::Relaxed);
            if self.unpacked > self.limits.harmless && self.unpacked / self.limits.expansion.max(1) > packed {
                let message =
                    format!("this file unpacks to more than {} times its size: unpack it first", self.limits.expansion);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            Ok(read)
        }
    }

    let packed = Arc::new(AtomicU64::new(0));
    let counted = io::BufReader::with_capacity(64 * 1024, Counted(stream, packed.clone()));
    let inner: Bytes = match kind {
        Packed::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(counted)),
        Packed::Zstd => Box::new(Frames::new(counted)),
    };
    Ok(Box::new(Guarded { inner, packed, unpacked: 0, limits: limits.clone() }))
}

/// The frames of a zstd file, one after the other.
#[cfg(feature = "formats")]
struct Frames<R: io::BufRead> {
    decoder: ruzstd::decoding::FrameDecoder,
    source: R,
    is_open: bool,
}

#[cfg(feature = "formats")]
impl<R: io::BufRead> Frames<R> {
    fn new(source: R) -> Self {
        Self { decoder: ruzstd::decoding::FrameDecoder::new(), source, is_open: false }
    }
}

#[cfg(feature = "formats")]
impl<R: io::BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy;
        use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

        let damaged = |error: FrameDecoderError| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
        loop {
            if !self.is_open {
                if self.source.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                match self.decoder.reset(&mut self.source) {
                    Ok(()) => self.is_open = true,
                    Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                        length, ..
                    })) => {
                        io::copy(&mut self.source.by_ref().take(length.into()), &mut io::sink())?;
                        continue;
                    }
                    Err(error) => return Err(damaged(error)),
                }
            }
            while self.decoder.can_collect() < buffer.len() && !self.decoder.is_finished() {
                let wanted = buffer.len() - self.decoder.can_collect();
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBytes(wanted))
                    .map_err(damaged)?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.is_open = false;
        }
    }
}
