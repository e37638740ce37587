//! The command.

use super::appliance::ask;
use super::listeners;
use crate::app::doctor::{Finding, Findings, Verdict, examine};
use crate::cli::context::{Context, machine};
use crate::cli::exit::Failure;
use crate::cli::output;
use serde_json::json;

/// Looks for what is wrong with the appliance and the machine under it
///
/// One line for each check: files and their modes, the appliance itself, clock, DNS, certificate, disk space, the time
/// a synced write takes, proxy headers and listeners. Each is ok, a warning or a fault, with what was seen and what to
/// do. Works with the appliance running or stopped; ends with 1 if there is a fault.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(after_help = "Example: mainstay doctor --data-dir /var/lib/mainstay")]
pub struct Doctor {}

impl Doctor {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<(), Failure> {
        context.expect_this_machine()?;
        let directory = match context.directory() {
            Ok(directory) => directory,
            Err(failure) => {
                let mut directory = Findings::of("directory");
                let (seen, hint) = failure.told();
                directory.fault(seen, hint.unwrap_or_else(|| "check its owner and mode".to_owned()));
                return tell(context, &[directory.end()]);
            }
        };
        let loaded = context.load()?;
        let config_file = context.config_path();
        let machine = machine();
        let asking = ask(&directory, &loaded, &machine);
        let mut examined = examine(&directory, &loaded, &machine, config_file.as_deref(), asking).await;
        let listeners = listeners::check(&examined, &loaded.config).await;
        examined.findings.push(listeners);
        tell(context, &examined.findings)
    }
}

/// Shows what was found; a fault is a failure.
fn tell(context: &Context, findings: &[Finding]) -> Result<(), Failure> {
    if context.json {
        output::json(&json!(findings))?;
    } else {
        for finding in findings {
            output::line(&shown(finding))?;
        }
    }
    let faults = findings.iter().filter(|finding| finding.verdict == Verdict::Fault).count();
    match faults {
        0 => Ok(()),
        1 => Err(Failure::Failed("one check found a fault".to_owned())),
        more => Err(Failure::Failed(format!("{more} checks found faults"))),
    }
}

/// Returns a finding as one line, whatever the causes in it look like.
fn shown(finding: &Finding) -> String {
    let hint = finding.hint.as_ref().map_or_else(String::new, |hint| format!("; hint: {hint}"));
    let text = output::plain(&json!(format!("{}{hint}", finding.seen)));
    format!("{:7}  {:11}  {text}", finding.verdict.as_str(), finding.check)
}
