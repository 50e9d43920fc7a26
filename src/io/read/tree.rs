//! Parts of an XML document, read a part at a time in bounded memory.

use std::io::{self, BufReader};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::limits::Allowance;
use super::text::Text;

/// An element with all it holds.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub name: String,
    attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Node>,
}

/// Deepest nesting that is read.
const DEPTH: usize = 64;

impl Node {
    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of a name.
    pub fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// What stands at the end of a path of first children: `Refs/EndToEndId`.
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |node, name| node.child(name))
    }

    /// The text at the end of a path, if there is any.
    pub fn text_at(&self, path: &str) -> Option<&str> {
        self.at(path).map(|node| node.text.trim()).filter(|text| !text.is_empty())
    }

    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// All texts inside with the names of their elements, for messages.
    pub fn outline(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}=\"{value}\""));
        }
        out.push('>');
        out.push_str(self.text.trim());
        for child in &self.children {
            child.outline(out);
        }
        out.push_str(&format!("</{}>", self.name));
    }
}

/// What is met on the way through a document.
pub(crate) enum Part {
    /// An element begins whose children are met one by one.
    Open(String),
    /// It ends.
    Close(String),
    /// An element that was asked for as a whole.
    Whole(Node),
    End,
}

/// Goes through a document.
pub(crate) struct Walk {
    reader: Reader<BufReader<Allowance<Text>>>,
    buffer: Vec<u8>,
    /// Elements that are given as a whole.
    whole: &'static [&'static str],
    depth: usize,
    line: u64,
    start: u64,
}

impl Walk {
    pub fn new(text: Text, limit: u64, whole: &'static [&'static str]) -> Self {
        let mut reader = Reader::from_reader(BufReader::with_capacity(64 * 1024, Allowance::new(text, limit)));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), whole, depth: 0, line: 1, start: 1 }
    }

    /// Line that was reached, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Line where the last part begins.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The next part. Document types are refused: entities of one's own can grow without bound.
    pub fn next(&mut self) -> io::Result<Part> {
        self.reader.get_mut().get_mut().renew();
        loop {
            let item = self.event()?;
            self.start = self.line;
            match item {
                Item::Open(node) if self.whole.contains(&node.name.as_str()) => {
                    return self.fill(node).map(Part::Whole);
                }
                Item::Open(node) => return Ok(Part::Open(node.name)),
                Item::Close(name) => return Ok(Part::Close(name)),
                Item::Text(_) => {}
                Item::End => return Ok(Part::End),
            }
        }
    }

    /// Reads an element up to its end.
    fn fill(&mut self, node: Node) -> io::Result<Node> {
        let mut open = vec![node];
        loop {
            match self.event()? {
                Item::Open(node) => open.push(node),
                Item::Text(text) => {
                    if let Some(last) = open.last_mut() {
                        last.text.push_str(&text);
                    }
                }
                Item::Close(_) => {
                    let Some(node) = open.pop() else { return Err(cut_short()) };
                    match open.last_mut() {
                        Some(parent) => parent.children.push(node),
                        None => return Ok(node),
                    }
                }
                Item::End => return Err(cut_short()),
            }
        }
    }

    fn event(&mut self) -> io::Result<Item> {
        loop {
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| match error {
                quick_xml::Error::Io(error) => io::Error::new(error.kind(), error.to_string()),
                other => invalid(format!("not XML that can be read: {other}")),
            })?;
            let breaks = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            self.line += breaks(&event);
            return Ok(match event {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > DEPTH {
                        return Err(invalid(format!("elements are nested more than {DEPTH} deep")));
                    }
                    Item::Open(node(&start)?)
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    Item::Close(local(end.name().as_ref()))
                }
                Event::Text(text) => Item::Text(String::from_utf8_lossy(&text).into_owned()),
                Event::CData(text) => Item::Text(String::from_utf8_lossy(&text).into_owned()),
                Event::GeneralRef(reference) => {
                    let name = String::from_utf8_lossy(&reference);
                    let letter = reference.resolve_char_ref().ok().flatten().map(String::from);
                    let known =
                        letter.or_else(|| quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned));
                    Item::Text(known.ok_or_else(|| invalid(format!("the entity `&{name};` is not one of XML itself")))?)
                }
                Event::DocType(_) => return Err(invalid("a document type is not taken: remove the DOCTYPE".into())),
                Event::Eof => Item::End,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => continue,
            });
        }
    }
}

enum Item {
    Open(Node),
    Close(String),
    Text(String),
    End,
}

fn node(start: &BytesStart<'_>) -> io::Result<Node> {
    let mut node = Node { name: local(start.name().as_ref()), ..Node::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| invalid(format!("not XML that can be read: {error}")))?;
        node.attributes.push((local(attribute.key.as_ref()), String::from_utf8_lossy(&attribute.value).into_owned()));
    }
    Ok(node)
}

/// A name without its prefix.
fn local(name: &[u8]) -> String {
    let name = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
    String::from_utf8_lossy(name).into_owned()
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

fn cut_short() -> io::Error {
    invalid("the document ends before its elements do: it may be cut short".into())
}
