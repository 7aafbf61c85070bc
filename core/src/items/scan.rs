//! Scans the JSON of a response in one pass: validates it, and records the places of its items and their known fields.
//!
//! It accepts the documented shapes only. The tolerant path parses or
//! rejects all others, so this pass has no errors of its own, and never parses a value differently from that path.

use super::canonical::is_value;
use crate::table::{Field, Model};

/// A part of the text. No text is larger than 4 GiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// The places of the items and their fields.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub count: usize,
    /// The value of each field of the model, item by item; empty where it is absent.
    pub fields: Vec<Span>,
    /// `"name":value` of each unknown field, with its item.
    pub unknown: Vec<(u32, Span)>,
    /// The value of `next` beside a list.
    pub next: Option<Span>,
    pub is_list: bool,
}

/// The shape is not supported by this pass.
#[derive(Debug)]
pub(super) struct Odd;

/// The maximum nesting. The tolerant path accepts a little more, and so must canonical JSON.
const DEEPEST: usize = 120;
const DEEPEST_CANONICAL: usize = 130;

/// Scans a response with items of `model`, bare or under one of these keys.
pub(super) fn wire(text: &str, model: &'static Model, under: &[&str], is_list: bool) -> Result<Index, Odd> {
    // Models within models come in small answers only, which the tolerant path can read.
    if model.fields.iter().any(|field| field.kind.inner().is_some()) {
        return Err(Odd);
    }
    scan(text, Indexer::new(model, false), is_list, |indexer, scanner| match scanner.peek() {
        b'[' if is_list => indexer.list(scanner),
        b'{' => indexer.wrapped(scanner, under, is_list),
        _ => Err(Odd),
    })
}

/// Scans canonical items: fields by their own names, the rest under `extra`.
pub(super) fn canonical(text: &str, model: &'static Model, is_list: bool) -> Result<Index, Odd> {
    scan(
        text,
        Indexer::new(model, true),
        is_list,
        |indexer, scanner| if is_list { indexer.list(scanner) } else { indexer.item(scanner) },
    )
}

fn scan(
    text: &str,
    mut indexer: Indexer,
    is_list: bool,
    read: impl FnOnce(&mut Indexer, &mut Scanner<'_>) -> Result<(), Odd>,
) -> Result<Index, Odd> {
    if u32::try_from(text.len()).is_err() {
        return Err(Odd);
    }
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, is_canonical: indexer.is_canonical };
    scanner.blank();
    read(&mut indexer, &mut scanner)?;
    scanner.blank();
    if scanner.at != scanner.bytes.len() {
        return Err(Odd);
    }
    indexer.index.is_list = is_list;
    Ok(indexer.index)
}

struct Indexer {
    model: &'static Model,
    is_canonical: bool,
    index: Index,
    /// The keys of the first item, in their order: most items have the same.
    order: Vec<Place>,
    ranks: Vec<u8>,
    /// The field after that of the last known key: services write most fields in the order of the model.
    expected: usize,
    /// The fields that every item must have.
    required: Vec<usize>,
    /// The fields that are models.
    inner: Vec<(usize, &'static Model)>,
}

/// A key of the first item.
struct Place {
    key: Span,
    /// The key from the comma before it to the colon after it, if there are no blanks; otherwise empty.
    written: Span,
    name: Name,
}

/// What a key names.
#[derive(Clone, Copy)]
enum Name {
    /// A field, by a wire name at this place in its list of names.
    Known {
        field: usize,
        rank: u8,
    },
    /// The unknown fields of a canonical item.
    Extra,
    Unknown,
}

const ABSENT: u8 = u8::MAX;

impl Indexer {
    fn new(model: &'static Model, is_canonical: bool) -> Indexer {
        let fields = || model.fields.iter().enumerate();
        let inner = |(place, field): (usize, &Field)| field.kind.inner().map(|inner| (place, inner));
        Indexer {
            model,
            is_canonical,
            index: Index::default(),
            order: Vec::with_capacity(model.fields.len()),
            ranks: vec![ABSENT; model.fields.len()],
            expected: 0,
            required: fields().filter(|(_, field)| field.required).map(|(place, _)| place).collect(),
            inner: fields().filter_map(inner).collect(),
        }
    }

