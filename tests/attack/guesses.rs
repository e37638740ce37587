//! Floods of guesses: passwords, tokens and signatures.

use crate::appliance::{Appliance, BAD_SIGNATURE, Edge};
use crate::good::sign_in_again;
use crate::siege::{ATTACKERS, Siege, duration};
use crate::wire::{attacker, http_client};
use reqwest::{Client, RequestBuilder};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Requests at once from each attacker.
const AT_ONCE: usize = 4;

/// Time between two requests of one attacker's connection: a guesser that is refused at once must not be what keeps a
/// small machine busy.
const PAUSE: Duration = Duration::from_millis(5);

/// Failures that block, and those that may have been under way meanwhile.
const JUDGED_MAX: usize = 10 + AT_ONCE;

/// Guesses at a name that nothing delays.
const FREE_GUESSES: u32 = 5;

/// Most mebibytes that a flood of guesses may take: two passwords at once and their queue.
const GROWTH_MIB_MAX: u64 = 96;

/// A token that could be one.
const BAD_TOKEN: &str = "mst_aaaaaaaaaaaaaaaa_bbbb";

/// The statuses that an attacker was answered, with how often.
type Statuses = BTreeMap<u16, usize>;

/// Lets every attacker send the same request again and again; returns what each was answered.
async fn guess(request: impl Fn(&Client, usize) -> RequestBuilder + Clone + Send + 'static) -> Vec<Statuses> {
    let until = Instant::now() + duration();
    let mut guessers = JoinSet::new();
    for number in 0..ATTACKERS * AT_ONCE {
        let request = request.clone();
        guessers.spawn(async move {
            let client = http_client(attacker(number), None).build().unwrap();
            let mut statuses = Statuses::new();
            while Instant::now() < until {
                if let Ok(answer) = request(&client, number).send().await {
                    *statuses.entry(answer.status().as_u16()).or_default() += 1;
                }
                tokio::time::sleep(PAUSE).await;
            }
            (number % ATTACKERS, statuses)
        });
    }
    let mut all = vec![Statuses::new(); ATTACKERS];
    while let Some(guesser) = guessers.join_next().await {
        let (number, statuses) = guesser.unwrap();
        for (status, count) in statuses {
            *all[number].entry(status).or_default() += count;
        }
    }
    eprintln!("  the first attacker was answered {:?}", all[0]);
    all
}

/// Returns how many answers of a status all attackers got.
fn total(all: &[Statuses], status: u16) -> usize {
    all.iter().filter_map(|statuses| statuses.get(&status)).sum()
}

/// Posts the form of the sign-in page.
fn sign_in(client: &Client, url: &str, name: &str) -> RequestBuilder {
    let request = client.post(url).header("content-type", "application/x-www-form-urlencoded");
    request.body(format!("name={name}&password=wrong+wrong+wrong"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_guesses_at_the_owners_password_few_are_judged() {
    let appliance = Appliance::start(Edge::Plain, &[]).await;
    let mut siege = Siege::begin(&appliance).await;
    let url = format!("http://{}/login", appliance.address);
    let all = guess(move |client, _number| sign_in(client, &url, "owner")).await;
    // After those that are free, each waits twice as long as the one before.
    let seconds = u32::try_from(duration().as_secs()).unwrap();
    let judged_max = FREE_GUESSES + (seconds + 1).ilog2() + 2;
    let judged = total(&all, 403);
    siege.check(judged > 0 && judged <= judged_max as usize, || {
        format!("{judged} guesses were judged, not 1 to {judged_max}: {all:?}")
    });
    siege.check(total(&all, 303) == 0, || "a wrong password was taken".to_owned());
    siege.end(GROWTH_MIB_MAX).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_many_names_keep_nobody_out() {
    let appliance = Appliance::start(Edge::Plain, &[]).await;
    let mut siege = Siege::begin(&appliance).await;
    let url = format!("http://{}/login", appliance.address);
    let began = Instant::now();
    let name = move |number: usize| format!("name-{number}-{}", began.elapsed().as_micros());
    let guesses = guess(move |client, number| sign_in(client, &url, &name(number)));
    let owner = async {
        tokio::time::sleep(duration() / 2).await;
        sign_in_again(&appliance).await
    };
    let (all, let_in) = tokio::join!(guesses, owner);
    siege.check(let_in.is_ok(), || format!("the owner was not let in: {let_in:?}"));
    siege.check(total(&all, 303) == 0, || "a wrong password was taken".to_owned());
    siege.end(GROWTH_MIB_MAX).await;
}

/// Attacks from behind a proxy, whose clients are addresses of their own that may be blocked; loopback never is.
async fn attack_from_afar(
    request: impl Fn(&Client, &str) -> RequestBuilder + Clone + Send + 'static,
    judged: u16,
) {
    let appliance = Appliance::start(Edge::Plain, &["limits.trusted_proxies=127.0.0.0/8"]).await;
    let base = format!("http://{}", appliance.address);
    let mut siege = Siege::begin(&appliance).await;
    let from_afar = move |client: &Client, number: usize| {
        request(client, &base).header("x-forwarded-for", format!("203.0.113.{}", number % ATTACKERS))
    };
    for statuses in guess(from_afar).await {
        let judged = statuses.get(&judged).copied().unwrap_or_default();
        let others = statuses.keys().filter(|status| ![401, 403, 429].contains(*status)).count();
        siege.check((1..=JUDGED_MAX).contains(&judged) && others == 0, || {
            format!("{judged} guesses of an attacker were judged, not 1 to {JUDGED_MAX}: {statuses:?}")
        });
    }
    siege.end(GROWTH_MIB_MAX).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_tokens_block_those_who_guess_alone() {
    let request =
        |client: &Client, base: &str| client.get(format!("{base}/v1/events")).bearer_auth(BAD_TOKEN);
    attack_from_afar(request, 401).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_signatures_block_those_who_guess_alone() {
    let request = |client: &Client, base: &str| {
        let request = client.post(format!("{base}/in/acme/pos")).header("content-type", "application/json");
        request.header("x-signature", BAD_SIGNATURE).body("{}")
    };
    attack_from_afar(request, 403).await;
}
