//! A portion of a list that stands in memory as a whole. Places in it are the things' own keys: they stay where they
//! are, whatever is added and removed meanwhile.

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// What follows this key.
    pub(crate) after: Option<String>,
    /// What ends in front of this key; `after` wins.
    pub(crate) before: Option<String>,
    pub(crate) limit: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Portion<T> {
    pub(crate) things: Vec<T>,
    /// The key in front of which the portion before this one ends; none at the beginning.
    pub(crate) before: Option<String>,
    /// The key behind which the portion after this one begins; none at the end.
    pub(crate) after: Option<String>,
}

impl<T> Portion<T> {
    /// Takes a portion out of all things, in the order of their keys, which differ.
    pub(crate) fn of(mut all: Vec<T>, bounds: &Bounds, key: impl Fn(&T) -> String) -> Self {
        all.sort_by_cached_key(&key);
        let limit = bounds.limit.max(1);
        let (start, end) = if let (None, Some(before)) = (&bounds.after, &bounds.before) {
            let end = all.partition_point(|thing| key(thing) < *before);
            (end.saturating_sub(limit), end)
        } else {
            let is_passed = |thing: &T| bounds.after.as_ref().is_some_and(|after| key(thing) <= *after);
            let start = all.partition_point(is_passed);
            (start, all.len().min(start + limit))
        };
        let (len, things): (_, Vec<T>) = (all.len(), all.drain(start..end).collect());
        // Behind the end of all there is nothing that could name the way back.
        let first = things.first().map(&key).or_else(|| bounds.after.clone().map(|after| after + "\u{0}"));
        let before = first.filter(|_| start > 0);
        let after = things.last().map(&key).filter(|_| end < len);
        Self { things, before, after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(len: u32, after: Option<&str>, before: Option<&str>) -> Portion<String> {
        let all: Vec<String> = (0..len).map(|number| format!("{number:03}")).rev().collect();
        let bounds = Bounds { after: after.map(Into::into), before: before.map(Into::into), limit: 2 };
        Portion::of(all, &bounds, Clone::clone)
    }

    fn told(things: &[&str], before: Option<&str>, after: Option<&str>) -> Portion<String> {
        let things = things.iter().copied().map(Into::into).collect();
        Portion { things, before: before.map(Into::into), after: after.map(Into::into) }
    }

    #[test]
    fn portions_follow_each_other_in_both_directions() {
        assert_eq!(of(0, None, None), told(&[], None, None));
        assert_eq!(of(2, None, None), told(&["000", "001"], None, None));
        assert_eq!(of(5, None, None), told(&["000", "001"], None, Some("001")));
        assert_eq!(of(5, Some("001"), None), told(&["002", "003"], Some("002"), Some("003")));
        assert_eq!(of(5, Some("003"), None), told(&["004"], Some("004"), None));
        assert_eq!(of(5, None, Some("004")), told(&["002", "003"], Some("002"), Some("003")));
        assert_eq!(of(5, None, Some("001")), told(&["000"], None, Some("000")));
        assert_eq!(of(5, None, Some("000")), told(&[], None, None));
    }

    #[test]
    fn a_key_that_is_gone_still_names_its_place() {
        assert_eq!(of(5, Some("001x"), None), told(&["002", "003"], Some("002"), Some("003")));
        let Portion { things, before, .. } = of(5, Some("999"), None);
        assert!(things.is_empty());
        assert_eq!(of(5, None, before.as_deref()).things, ["003", "004"]);
    }

    proptest! {
        #[test]
        fn a_walk_meets_everything_once(len in 0_u32..40, limit in 1_usize..9) {
            let all: Vec<String> = (0..len).map(|number| format!("{number:03}")).collect();
            let (mut met, mut bounds) = (Vec::new(), Bounds { limit, ..Bounds::default() });
            loop {
                let portion = Portion::of(all.clone(), &bounds, Clone::clone);
                met.extend(portion.things);
                let Some(after) = portion.after else { break };
                bounds.after = Some(after);
            }
            prop_assert_eq!(met, all);
        }
    }
}
