//! The picture.

use super::bin::Bin;
use super::unit::{GAPS, Unit};
use std::fmt::Write;

/// Size of the picture in its own units; browsers scale it to the width there is.
pub(in crate::console) const WIDTH: f64 = 480.0;
pub(in crate::console) const HEIGHT: f64 = 180.0;

/// Room for the labels beside and below the drawing.
pub(in crate::console) const LEFT: f64 = 64.0;
const RIGHT: f64 = 8.0;
pub(in crate::console) const TOP: f64 = 10.0;
pub(in crate::console) const BOTTOM: f64 = 24.0;

/// Width of all bins.
pub(in crate::console) const PLOT: f64 = WIDTH - LEFT - RIGHT;

/// Labels of times below the drawing.
const TIMES: usize = 4;

/// Width of what is drawn of a point that stands alone.
const ALONE: f64 = 6.0;

/// Part of a bin's width that its bar takes.
const BAR: f64 = 0.8;

/// How numbers are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Form {
    /// A line for each series, interrupted where nothing is known.
    Lines,
    /// The same with the room below it filled, for one series.
    Area,
    /// Bars on top of each other.
    Bars,
}

/// Numbers of one kind.
#[derive(Clone, Debug)]
struct Series {
    name: String,
    class: &'static str,
    /// One for each bin; none where nothing is known.
    values: Vec<Option<f64>>,
}

/// A chart being put together.
#[derive(Clone, Debug)]
pub(in crate::console) struct Chart {
    id: &'static str,
    title: String,
    unit: Unit,
    form: Form,
    bins: Vec<Bin>,
    series: Vec<Series>,
}

