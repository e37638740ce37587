//! The session's cookie. The `__Host-` prefix (RFC 6265bis) ties it to this host, to HTTPS and to the whole site.

use axum::response::Response;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

const NAME: &str = "__Host-mainstay";

/// What a browser does with it: no script reads it, and other sites' forms do not send it.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// Returns the session's text, if the cookie is there once.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = cookies.flat_map(|line| line.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim_ascii().split_once('=')?;
        (name == NAME).then_some(value)
    });
    let text = found.next()?;
    // Two of the name are somebody's trick.
    found.next().is_none().then_some(text)
}

/// Sets the cookie. Without a lifetime it goes with the browser; the appliance ends the session anyway.
pub(super) fn set(response: Response, text: &str) -> Response {
    with(response, format!("{NAME}={text}; {ATTRIBUTES}"))
}

pub(super) fn clear(response: Response) -> Response {
    with(response, format!("{NAME}=; {ATTRIBUTES}; Max-Age=0"))
}

fn with(mut response: Response, cookie: String) -> Response {
    let cookie = HeaderValue::try_from(cookie).expect("a session's text is plain");
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_only_once() {
        let read_from = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(COOKIE, HeaderValue::from_static(line));
            }
            read(&headers).map(str::to_owned)
        };
        assert_eq!(read_from(&["a=b; __Host-mainstay=text;c=d"]).as_deref(), Some("text"));
        assert_eq!(read_from(&["a=b", "__Host-mainstay=text"]).as_deref(), Some("text"));
        assert_eq!(read_from(&["__Host-mainstay=one; __Host-mainstay=two"]), None);
        assert_eq!(read_from(&["mainstay=text"]), None);
        assert_eq!(read_from(&[]), None);
    }
}
