//! Where the value behind a name begins and ends: in JSON, in JSON quoted in JSON, in debug output, in a query.

/// What stands in a secret's place.
pub(super) const MASK: &str = "[redacted]";

/// A part of a line that must not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Masked {
    pub(super) begin: usize,
    /// The byte behind its last.
    pub(super) end: usize,
    /// How many backslashes stand before the quotes that the mask needs; none: it needs no quotes.
    quotes: Option<usize>,
}

impl Masked {
    /// Is replaced by the mask as it is.
    pub(super) const fn plain(begin: usize, end: usize) -> Self {
        Self { begin, end, quotes: None }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let quote = |out: &mut Vec<u8>| {
            if let Some(backslashes) = self.quotes {
                out.extend(std::iter::repeat_n(b'\\', backslashes));
                out.push(b'"');
            }
        };
        quote(out);
        out.extend_from_slice(MASK.as_bytes());
        quote(out);
    }
}

/// Returns the value behind the name of a field.
pub(super) fn of_field(line: &[u8], name_end: usize) -> Option<Masked> {
    let named = Named::read(line, name_end)?;
    named.enclosed(line).or_else(|| named.scalar(line))
}

/// Returns the value behind the name of a header: it may hold blanks, so without quotes it reaches to the end of its
/// text.
pub(super) fn of_header(line: &[u8], name_end: usize) -> Option<Masked> {
    let named = Named::read(line, name_end)?;
    named.enclosed(line).or_else(|| match named.depth {
        Some(_) => named.scalar(line),
        None => found(Masked::plain(named.value, text_end(line, named.value, named.outer(line)))),
    })
}

/// Returns where a credential ends that begins or goes on here.
pub(super) fn credential_end(line: &[u8], begin: usize) -> usize {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    begin + line.get(begin..).map_or(0, |rest| rest.iter().take_while(is_part).count())
}

/// Returns where a sequence that colours a terminal ends, or the place itself where none begins.
pub(super) fn skip_colour(line: &[u8], at: usize) -> usize {
    match line.get(at..) {
        Some([0x1b, b'[', rest @ ..]) => {
            let len = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
            (at + 2 + len + 1).min(line.len())
        }
        _ => at,
    }
}

/// A name with a sign and something behind it.
struct Named {
    /// `:` or `=`.
    sign: u8,
    /// Backslashes before the quote that ends the name; none where it stands without quotes.
    depth: Option<usize>,
    /// Where the value begins.
    value: usize,
}

impl Named {
    fn read(line: &[u8], name_end: usize) -> Option<Self> {
        let (depth, after_name) = match quote_at(line, name_end) {
            Some((backslashes, after)) => (Some(backslashes), after),
            None => (None, name_end),
        };
        let at = skip_blank(line, after_name);
        let sign = *line.get(at).filter(|byte| matches!(byte, b':' | b'='))?;
        let mut value = skip_blank(line, at + 1);
        if line.get(value..).is_some_and(|rest| rest.starts_with(b"Some(")) {
            value += b"Some(".len();
        }
        (value < line.len()).then_some(Self { sign, depth, value })
    }

    /// Returns the deepest of the texts around the name, as backslashes before its quotes; none: the line itself.
    fn outer(&self, line: &[u8]) -> Option<usize> {
        match self.depth {
            Some(depth) => depth.checked_sub(1),
            // In a line of JSON every name without quotes stands in a string.
            None => (line.first() == Some(&b'{')).then_some(0),
        }
    }

    /// Returns a value in quotes or brackets; of one in brackets all that follows in its text.
    fn enclosed(&self, line: &[u8]) -> Option<Masked> {
        let outer = self.outer(line);
        if let Some((backslashes, begin)) = quote_at(line, self.value) {
            // The quote may also end the text that the name stands in.
            let is_inside = closed(backslashes, outer).is_none();
            return is_inside
                .then(|| found(Masked::plain(begin, string_end(line, begin, backslashes))))
                .flatten();
        }
        matches!(line.get(self.value)?, b'{' | b'[')
            .then(|| Masked::plain(self.value, text_end(line, self.value, outer)))
    }

    /// Returns a value without quotes.
    fn scalar(&self, line: &[u8]) -> Option<Masked> {
        match (self.sign, self.depth) {
            (b'=', _) => found(Masked::plain(self.value, run_end(line, self.value, b" \t\r\n&,;\"')]}<>\\"))),
            // A number or a word of JSON: the mask is a string of the same depth.
            (_, Some(depth)) => {
                let end = run_end(line, self.value, b" \t\r\n,}]\"\\");
                found(Masked { quotes: Some(depth), ..Masked::plain(self.value, end) })
            }
            // Prose such as `the token: it is unknown`.
            (_, None) => None,
        }
    }
}

fn found(masked: Masked) -> Option<Masked> {
    (masked.end > masked.begin).then_some(masked)
}

/// Returns how many backslashes stand here before a quote, and where the text behind it begins.
fn quote_at(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let backslashes = backslashes_at(line, at);
    (line.get(at + backslashes) == Some(&b'"')).then_some((backslashes, at + backslashes + 1))
}

fn backslashes_at(line: &[u8], at: usize) -> usize {
    line.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| **byte == b'\\').count())
}

/// Returns which string a quote with so many backslashes before it ends, as the backslashes of its own quotes, if it is
/// none deeper than `deepest`. JSON doubles the backslashes of a string, and adds one before a quote, at every level: the
/// quotes of the levels have 0, 1, 3, 7, … and a backslash at the end of a string adds a whole multiple.
fn closed(run: usize, deepest: Option<usize>) -> Option<usize> {
    let levels = std::iter::successors(Some(0_usize), |level| Some(2 * level + 1));
    let mut candidates = levels.take_while(|level| deepest.is_some_and(|deepest| *level <= deepest));
    candidates.find(|level| run % (2 * (level + 1)) == *level)
}

/// Returns where a string ends that begins behind a quote with so many backslashes: at its own quote, or at that of a
/// text around it, which was cut off within the string.
fn string_end(line: &[u8], begin: usize, backslashes: usize) -> usize {
    text_end(line, begin, Some(backslashes))
}

/// Returns where the text ends that is no deeper than `deepest`: before its quote, or with the line.
fn text_end(line: &[u8], begin: usize, deepest: Option<usize>) -> usize {
    let mut at = begin;
    while at < line.len() && line.get(at) != Some(&b'\n') {
        let run = backslashes_at(line, at);
        let is_quote = line.get(at + run) == Some(&b'"');
        if let Some(level) = closed(run, deepest).filter(|_level| is_quote) {
            return at + run - level;
        }
        at += run + usize::from(is_quote || run == 0);
    }
    at
}

fn run_end(line: &[u8], begin: usize, stops: &[u8]) -> usize {
    begin + line.get(begin..).map_or(0, |rest| rest.iter().take_while(|byte| !stops.contains(byte)).count())
}

fn skip_blank(line: &[u8], mut at: usize) -> usize {
    loop {
        let next = match line.get(at) {
            Some(b' ' | b'\t') => at + 1,
            _ => skip_colour(line, at),
        };
        if next == at {
            return at;
        }
        at = next;
    }
}