    /// `{…, under: items, …}`, or for one item also the bare item.
    fn wrapped(&mut self, scanner: &mut Scanner<'_>, under: &[&str], is_list: bool) -> Result<(), Odd> {
        let begin = scanner.at;
        let mut found = false;
        let mut keys = scanner.open(b'{')?;
        while let Some(key) = keys.next_key(scanner)? {
            let name = key.plain()?.of_bytes(scanner.bytes);
            let is_items = under.iter().any(|under| under.as_bytes() == name);
            match (is_items && !found, is_list, scanner.peek()) {
                (true, true, b'[') => {
                    self.list(scanner)?;
                    found = true;
                }
                (true, false, b'{') => {
                    self.item(scanner)?;
                    found = true;
                }
                _ => {
                    let start = scanner.at;
                    scanner.value(0)?;
                    let value = scanner.span(start, scanner.at);
                    match name {
                        b"success" if value.of_bytes(scanner.bytes) != b"true" => return Err(Odd),
                        b"next" if is_list => self.index.next = Some(value),
                        // If there is a documented wrapper too, the tolerant path decides which one wins.
                        b"data" => return Err(Odd),
                        _ => {}
                    }
                }
            }
        }
        if found {
            return Ok(());
        }
        if is_list {
            return Err(Odd);
        }
        // Bare: the same object once more, as an item. An envelope's own keys are not the item's, and are left out.
        scanner.at = begin;
        self.item(scanner)?;
        let bytes = scanner.bytes;
        let is_envelope = |pair: &Span| {
            let pair = pair.of_bytes(bytes);
            pair.starts_with(b"\"success\"") || pair.starts_with(b"\"message\"")
        };
        self.index.unknown.retain(|(_, pair)| !is_envelope(pair));
        Ok(())
    }

