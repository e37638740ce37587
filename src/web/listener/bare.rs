//! Answers that the HTTP reader makes by itself, before there is a request: to a head it cannot parse or that is too
//! large. They come without a body; here they get the shape of every other error.

use crate::platform::entropy::Entropy;
use crate::web::code::Code;
use crate::web::problem::{PROBLEM_TYPE, Problem};
use crate::web::request::request_id::RequestId;
use http::StatusCode;

/// What a bare answer begins with.
const BEGINNING: &[u8] = b"HTTP/1.1 4";

/// Longest bare answer: a status line, `content-length`, `connection` and `date`.
const LEN_MAX: usize = 256;

/// Returns the problem that a bare answer means; none if the bytes are no bare answer.
fn problem_of(written: &[u8]) -> Option<Problem> {
    if !written.starts_with(BEGINNING) || written.len() > LEN_MAX || !written.ends_with(b"\r\n\r\n") {
        return None;
    }
    let text = std::str::from_utf8(written).ok()?;
    let mut lines = text.trim_end().split("\r\n");
    let status =
        lines.next()?.split(' ').nth(1)?.parse().ok().and_then(|code| StatusCode::from_u16(code).ok())?;
    let bare = |line: &str| {
        let name = line.split(':').next().unwrap_or_default();
        ["content-length", "connection", "date"].iter().any(|known| name.eq_ignore_ascii_case(known))
    };
    if !lines.all(bare) {
        return None;
    }
    let (code, detail) = match status {
        StatusCode::URI_TOO_LONG => {
            (Code::UriTooLong, "the address is too long; hint: shorten the path and query")
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => (
            Code::HeadersTooLarge,
            "the request has more than 100 headers or 64 KiB of them; hint: send fewer",
        ),
        _ => (
            Code::InvalidRequest,
            "the request cannot be parsed as HTTP; hint: check its first line and headers",
        ),
    };
    Some(Problem::new(code, detail))
}

/// Returns what is to be written in place of a bare answer; none if the bytes are no bare answer.
pub(super) fn rewrite(written: &[u8], entropy: &dyn Entropy) -> Option<Vec<u8>> {
    let problem = problem_of(written)?;
    let id = RequestId::random(entropy);
    let body = problem.body(id.as_str());
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: {PROBLEM_TYPE}\r\ncontent-length: {}\r\nconnection: close\r\n\
         x-content-type-options: nosniff\r\nx-request-id: {}\r\n\r\n",
        problem.status.as_u16(),
        problem.status.canonical_reason().unwrap_or("Error"),
        body.len(),
        id.as_str(),
    );
    let mut answer = head.into_bytes();
    answer.extend_from_slice(&body);
    Some(answer)
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
        let answer = String::from_utf8(rewrite(BARE, &SeededEntropy::new(1)).unwrap()).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["code"], &body["status"]), (&"headers_too_large".into(), &431.into()));
        assert!(head.ends_with(body["request_id"].as_str().unwrap()));
    }

    #[test]
    fn answers_of_the_router_stay_as_they_are() {
        for other in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 404 Not Found\r\nx-request-id: a\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}",
            b"",
        ] {
            assert_eq!(rewrite(other, &SeededEntropy::new(1)), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_bare_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = rewrite(&bytes, &SeededEntropy::new(1));
            let _ = rewrite(&[BEGINNING, &bytes, b"\r\n\r\n"].concat(), &SeededEntropy::new(1));
        }
    }
}
