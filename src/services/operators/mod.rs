//! The people who run the appliance: accounts, logins, second factors, sessions, and the link for the first of them.

/// Hashing passwords, few at a time.
mod passwords;

/// Proof that a password was typed just now.
mod confirmed;

/// Sessions.
mod sessions;

/// Accounts.
mod accounts;

/// Logging in.
mod login;

/// Setting up the second factor.
mod enrolment;

/// The link for the first owner.
mod first_run;

pub use self::accounts::{NewOperator, NewPassword, OperatorChange, Operators};
pub use self::confirmed::Confirmed;
pub use self::enrolment::{Enrolments, Offer};
pub use self::first_run::{FirstRun, LinkRefusal};
pub use self::login::{Attempt, LoginRefusal, Logins};
pub use self::passwords::Passwords;
pub use self::sessions::{Begun, Sessions, SignedIn};