    fn list(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Odd> {
        let mut items = scanner.open(b'[')?;
        while items.next_item(scanner)? {
            self.item(scanner)?;
        }
        Ok(())
    }

    fn item(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Odd> {
        let base = self.index.fields.len();
        let number = u32::try_from(self.index.count).map_err(|_| Odd)?;
        self.index.fields.resize(base + self.model.fields.len(), Span::default());
        self.ranks.fill(ABSENT);
        let mut place = 0;
        let mut keys = scanner.open(b'{')?;
        loop {
            let mut start = scanner.at + usize::from(place > 0);
            let name = match self.repeated(scanner, place) {
                Some(name) => name,
                None if keys.next_item(scanner)? => {
                    start = scanner.at;
                    let key = scanner.key()?.plain()?;
                    self.name(scanner.bytes, key, place)
                }
                None => break,
            };
            keys.begun = true;
            place += 1;
            if matches!(name, Name::Extra) {
                self.extra(scanner, number)?;
                continue;
            }
            let value = scanner.at;
            scanner.value(0)?;
            match name {
                Name::Known { field, rank } => {
                    if self.ranks[field] == rank {
                        // If a key occurs twice, the tolerant path decides which one wins.
                        return Err(Odd);
                    }
                    if rank < self.ranks[field] {
                        self.ranks[field] = rank;
                        self.index.fields[base + field] = scanner.span(value, scanner.at);
                    }
                }
                _ => self.index.unknown.push((number, scanner.span(start, scanner.at))),
            }
        }
        for place in &self.required {
            if !is_value(self.model.fields[*place].kind, self.index.fields[base + place].of(scanner.text)) {
                return Err(Odd);
            }
        }
        for (place, inner) in &self.inner {
            let raw = self.index.fields[base + place].of(scanner.text);
            if raw.starts_with(['{', '[']) {
                canonical(raw, inner, raw.starts_with('['))?;
            }
        }
        self.index.count += 1;
        Ok(())
    }

    fn extra(&mut self, scanner: &mut Scanner<'_>, item: u32) -> Result<(), Odd> {
        let mut keys = scanner.open(b'{')?;
        while let Some(key) = keys.next_key(scanner)? {
            scanner.value(0)?;
            self.index.unknown.push((item, scanner.span(key.span.start as usize - 1, scanner.at)));
        }
        Ok(())
    }

    /// Moves to the value of the next key, if it is written as at the same place in the first item, as it usually is.
    fn repeated(&self, scanner: &mut Scanner<'_>, place: usize) -> Option<Name> {
        let Place { written, name, .. } = self.order.get(place)?;
        let written = written.of_bytes(scanner.bytes);
        if written.is_empty() || !scanner.bytes[scanner.at..].starts_with(written) {
            return None;
        }
        scanner.at += written.len();
        scanner.blank();
        Some(*name)
    }

    /// Returns what a key names; usually the same as at the same place in the first item.
    fn name(&mut self, bytes: &[u8], key: Span, place: usize) -> Name {
        let text = key.of_bytes(bytes);
        if let Some(Place { key, name, .. }) = self.order.get(place)
            && key.of_bytes(bytes) == text
        {
            return *name;
        }
        let fields = self.model.fields;
        let known = (self.expected..fields.len()).chain(0..self.expected).find_map(|field| {
            let entry = &fields[field];
            let names = if self.is_canonical { std::slice::from_ref(&entry.name) } else { entry.wire };
            let rank = names.iter().position(|wire| wire.as_bytes() == text)?;
            Some((field, u8::try_from(rank).ok()?))
        });
        let name = match known {
            _ if self.is_canonical && text == b"extra" => Name::Extra,
            Some((field, rank)) => {
                self.expected = field + 1;
                Name::Known { field, rank }
            }
            None => Name::Unknown,
        };
        if self.order.len() == place {
            let written = Span { start: key.start - 1 - u32::from(place > 0), end: key.end + 2 };
            let has_blanks = !matches!(written.of_bytes(bytes), [b'"' | b',', .., b':']);
            self.order.push(Place { key, written: if has_blanks { Span::default() } else { written }, name });
        }
        name
    }
}

impl Span {
    fn of_bytes(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    is_canonical: bool,
}

/// A key, without its quotes.
struct Key {
    span: Span,
    escaped: bool,
}

impl Key {
    /// A key with an escape could be a known key.
    fn plain(self) -> Result<Span, Odd> {
        if self.escaped { Err(Odd) } else { Ok(self.span) }
    }
}

/// The inside of an object or an array: whether an element has been read yet.
struct Inside {
    begun: bool,
    close: u8,
}

impl Inside {
    /// Moves to the next element; returns false at the end, and moves past it.
    fn next_item(&mut self, scanner: &mut Scanner<'_>) -> Result<bool, Odd> {
        scanner.blank();
        let next = scanner.peek();
        if next == self.close {
            scanner.at += 1;
            return Ok(false);
        }
        if self.begun {
            scanner.take(b',')?;
            scanner.blank();
        }
        self.begun = true;
        Ok(true)
    }

    /// Returns the next key, and moves to its value.
    fn next_key(&mut self, scanner: &mut Scanner<'_>) -> Result<Option<Key>, Odd> {
        if self.next_item(scanner)? { scanner.key().map(Some) } else { Ok(None) }
    }
}

impl Scanner<'_> {
    /// Returns the current byte, or 0, which JSON does not contain, at the end.
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn deepest(&self) -> usize {
        if self.is_canonical { DEEPEST_CANONICAL } else { DEEPEST }
    }

    fn take(&mut self, byte: u8) -> Result<(), Odd> {
        if self.peek() != byte {
            return Err(Odd);
        }
        self.at += 1;
        Ok(())
    }

    fn open(&mut self, byte: u8) -> Result<Inside, Odd> {
        self.take(byte)?;
        Ok(Inside { begun: false, close: byte + 2 })
    }

    #[expect(clippy::cast_possible_truncation, reason = "the text is no larger than u32 counts; `scan` saw to it")]
    fn span(&self, start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// Returns the key, and moves to its value.
    fn key(&mut self) -> Result<Key, Odd> {
        let start = self.at;
        let escaped = self.string()?;
        let span = self.span(start + 1, self.at - 1);
        self.blank();
        self.take(b':')?;
        self.blank();
        Ok(Key { span, escaped })
    }

    fn blank(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// Moves past a value.
    fn value(&mut self, depth: usize) -> Result<(), Odd> {
        match self.peek() {
            b'"' => drop(self.string()?),
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            b'n' => self.word(b"null")?,
            b'{' if depth < self.deepest() => {
                let mut keys = self.open(b'{')?;
                while keys.next_key(self)?.is_some() {
                    self.value(depth + 1)?;
                }
            }
            b'[' if depth < self.deepest() => {
                let mut items = self.open(b'[')?;
                while items.next_item(self)? {
                    self.value(depth + 1)?;
                }
            }
            _ => return Err(Odd),
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Odd> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(Odd);
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Odd> {
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Odd> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start { Err(Odd) } else { Ok(()) }
    }

    /// Moves past a string; returns whether it contains an escape.
    fn string(&mut self) -> Result<bool, Odd> {
        self.take(b'"')?;
        self.plain();
        let escaped = self.peek() != b'"';
        if escaped {
            self.escapes()?;
        }
        self.at += 1;
        Ok(escaped)
    }

    /// Moves to the end of a string with escapes. Within `string`, it would make that slower for all others.
    #[cold]
    fn escapes(&mut self) -> Result<(), Odd> {
        while self.peek() != b'"' {
            self.escape()?;
            self.plain();
        }
        Ok(())
    }

    /// Moves past unescaped characters, eight at a time.
    fn plain(&mut self) {
        while let Some(chunk) = self.bytes.get(self.at..self.at + 8) {
            let word = u64::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7]]);
            let special = specials(word);
            if special != 0 {
                self.at += special.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        while !matches!(self.peek(), b'"' | b'\\' | 0..0x20) {
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Result<(), Odd> {
        // Otherwise it is a control character, or the end.
        self.take(b'\\')?;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                let digits = self.bytes.get(self.at + 1..self.at + 5).ok_or(Odd)?;
                let is_surrogate = matches!(digits, [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]);
                // The tolerant path checks that surrogates are in pairs. Canonical JSON has been checked, or
                // comes from a host that writes every emoji so.
                if (is_surrogate && !self.is_canonical) || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(Odd);
                }
                self.at += 5;
            }
            _ => return Err(Odd),
        }
        Ok(())
    }
}

/// The high bit of each byte that is `"`, `\` or a control character. A byte above the lowest such one may be marked
/// by a carry; only the lowest counts.
fn specials(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let equals = |byte: u8| {
        let diff = word ^ (ONES * u64::from(byte));
        diff.wrapping_sub(ONES) & !diff
    };
    let below_space = word.wrapping_sub(ONES * 0x20) & !word;
    (equals(b'"') | equals(b'\\') | below_space) & HIGH
}
