//! What stands on the page as words.

use crate::console::frame::Section;
use crate::console::words::{bytes, grouped, milliseconds, roughly};
use crate::domain::series::{AVAILABILITY_DAYS, Availability, Sample};
use crate::domain::time::Timestamp;
use crate::domain::usage::Totals;
use crate::services::health::{Overall, Status};
use crate::services::overview::{Overview, Trouble};
use std::time::Duration;

/// A name, a value, and what is to be known of it.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) note: String,
}

fn figure(name: &'static str, value: impl Into<String>, note: impl Into<String>) -> Figure {
    Figure { name, value: value.into(), note: note.into() }
}

/// Class and words of how the appliance is.
pub(in crate::console) fn overall(overall: Overall) -> (&'static str, &'static str) {
    match overall {
        Overall::Healthy => ("ok", "Everything works."),
        Overall::Degraded => ("warn", "It works, and somebody should look at what is marked."),
        Overall::Unhealthy => ("bad", "Something does not work."),
    }
}

/// Returns what people call a check.
pub(in crate::console) fn part(check: &str) -> &str {
    match check {
        "database" => "Database",
        "session" => "Sessions",
        "eventLedger" => "Event ledger",
        "agentRegistry" => "Agents",
        "api" => "HTTP",
        "disk" => "Disk",
        "certificate" => "Certificate",
        "clock" => "Clock",
        other => other,
    }
}

/// Returns how a part is, for people.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
pub(in crate::console) fn state(status: &Status) -> (&'static str, &'static str) {
    match status {
        Status::Up => ("ok", "up"),
        Status::Degraded => ("warn", "degraded"),
        Status::Down => ("bad", "down"),
    }
}

/// Returns address and name of the page about a trouble, if there is one.
pub(super) fn page_of(trouble: &Trouble) -> Option<(&'static str, &'static str)> {
    let page = Section::ALL.iter().find(|(_, address, _)| *address == trouble.page);
    page.map(|(_, address, name)| (*address, *name))
}

/// Writes how long work took: fine where it is little.
pub(super) fn spent(used: &Totals) -> String {
    let time = Duration::from_micros(used.micros);
    if time < Duration::from_secs(10) { milliseconds(time) } else { roughly(time) }
}

/// Requests and events of the last fifteen minutes.
pub(super) fn traffic(sample: &Sample) -> Vec<Figure> {
    let (answered, taken) = (sample.answered, sample.taken);
    let ms = |of_hundred| match sample.latencies.percentile_ms(of_hundred) {
        Some(ms) => format!("{ms:.2} ms"),
        None => "–".to_owned(),
    };
    let failed =
        sample.error_share().map_or("no requests".to_owned(), |share| format!("{:.2} %", share * 100.0));
    vec![
        figure("Requests", grouped(answered.total()), format!("{} answered 2xx", grouped(answered.success))),
        figure("Refused (4xx)", grouped(answered.refused), "but for 429"),
        figure("Limited (429)", grouped(answered.limited), "came too often"),
        figure("Failed (5xx)", grouped(answered.failed), failed),
        figure("Median time", ms(50), "half of the requests"),
        figure("95 % within", ms(95), "19 of 20 requests"),
        figure("Events stored", grouped(taken.stored), rate(taken.stored)),
        figure("Repeats", grouped(taken.repeated), format!("{} refused", grouped(taken.refused))),
    ]
}

/// Writes what came in fifteen minutes as a rate.
fn rate(count: u64) -> String {
    let hundredths = count * 100 / (15 * 60);
    format!("{}.{:02} a second", grouped(hundredths / 100), hundredths % 100)
}

/// The machine and how long all of it will do.
pub(super) fn machine(overview: &Overview, connections_max: usize, now: Timestamp) -> Vec<Figure> {
    let report = &overview.report;
    let processor =
        overview.quarter.cpu_share().map_or("–".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let connections = format!("of at most {} on a listener", grouped(connections_max as u64));
    let mut figures = vec![
        figure("Connections", grouped(overview.connections), connections),
        figure("Processor", processor, "of one, over 15 minutes"),
        figure("Memory", bytes(overview.resident_bytes), "resident"),
    ];
    figures.push(match overview.disk {
        Some(disk) => {
            let full = match disk.full_in {
                Some(left) => format!("full in {}", roughly(left)),
                None => "not getting less as far as can be told".to_owned(),
            };
            let note = format!("of {}; {full}", bytes(disk.total_bytes));
            figure("Disk free", bytes(disk.free_bytes), note)
        }
        None => figure("Disk free", "–", "it does not say"),
    });
    figures.push(match overview.certificate_ends {
        Some(end) if end > now => {
            figure("Certificate", format!("{} days", end.duration_since(now).as_secs() / 86_400), "are left")
        }
        Some(_) => figure("Certificate", "ended", "clients refuse it"),
        None => figure("Certificate", "–", "TLS is off"),
    });
    figures.push(figure("Up for", roughly(report.uptime), format!("version {}", env!("CARGO_PKG_VERSION"))));
    figures
}

/// Availability and what is left of its budget.
pub(super) fn availability(availability: Availability) -> Vec<Figure> {
    let over = if availability.minutes >= (AVAILABILITY_DAYS * 24 - 1) * 60 {
        format!("over {AVAILABILITY_DAYS} days")
    } else {
        let known = Duration::from_secs(u64::from(availability.minutes) * 60);
        format!("since the first start, {} ago", roughly(known))
    };
    let share = match availability.share() {
        Some(share) => figure("Availability", percent(share), over),
        None => figure("Availability", "–", "known after the first whole minute"),
    };
    let budget = Availability::budget();
    let left = (budget - f64::from(availability.down())).max(0.0);
    let used = if availability.budget_left() < 0.0 { ", used up" } else { "" };
    vec![
        share,
        figure("Minutes down", grouped(u64::from(availability.down())), "planned stops included"),
        figure("Error budget left", format!("{left:.0} min"), format!("of {budget:.0} min in 30 days{used}")),
    ]
}

/// Writes a part of the whole so that it only reads 100 % if it is.
fn percent(share: f64) -> String {
    let thousandths = (share * 100_000.0).floor() / 1_000.0;
    format!("{thousandths:.3} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn availability_never_looks_better_than_it_is() {
        assert_eq!((percent(1.0).as_str(), percent(0.999_999_9).as_str()), ("100.000 %", "99.999 %"));
        let values = |minutes, up| {
            availability(Availability { minutes, up }).into_iter().map(|one| one.value).collect::<Vec<_>>()
        };
        assert_eq!(values(0, 0), ["–", "0", "43 min"]);
        assert_eq!(values(43_200, 43_190), ["99.976 %", "10", "33 min"]);
        assert_eq!(values(43_200, 0)[2], "0 min");
        assert_eq!(rate(1_350), "1.50 a second");
    }
}
