//! Whether an answer is the one that was due.

use crate::cli::demo::feed::{Delivery, Step};
use crate::cli::demo::sender::Answer;

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A new event is stored there.
    Stored(String),
    /// A repeat was known, and named the place of the first.
    Repeated,
    /// A credential nobody knows was refused.
    Refused,
    /// Anything else, in words.
    Unexpected(String),
}

/// Judges an answer, or that there was none.
pub(super) fn judge(step: &Step, answer: &Result<Answer, String>) -> Verdict {
    let (what, delivery) = match step {
        Step::New(delivery) => ("new", &**delivery),
        Step::Repeat(again) => ("repeated", &*again.delivery),
        Step::Stranger(delivery) => ("stranger's", &**delivery),
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return unexpected(what, delivery, &format!("was not answered: {error}")),
    };
    let location = answer.location.as_deref();
    match (step, answer.status, location) {
        (_, 201 | 204, _) if answer.mismatch => unexpected(what, delivery, "was taken for another event"),
        (Step::New(_), 201, Some(location)) => Verdict::Stored(location.to_owned()),
        // An attempt before was stored and its answer lost: exactly what the key is for.
        (Step::New(_), 204, Some(location)) if answer.attempts > 1 => Verdict::Stored(location.to_owned()),
        (Step::Repeat(again), 204, Some(location)) if location == again.location => Verdict::Repeated,
        (Step::Stranger(_), 401, _) => Verdict::Refused,
        (Step::Repeat(again), 204, _) => {
            let place = location.unwrap_or("no place");
            unexpected(what, delivery, &format!("is at {} and was answered {place}", again.location))
        }
        _ => {
            let Answer { status, problem, .. } = answer;
            unexpected(what, delivery, format!("was answered {status} {problem}").trim_end())
        }
    }
}

fn unexpected(what: &str, delivery: &Delivery, happened: &str) -> Verdict {
    Verdict::Unexpected(format!("the {what} {} {} {happened}", delivery.event_type, delivery.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::demo::feed::Feed;
    use crate::domain::time::Timestamp;
    use std::sync::Arc;
    use std::time::Duration;

    fn answer(status: u16, location: Option<&str>) -> Answer {
        let (latency, location) = (Duration::from_millis(1), location.map(str::to_owned));
        Answer { status, attempts: 1, latency, location, mismatch: false, problem: String::new() }
    }

    fn steps() -> [Step; 3] {
        let mut feed = Feed::new(1, 1);
        let mut found: [Option<Step>; 3] = [const { None }; 3];
        for at in 0..300 {
            let step = feed.next(Timestamp::from_micros(at));
            if let Step::New(delivery) = &step {
                feed.acknowledge(Arc::clone(delivery), "/v1/events/7".into());
            }
            let place = match &step {
                Step::New(_) => 0,
                Step::Repeat(_) => 1,
                Step::Stranger(_) => 2,
            };
            found[place] = Some(step);
        }
        found.map(Option::unwrap)
    }

    fn is_unexpected(step: &Step, answer: Answer) -> bool {
        matches!(judge(step, &Ok(answer)), Verdict::Unexpected(_))
    }

    #[test]
    fn a_new_event_is_due_201_or_after_a_lost_answer_204() {
        let [new, _, _] = steps();
        let stored = Verdict::Stored("/v1/events/7".into());
        assert_eq!(judge(&new, &Ok(answer(201, Some("/v1/events/7")))), stored);
        let again = Answer { attempts: 2, ..answer(204, Some("/v1/events/7")) };
        assert_eq!(judge(&new, &Ok(again)), stored);
        assert!(is_unexpected(&new, answer(204, Some("/v1/events/7"))));
        assert!(is_unexpected(&new, answer(201, None)));
        assert!(is_unexpected(&new, answer(507, None)));
    }

    #[test]
    fn a_repeat_is_due_204_with_the_place_of_the_first() {
        let [_, repeat, _] = steps();
        assert_eq!(judge(&repeat, &Ok(answer(204, Some("/v1/events/7")))), Verdict::Repeated);
        assert!(is_unexpected(&repeat, answer(201, Some("/v1/events/8"))));
        assert!(is_unexpected(&repeat, answer(204, Some("/v1/events/8"))));
        assert!(is_unexpected(&repeat, answer(204, None)));
        assert!(is_unexpected(&repeat, Answer { mismatch: true, ..answer(204, Some("/v1/events/7")) }));
    }

    #[test]
    fn a_stranger_is_due_401() {
        let [_, _, stranger] = steps();
        assert_eq!(judge(&stranger, &Ok(answer(401, None))), Verdict::Refused);
        assert!(is_unexpected(&stranger, answer(201, Some("/v1/events/8"))));
    }

    #[test]
    fn what_was_unexpected_is_said_with_the_documents_number() {
        let [new, _, _] = steps();
        let Verdict::Unexpected(said) = judge(&new, &Err("connection refused".into())) else {
            panic!("it was not answered");
        };
        assert!(said.starts_with("the new ") && said.ends_with(" was not answered: connection refused"));
    }
}
