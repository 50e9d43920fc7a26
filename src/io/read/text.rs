//! Bytes of any encoding as UTF-8 with usual line ends.

use std::io::{self, Read};

use super::source::Bytes;

/// How much is looked at to choose the encoding: the first block that is not pure ASCII decides.
const BLOCK: usize = 64 * 1024;

/// A stream of UTF-8. The encoding is told by a byte order mark or by the first block of 64 KiB that has any byte above 127:
/// if that is UTF-8 everything is taken as it is, else it is decoded from `fallback`, Windows-1252 unless told.
pub(crate) struct Text {
    inner: Bytes,
    state: State,
    block: Vec<u8>,
    out: Vec<u8>,
    at: usize,
    fallback: Encoding,
    /// Whether lines end in a lone carriage return.
    cr_only: bool,
    is_start: bool,
}

enum State {
    /// Only ASCII so far.
    Undecided,
    /// Given on as it is.
    Plain,
    #[cfg(feature = "formats")]
    Decoding(Box<encoding_rs::Decoder>),
}

/// Whether bytes are neither UTF-8 nor UTF-16, so that only a guess or the user can name their encoding.
pub(crate) fn is_legacy(head: &[u8]) -> bool {
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    !is_utf8 && utf16(head).is_none()
}

/// An encoding by its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Encoding(#[cfg(feature = "formats")] &'static encoding_rs::Encoding);

#[cfg(feature = "formats")]
impl Encoding {
    pub const FALLBACK: Self = Self(encoding_rs::WINDOWS_1252);

    /// The encoding of a label such as `windows-1250`, `utf-16le`, `latin1`.
    pub fn named(label: &str) -> Option<Self> {
        encoding_rs::Encoding::for_label_no_replacement(label.trim().as_bytes()).map(Self)
    }
}

#[cfg(not(feature = "formats"))]
impl Encoding {
    pub const FALLBACK: Self = Self();

    pub fn named(label: &str) -> Option<Self> {
        label.trim().eq_ignore_ascii_case("utf-8").then_some(Self())
    }
}

impl Text {
    /// A stream as UTF-8; `told` sets the encoding outright, `fallback` replaces Windows-1252.
    pub fn new(inner: Bytes, told: Option<Encoding>, fallback: Option<Encoding>, cr_only: bool) -> Self {
        let mut text = Self {
            inner,
            state: State::Undecided,
            block: Vec::new(),
            out: Vec::new(),
            at: 0,
            fallback: fallback.unwrap_or(Encoding::FALLBACK),
            cr_only,
            is_start: true,
        };
        if let Some(told) = told {
            text.decode_from(told);
        }
        text
    }

    #[cfg(feature = "formats")]
    fn decode_from(&mut self, encoding: Encoding) {
        // `new_decoder` honours a byte order mark over what was told.
        self.state = State::Decoding(Box::new(encoding.0.new_decoder()));
    }

    #[cfg(not(feature = "formats"))]
    fn decode_from(&mut self, _: Encoding) {
        self.state = State::Plain;
    }

    /// Reads a block as full as can be.
    fn fill(&mut self) -> io::Result<()> {
        self.block.clear();
        self.inner.by_ref().take(BLOCK as u64).read_to_end(&mut self.block)?;
        Ok(())
    }

    /// Chooses the encoding by the current block, if that has anything to choose by.
    fn decide(&mut self) {
        let block = &self.block[..];
        if block.starts_with(b"\xef\xbb\xbf") {
            self.state = State::Plain;
        } else if let Some(encoding) = utf16(block).filter(|_| self.is_start) {
            self.decode_from(encoding);
        } else if !block.is_ascii() {
            let is_utf8 = match std::str::from_utf8(block) {
                Ok(_) => true,
                // A character cut by the end of the block is no fault.
                Err(error) => error.error_len().is_none(),
            };
            match is_utf8 {
                true => self.state = State::Plain,
                false => self.decode_from(self.fallback),
            }
        }
    }

