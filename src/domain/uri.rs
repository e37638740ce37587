//! Texts as parts of addresses.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// Characters that are percent-encoded in a part of an address: all but the unreserved ones (RFC 3986, section 2.3).
pub const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
