//! Charts of what was kept.

use crate::console::chart::{Bin, Chart, Drawn, Form, Unit};
use crate::console::words::roughly;
use crate::domain::series::Sample;
use crate::services::series::{Binned, Span};

pub(super) fn charts(span: Span, bins: &[Binned]) -> Vec<Drawn> {
    let each = roughly(span.bin());
    let each = if each == "60 s" { "minute" } else { &each };
    let of = |id, title: &str, unit, form| Chart::new(id, title, unit, form, names(span, bins));
    let counts = |id, title: &str| of(id, &format!("{title} each {each}"), Unit::Count, Form::Bars);
    let values = |value: fn(&Sample) -> Option<f64>| {
        bins.iter().map(move |bin| bin.sample.as_ref().and_then(value)).collect::<Vec<_>>()
    };
    let charts = [
        counts("chart-requests", "Requests")
            .with("2xx", "ok", values(|sample| count(sample.answered.success)))
            .with("3xx", "quiet", values(|sample| count(sample.answered.redirected)))
            .with("4xx", "warn", values(|sample| count(sample.answered.refused)))
            .with("429", "accent", values(|sample| count(sample.answered.limited)))
            .with("5xx", "bad", values(|sample| count(sample.answered.failed))),
        counts("chart-events", "Events")
            .with("stored", "ok", values(|sample| count(sample.taken.stored)))
            .with("repeats", "quiet", values(|sample| count(sample.taken.repeated)))
            .with("refused", "bad", values(|sample| count(sample.taken.refused))),
        of("chart-latency", "Time of a request", Unit::Milliseconds, Form::Lines)
            .with("median", "accent", values(|sample| sample.latencies.percentile_ms(50)))
            .with("95 % within", "warn", values(|sample| sample.latencies.percentile_ms(95))),
        of("chart-errors", "Share of requests that failed (5xx)", Unit::Share, Form::Area).with(
            "failed",
            "bad",
            values(Sample::error_share),
        ),
        of("chart-processor", "Processor (100 % is one processor)", Unit::Share, Form::Area).with(
            "used",
            "accent",
            values(Sample::cpu_share),
        ),
        of("chart-memory", "Resident memory", Unit::Bytes, Form::Area).with(
            "used",
            "accent",
            values(|sample| count(sample.resident_bytes)),
        ),
        of("chart-connections", "Most open connections", Unit::Count, Form::Area).with(
            "open",
            "accent",
            values(|sample| count(sample.connections)),
        ),
        of("chart-disk", "Free space on the disk", Unit::Bytes, Form::Area).with(
            "free",
            "ok",
            values(|sample| sample.disk_free_bytes.and_then(count)),
        ),
    ];
    charts.map(Chart::draw).into()
}

fn names(span: Span, bins: &[Binned]) -> Vec<Bin> {
    let name = match span {
        Span::Quarter | Span::Hour | Span::Day => Bin::of_time,
        Span::Week => Bin::of_hours,
        Span::Season => Bin::of_day,
    };
    bins.iter().map(|bin| name(bin.begin)).collect()
}

#[expect(clippy::cast_precision_loss, clippy::unnecessary_wraps, reason = "as a chart's value of few digits")]
fn count(number: u64) -> Option<f64> {
    Some(number as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn charts_of_nothing_are_empty_and_the_title_says_how_long_a_bar_is() {
        let bins: Vec<_> = (0..48)
            .map(|at| Binned { begin: Timestamp::from_micros(at * 1_800_000_000), sample: None })
            .collect();
        let drawn = charts(Span::Day, &bins);
        assert!(drawn.len() == 8 && drawn.iter().all(|chart| chart.is_empty && chart.rows.len() == 48));
        assert_eq!(drawn[0].title, "Requests each 30 min");
        assert_eq!(charts(Span::Hour, &bins)[1].title, "Events each minute");
        assert_eq!(charts(Span::Season, &bins)[1].title, "Events each 2 days");
    }
}