    /// Makes the next piece of output.
    fn refill(&mut self) -> io::Result<()> {
        self.fill()?;
        if matches!(self.state, State::Undecided) {
            self.decide();
        }
        self.out.clear();
        self.at = 0;
        match &mut self.state {
            State::Undecided | State::Plain => {
                let start = if self.is_start && self.block.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
                std::mem::swap(&mut self.out, &mut self.block);
                self.at = start;
            }
            #[cfg(feature = "formats")]
            State::Decoding(decoder) => {
                let is_last = self.block.is_empty();
                let most = decoder.max_utf8_buffer_length(self.block.len()).unwrap_or(BLOCK * 4);
                self.out.resize(most, 0);
                let (_, _, written, _) = decoder.decode_to_utf8(&self.block, &mut self.out, is_last);
                self.out.truncate(written);
                if is_last {
                    // A decoder is used up by its last piece.
                    self.state = State::Plain;
                } else if written == 0 {
                    // An odd byte may decode to nothing yet; an empty piece would read as the end.
                    self.is_start = false;
                    return self.refill();
                }
            }
        }
        self.is_start = false;
        if self.cr_only {
            for byte in &mut self.out {
                if *byte == b'\r' {
                    *byte = b'\n';
                }
            }
        }
        Ok(())
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.out.len() {
            if matches!(self.state, State::Plain) && !self.cr_only && !self.is_start {
                return self.inner.read(buffer);
            }
            self.refill()?;
        }
        let rest = &self.out[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

/// UTF-16, by its mark or by the zeros in ASCII text.
#[cfg(feature = "formats")]
fn utf16(block: &[u8]) -> Option<Encoding> {
    let zeros = |offset: usize| {
        let pairs = block.chunks_exact(2).take(512);
        pairs.len() > 8 && pairs.filter(|pair| pair[offset] == 0).count() * 10 > block.len().min(1024) / 2 * 8
    };
    match block {
        [0xff, 0xfe, ..] => Some(Encoding(encoding_rs::UTF_16LE)),
        [0xfe, 0xff, ..] => Some(Encoding(encoding_rs::UTF_16BE)),
        _ if zeros(1) => Some(Encoding(encoding_rs::UTF_16LE)),
        _ if zeros(0) => Some(Encoding(encoding_rs::UTF_16BE)),
        _ => None,
    }
}

#[cfg(not(feature = "formats"))]
fn utf16(_: &[u8]) -> Option<Encoding> {
    None
}

/// The head of a file as text, and whether its lines end in lone carriage returns.
pub(crate) fn head(bytes: &[u8], told: Option<Encoding>) -> (String, bool) {
    let mut text = Vec::new();
    let stream: Bytes = Box::new(io::Cursor::new(bytes.to_vec()));
    // Reading from memory cannot fail.
    let _ = Text::new(stream, told, None, false).read_to_end(&mut text);
    let cr_only = text.contains(&b'\r') && !text.contains(&b'\n');
    if cr_only {
        for byte in &mut text {
            if *byte == b'\r' {
                *byte = b'\n';
            }
        }
    }
    (String::from_utf8_lossy(&text).into_owned(), cr_only)
}

#[cfg(all(test, feature = "formats"))]
mod tests {
    use super::*;

    fn read(bytes: Vec<u8>) -> String {
        let mut out = String::new();
        Text::new(Box::new(io::Cursor::new(bytes)), None, None, false).read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn encodings_are_told_by_their_bytes() {
        let utf16 = |text: &str, little: bool| -> Vec<u8> {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
        };
        let text = "Datum;Empfänger\n1;Bäckerei Groß\n";
        assert_eq!(read(text.as_bytes().to_vec()), text);
        assert_eq!(read([b"\xef\xbb\xbf", text.as_bytes()].concat()), text);
        assert_eq!(read(utf16(text, true)), text);
        assert_eq!(read(utf16(text, false)), text);
        assert_eq!(read(utf16(text, true)[2..].to_vec()), text);
        assert_eq!(read(b"Empf\xe4nger".to_vec()), "Empfänger");
    }

    #[test]
    fn the_first_block_with_other_than_ascii_decides() {
        let ascii = "a".repeat(BLOCK * 2);
        assert_eq!(read([ascii.as_bytes(), b"\xe4\xe4"].concat()), format!("{ascii}ää"));
        let utf8 = format!("{}ä", "a".repeat(BLOCK - 1));
        assert_eq!(read(utf8.clone().into_bytes()), utf8);
    }
}
