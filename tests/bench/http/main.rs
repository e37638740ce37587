//! The appliance over HTTP beside a bare axum endpoint, under the same load, as a table of ratios and floors.
//!
//! `cargo bench --bench http` runs every scenario; `cargo bench --bench http -- plain-64 tls-64` those named, and
//! `-- calibrate` sets the bare endpoint against itself, which shows how far ratios on this machine can be trusted.
//! Three kinds of process take part: this one (starts the others, computes, prints), the servers (the `mainstay`
//! binary as shipped, and the bare endpoint) and the load generator, fresh for every round. The last two, and
//! the crowd of idle clients, are this executable again, with an argument. A missed floor ends in exit code 1.
//!
//! - `MAINSTAY_BENCH_ROUNDS` (5) and `MAINSTAY_BENCH_SECONDS` (10) shorten a run.
//! - `MAINSTAY_BENCH_BINARY` names another `mainstay` binary, such as the static one of a release.

#![expect(clippy::cast_precision_loss, reason = "rates and ratios are read by people, to three digits")]

/// Numbers as people read them.
mod figures;

/// Latencies counted in buckets.
mod histogram;

/// What the parent asks of the load generator, and what comes back.
mod plan;

/// The request's bytes, and as much of the answer as the generator needs.
mod wire;

/// One connection's conversation, request by request.
mod talk;

/// One connection's conversation, line by line in one request.
mod stream;

/// The load generator.
mod load;

/// Child processes: their memory and their end.
mod process;

/// The endpoint that stores nothing.
mod bare;

/// The real server, from an empty directory to its address.
mod appliance;

/// How long one fdatasync takes here.
mod disk;

/// Many who come and want nothing.
mod crowd;

/// Rounds of two sides in turn, and their medians.
mod rounds;

/// The table for people.
mod table;

/// The scenarios and their floors.
mod scenario;

use std::io::{self, Write};
use std::process::ExitCode;

/// The product's allocator: the bare endpoint must not lose or win by another one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever went wrong, told once, at the end.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [bare::ARGUMENT, directory @ ..] => bare::serve(directory.first().copied()),
        [load::ARGUMENT, plan] => load::run_and_print(plan),
        [crowd::ARGUMENT, crowd] => crowd::run(crowd),
        _ => measure(&arguments),
    };
    result.unwrap_or_else(|failure| {
        note(&format!("error: {failure}"));
        ExitCode::FAILURE
    })
}

/// Runs the scenarios named. Cargo adds `--bench` when it benchmarks; without it this is a test run of all targets,
/// which must not measure anything.
fn measure(arguments: &[&str]) -> Result<ExitCode, Failure> {
    if !arguments.contains(&"--bench") {
        note("nothing measured; hint: cargo bench --bench http");
        return Ok(ExitCode::SUCCESS);
    }
    let names: Vec<&str> = arguments.iter().copied().filter(|argument| *argument != "--bench").collect();
    let extent = rounds::Extent::from_environment()?;
    let machine = table::Machine::now();
    let rows = scenario::run(extent, &names)?;
    io::stdout().write_all(table::render(&machine, extent, &rows).as_bytes())?;
    let missed = rows.iter().filter(|row| !row.is_met()).count();
    if missed > 0 {
        note(&format!("error: {missed} of {} rows missed a floor", rows.len()));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells a person how far the run is; standard output carries only the table.
fn note(line: &str) {
    // A closed terminal must not end the measurement.
    let _ = writeln!(io::stderr(), "{line}");
}
