//! Answers that the HTTP reader makes by itself, before there is a request: to a head it cannot parse or that is too
//! large. They come without a body; here they get the shape of every other error.

use crate::http::code::Code;
use crate::http::heads::{self, NOTHING_OF_THE_MACHINE, NOTHING_TO_LOAD};
use crate::http::problem::{PROBLEM_TYPE, Problem};
use crate::http::request::request_id::RequestId;
use crate::platform::entropy::Entropy;
use http::StatusCode;

/// What a bare answer begins with.
const BEGINNING: &[u8] = b"HTTP/1.1 4";

/// What is wrong with a request whose first line does not fit.
const TOO_LONG: &str = "the request's first line is longer than 64 KiB; hint: shorten the path and query";

/// Longest bare answer: a status line, `content-length`, `connection` and `date`.
const LEN_MAX: usize = 256;

/// How much came of the head that a bare answer is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// Its first line had not ended.
    FirstLine,
    /// More of it.
    More,
}

/// Returns the problem that a bare answer means; none if the bytes are no bare answer.
fn problem_of(written: &[u8], head: Head) -> Option<Problem> {
    if !written.starts_with(BEGINNING) || written.len() > LEN_MAX || !written.ends_with(b"\r\n\r\n") {
        return None;
    }
    let text = std::str::from_utf8(written).ok()?;
    let mut lines = text.trim_end().split("\r\n");
    let status: StatusCode = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let bare = |line: &str| {
        let name = line.split(':').next().unwrap_or_default();
        ["content-length", "connection", "date"].iter().any(|known| name.eq_ignore_ascii_case(known))
    };
    if !lines.all(bare) {
        return None;
    }
    Some(match (status, head) {
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, Head::More) => heads::too_large(),
        // The reader has one bound for the whole head. Where not even the first line ended within it, it is the address
        // that is too long.
        (StatusCode::URI_TOO_LONG | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, _) => {
            Problem::new(Code::UriTooLong, TOO_LONG)
        }
        _ => {
            let detail = "the request cannot be parsed as HTTP; hint: check its first line and headers";
            Problem::new(Code::InvalidRequest, detail)
        }
    })
}

/// What is written in place of a bare answer.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub(super) bytes: Vec<u8>,
    pub(super) status: StatusCode,
    pub(super) id: RequestId,
}

/// Returns what is to be written in place of a bare answer; none if the bytes are no bare answer.
pub(super) fn rewrite(written: &[u8], head: Head, entropy: &dyn Entropy) -> Option<Rewritten> {
    let problem = problem_of(written, head)?;
    let id = RequestId::random(entropy);
    let body = problem.body(id.as_str());
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: {PROBLEM_TYPE}\r\ncontent-length: {}\r\nconnection: close\r\n\
         x-content-type-options: nosniff\r\nx-frame-options: DENY\r\nreferrer-policy: no-referrer\r\n\
         content-security-policy: {NOTHING_TO_LOAD}\r\npermissions-policy: {NOTHING_OF_THE_MACHINE}\r\n\
         x-request-id: {}\r\n\r\n",
        problem.status.as_u16(),
        problem.status.canonical_reason().unwrap_or("Error"),
        body.len(),
        id.as_str(),
    );
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&body);
    Some(Rewritten { bytes, status: problem.status, id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::entropy::SeededEntropy;
    use proptest::prelude::*;

    const BARE: &[u8] =
        b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n";

    #[test]
    fn a_bare_answer_gets_a_problem() {
        let answer =
            String::from_utf8(rewrite(BARE, Head::More, &SeededEntropy::new(1)).unwrap().bytes).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["code"], &body["status"]), (&"headers_too_large".into(), &431.into()));
        assert!(head.ends_with(body["request_id"].as_str().unwrap()));
    }

    #[test]
    fn a_first_line_that_does_not_end_is_told_from_headers_that_are_too_many() {
        let status = |head| rewrite(BARE, head, &SeededEntropy::new(1)).unwrap().status;
        assert_eq!(status(Head::FirstLine), StatusCode::URI_TOO_LONG);
        assert_eq!(status(Head::More), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }

    #[test]
    fn answers_of_the_router_stay_as_they_are() {
        for other in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 404 Not Found\r\nx-request-id: a\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}",
            b"",
        ] {
            assert!(rewrite(other, Head::More, &SeededEntropy::new(1)).is_none());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_bare_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = rewrite(&bytes, Head::More, &SeededEntropy::new(1));
            let _ = rewrite(&[BEGINNING, &bytes, b"\r\n\r\n"].concat(), Head::FirstLine, &SeededEntropy::new(1));
        }
    }
}