/// A chart as its template takes it.
#[derive(Clone, Debug)]
pub(in crate::console) struct Drawn {
    /// Unique on the page.
    pub(in crate::console) id: &'static str,
    pub(in crate::console) title: String,
    /// The same and the most important numbers, for who does not see it.
    pub(in crate::console) description: String,
    /// Lines across, with what stands beside them: height and text.
    pub(in crate::console) grid: Vec<(String, String)>,
    /// Times below: place, anchor and text.
    pub(in crate::console) times: Vec<(String, &'static str, String)>,
    /// What is drawn of each series: classes and outline.
    pub(in crate::console) paths: Vec<(String, String)>,
    /// Each series: class and name.
    pub(in crate::console) legend: Vec<(&'static str, String)>,
    /// Heads of the table's columns.
    pub(in crate::console) columns: Vec<String>,
    /// Lines of the table: time and numbers.
    pub(in crate::console) rows: Vec<(String, Vec<String>)>,
    /// Whether anything is known at all.
    pub(in crate::console) is_empty: bool,
}

impl Chart {
    pub(in crate::console) fn new(
        id: &'static str,
        title: impl Into<String>,
        unit: Unit,
        form: Form,
        bins: Vec<Bin>,
    ) -> Self {
        Self { id, title: title.into(), unit, form, bins, series: Vec::new() }
    }

    /// Adds a series with one value for each bin. The class is one of `console.css`: `ok`, `warn`, `bad`, `accent`,
    /// `quiet`.
    #[must_use]
    pub(in crate::console) fn with(
        mut self,
        name: impl Into<String>,
        class: &'static str,
        values: impl IntoIterator<Item = Option<f64>>,
    ) -> Self {
        let real = |value: Option<f64>| value.filter(|value| value.is_finite()).map(|value| value.max(0.0));
        let mut values: Vec<_> = values.into_iter().map(real).collect();
        values.resize(self.bins.len(), None);
        self.series.push(Series { name: name.into(), class, values });
        self
    }

    pub(in crate::console) fn draw(self) -> Drawn {
        let ceiling = self.unit.ceiling(self.highest());
        let is_empty = self.series.iter().all(|series| series.values.iter().all(Option::is_none));
        let description = self.describe(is_empty);
        let grid = (0..=GAPS).map(|step| {
            let value = ceiling * f64::from(step) / f64::from(GAPS);
            (number(height(value, ceiling)), self.unit.labelled(value))
        });
        let paths = match self.form {
            Form::Bars => self.bars(ceiling),
            Form::Lines | Form::Area => self.lines(ceiling),
        };
        let column = |series: &Series| format!("{}{}", series.name, self.unit.suffix());
        let rows = self.bins.iter().enumerate().map(|(at, bin)| {
            let value = |series: &Series| match series.values.get(at).copied().flatten() {
                Some(value) => self.unit.exact(value),
                None => "–".to_owned(),
            };
            (bin.exact.clone(), self.series.iter().map(value).collect())
        });
        Drawn {
            id: self.id,
            description,
            grid: grid.collect(),
            times: self.times(),
            paths,
            legend: self.series.iter().map(|series| (series.class, series.name.clone())).collect(),
            columns: self.series.iter().map(column).collect(),
            rows: rows.collect(),
            is_empty,
            title: self.title,
        }
    }

    /// Returns the highest that is drawn.
    fn highest(&self) -> f64 {
        let of_bin = |at: usize| {
            let values = self.series.iter().filter_map(|series| series.values.get(at).copied().flatten());
            match self.form {
                Form::Bars => values.sum::<f64>(),
                Form::Lines | Form::Area => values.fold(0.0, f64::max),
            }
        };
        (0..self.bins.len()).map(of_bin).fold(0.0, f64::max)
    }

    fn describe(&self, is_empty: bool) -> String {
        if is_empty {
            return "There are no numbers of this time.".to_owned();
        }
        let mut text = String::new();
        for series in &self.series {
            let known = || series.values.iter().flatten();
            let Some(last) = known().next_back() else { continue };
            let highest = known().copied().fold(0.0, f64::max);
            let (last, highest) = (self.unit.labelled(*last), self.unit.labelled(highest));
            write!(text, "{}: last {last}, highest {highest}. ", series.name).expect("a String takes it");
        }
        text.trim_end().to_owned()
    }

    /// Spreads a few labels below the drawing.
    fn times(&self) -> Vec<(String, &'static str, String)> {
        let count = self.bins.len();
        let places = TIMES.min(count);
        let label = |place: usize| {
            let at = if places > 1 { place * (count - 1) / (places - 1) } else { 0 };
            let anchor = match place {
                0 => "start",
                last if last + 1 == places => "end",
                _ => "middle",
            };
            let bin = self.bins.get(at)?;
            let x = match anchor {
                "start" => LEFT,
                "end" => WIDTH - RIGHT,
                _ => self.middle(at),
            };
            Some((number(x), anchor, bin.short.clone()))
        };
        (0..places).filter_map(label).collect()
    }

    fn step(&self) -> f64 {
        PLOT / float(self.bins.len().max(1))
    }

    fn middle(&self, at: usize) -> f64 {
        LEFT + self.step() * (float(at) + 0.5)
    }

    fn bars(&self, ceiling: f64) -> Vec<(String, String)> {
        let mut below = vec![0.0; self.bins.len()];
        let bar = self.step() * BAR;
        let outline = |series: &Series| {
            let mut path = String::new();
            for ((at, value), below) in series.values.iter().enumerate().zip(&mut below) {
                let value = value.unwrap_or(0.0);
                if value > 0.0 {
                    let (from, to) = (height(*below, ceiling), height(*below + value, ceiling));
                    let (x, up) = (number(self.middle(at) - bar / 2.0), number(to - from));
                    let (from, wide) = (number(from), number(bar));
                    write!(path, "M{x} {from}v{up}h{wide}V{from}z").expect("a String takes it");
                    *below += value;
                }
            }
            (format!("bar {}", series.class), path)
        };
        self.series.iter().map(outline).collect()
    }

    fn lines(&self, ceiling: f64) -> Vec<(String, String)> {
        let mut paths = Vec::new();
        for series in &self.series {
            let (mut line, mut area) = (String::new(), String::new());
            for run in Self::runs(series) {
                let alone = run.len() == 1;
                let corner = |(at, value): &(usize, f64)| {
                    let x = self.middle(*at) - if alone { ALONE / 2.0 } else { 0.0 };
                    format!("{} {}", number(x), number(height(*value, ceiling)))
                };
                let corners: Vec<_> = run.iter().map(corner).collect();
                let dash = if alone { format!("h{}", number(ALONE)) } else { String::new() };
                write!(line, "M{}{dash}", corners.join("L")).expect("a String takes it");
                if let (Form::Area, Some((first, _)), Some((last, _))) = (self.form, run.first(), run.last())
                {
                    let (first, last) = (number(self.middle(*first)), number(self.middle(*last)));
                    let floor = number(HEIGHT - BOTTOM);
                    write!(area, "M{first} {floor}L{}L{last} {floor}z", corners.join("L"))
                        .expect("a String takes it");
                }
            }
            if !area.is_empty() {
                paths.push((format!("area {}", series.class), area));
            }
            paths.push((format!("line {}", series.class), line));
        }
        paths
    }

    /// Returns the stretches without a gap.
    fn runs(series: &Series) -> Vec<Vec<(usize, f64)>> {
        let mut runs: Vec<Vec<(usize, f64)>> = Vec::new();
        let mut goes_on = false;
        for (at, value) in series.values.iter().enumerate() {
            match (value, runs.last_mut()) {
                (Some(value), Some(run)) if goes_on => run.push((at, *value)),
                (Some(value), _) => runs.push(vec![(at, *value)]),
                (None, _) => {}
            }
            goes_on = value.is_some();
        }
        runs
    }
}

/// Returns how far from above a value is drawn.
fn height(value: f64, ceiling: f64) -> f64 {
    HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value / ceiling).clamp(0.0, 1.0)
}

/// Writes a place with one decimal at most.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn bins(count: u64) -> Vec<Bin> {
        (0..count).map(|minute| Bin::of_time(Timestamp::from_micros(minute * 60_000_000))).collect()
    }

    fn chart(form: Form, values: &[Option<f64>]) -> Drawn {
        let bins = bins(values.len() as u64);
        Chart::new("c", "Things", Unit::Count, form, bins).with("all", "ok", values.iter().copied()).draw()
    }

    #[test]
    fn a_chart_without_numbers_says_so() {
        for drawn in [chart(Form::Lines, &[]), chart(Form::Bars, &[None, None]), chart(Form::Area, &[None])] {
            assert!(drawn.is_empty && drawn.description.contains("no numbers"));
            assert!(drawn.paths.iter().all(|(_, path)| path.is_empty()));
        }
        assert_eq!(chart(Form::Lines, &[None]).rows, [("1970-01-01 00:00".to_owned(), vec!["–".to_owned()])]);
    }

    #[test]
    fn one_point_is_a_dash_and_a_gap_interrupts_the_line() {
        let drawn = chart(Form::Lines, &[Some(5.0)]);
        assert_eq!(drawn.paths, [("line ok".to_owned(), "M265 10h6".to_owned())]);
        assert!(!drawn.is_empty);
        let drawn = chart(Form::Lines, &[Some(1.0), Some(2.0), None, Some(2.0)]);
        assert_eq!(drawn.paths[0].1.matches('M').count(), 2, "{drawn:?}");
        assert!(drawn.paths[0].1.ends_with("h6"));
        let area = chart(Form::Area, &[Some(1.0), Some(2.0)]);
        assert!(area.paths[0].0 == "area ok" && area.paths[0].1.ends_with('z'));
    }

    #[test]
    fn bars_stand_on_each_other_and_nothing_leaves_the_drawing() {
        let huge = [Some(0.0), Some(1.8e19), Some(f64::INFINITY), Some(f64::NAN), Some(-5.0)];
        let chart = Chart::new("c", "Things", Unit::Count, Form::Bars, bins(5));
        let drawn = chart.with("a", "ok", huge).with("b", "bad", huge).draw();
        let both = drawn.paths.iter().map(|(_, path)| path.as_str()).collect::<Vec<_>>();
        assert!(both.iter().all(|path| path.matches('M').count() == 1), "{both:?}");
        assert!(both[0].contains('M') && !both.concat().contains("NaN") && !both.concat().contains("inf"));
        assert_eq!(drawn.rows[2].1, ["–", "–"]);
        let first: f64 = both[0].split(&['v', 'h'][..]).nth(1).unwrap().parse().unwrap();
        let second: f64 = both[1].split(&['v', 'h'][..]).nth(1).unwrap().parse().unwrap();
        assert!((first - second).abs() < 0.2 && first + second >= -(HEIGHT - TOP - BOTTOM) - 0.2);
    }

    #[test]
    fn the_axis_begins_at_nothing_and_times_stand_at_both_ends() {
        let drawn = chart(Form::Bars, &[Some(1.0); 60]);
        let labels: Vec<_> = drawn.grid.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(labels, ["0", "1", "2"]);
        let times: Vec<_> = drawn.times.iter().map(|(_, anchor, text)| (*anchor, text.as_str())).collect();
        assert_eq!(times, [("start", "00:00"), ("middle", "00:19"), ("middle", "00:39"), ("end", "00:59")]);
        assert_eq!(drawn.description, "all: last 1, highest 1.");
        assert_eq!(drawn.columns, ["all"]);
    }

    #[derive(askama::Template)]
    #[template(
        source = "{% import \"console/chart.html\" as charts %}{% call charts::chart(drawn) %}{% endcall %}",
        ext = "html"
    )]
    struct Page {
        drawn: Drawn,
    }

    #[test]
    fn a_page_shows_picture_legend_and_table_without_styles_of_its_own() {
        let chart = Chart::new("c", "<b>Things</b>", Unit::Share, Form::Lines, bins(2));
        let drawn = chart.with("x<y", "ok", [Some(0.5), None]).with("z", "bad", [None, Some(0.25)]).draw();
        let page = askama::Template::render(&Page { drawn }).unwrap();
        for part in [
            r#"role="img" aria-labelledby="c-title c-desc""#,
            r#"<li class="ok">x&#60;y</li>"#,
            r#"<th scope="row">1970-01-01 00:01<td>–<td>25.00"#,
            r#"<path class="line bad" d="M"#,
            r#"data-left="64" data-plot="408""#,
            r#"<th scope="col">z (%)"#,
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(!page.contains("<b>") && !page.contains("style="), "{page}");
    }

    #[test]
    fn too_few_values_are_gaps_and_too_many_are_left_out() {
        let chart = |count: usize| {
            Chart::new("c", "t", Unit::Milliseconds, Form::Lines, bins(3)).with(
                "a",
                "ok",
                vec![Some(1.0); count],
            )
        };
        assert_eq!(chart(1).draw().rows[2].1, ["–"]);
        assert_eq!(chart(9).draw().rows.len(), 3);
    }
}
