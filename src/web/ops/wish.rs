//! What a prober wants to see, and may.

use crate::domain::scope::Scope;
use crate::web::call::Call;
use crate::web::request::credential;
use crate::web::request::media::accepts_health;
use crate::web::request::query::decode;

/// Most checks a request may leave out: more than there are.
const EXCLUDES_MAX: usize = 32;

/// How an answer about health is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As one JSON object.
    Json,
    /// As `application/health+json`.
    HealthJson,
    /// As a line for each check.
    Lines,
}

/// What a prober wants to see. Unknown parameters are passed over: a probe that worked before an update works after.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    verbose: bool,
    excluded: Vec<String>,
}

impl Wish {
    /// Reads the query.
    pub(super) fn read(query: Option<&str>) -> Self {
        let mut wish = Self::default();
        for pair in query.unwrap_or_default().split('&') {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("verbose", value) => wish.verbose = !matches!(value, "false" | "0"),
                ("exclude", value) => {
                    let names = decode(value).unwrap_or_default();
                    let room = EXCLUDES_MAX - wish.excluded.len();
                    wish.excluded.extend(names.split(',').take(room).map(str::to_owned));
                }
                _ => {}
            }
        }
        wish
    }

    /// Tells whether a check is wanted.
    pub(super) fn wants(&self, check: &str) -> bool {
        !self.excluded.iter().any(|excluded| excluded == check)
    }

    /// Returns how the answer is written: lines are details, and go to nobody else.
    pub(super) fn form(&self, call: &Call<'_>, audience: Audience) -> Form {
        match audience {
            Audience::Operator if self.verbose => Form::Lines,
            _ if accepts_health(&call.parts.headers) => Form::HealthJson,
            _ => Form::Json,
        }
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Whoever may read `/metrics`: all there is to tell.
    Operator,
    /// Anybody else: the word alone.
    Stranger,
}

impl Audience {
    /// Finds out who asks. A token that does not work makes a stranger: health is answered whatever is sent.
    pub(super) fn of(call: &Call<'_>) -> Self {
        if call.gate.origin().may_operate(call.options) || has_token(call) {
            Self::Operator
        } else {
            Self::Stranger
        }
    }
}

fn has_token(call: &Call<'_>) -> bool {
    let Some(services) = call.edge.services() else { return false };
    let Ok(Some(presented)) = credential::presented(&call.parts.headers) else { return false };
    let caller = services.access.authenticate(presented);
    caller.is_ok_and(|caller| services.access.operate(&caller, Scope::MetricsRead).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn checks_can_be_left_out_and_spelled_out() {
        let wish = Wish::read(Some("verbose&exclude=disk&exclude=a%2Cb&x=1"));
        assert_eq!(wish, Wish { verbose: true, excluded: vec!["disk".into(), "a".into(), "b".into()] });
        assert!(wish.wants("database") && !wish.wants("b"));
        assert_eq!(Wish::read(Some("verbose=0")), Wish::default());
        assert_eq!(Wish::read(None), Wish::default());
    }

    proptest! {
        #[test]
        fn any_query_is_a_wish(query in "((exclude|verbose)?=?[ -~,%]{0,80}&){0,60}") {
            prop_assert!(Wish::read(Some(&query)).excluded.len() <= EXCLUDES_MAX);
        }
    }
}
