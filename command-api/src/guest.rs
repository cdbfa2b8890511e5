//! What guests are called.

use aisle_domain::id::Subject;
use aisle_infra::clock::Ids;

/// What all subjects of guests begin with. No other source of tokens gives such names out.
const GUEST: &str = "guest-";

/// What the subjects of accounts begin with that were nobody's before.
const ACCOUNT: &str = "account-";

/// Whether a subject was a guest's when it was made. It may have an account by now.
pub(crate) fn is_guest(subject: &Subject) -> bool {
    subject.as_str().starts_with(GUEST)
}

/// The subject of a new guest.
pub(crate) fn new_guest(ids: &dyn Ids) -> Subject {
    named(GUEST, ids)
}

/// The subject of a new account.
pub(crate) fn new_account(ids: &dyn Ids) -> Subject {
    named(ACCOUNT, ids)
}

fn named(prefix: &str, ids: &dyn Ids) -> Subject {
    let name = format!("{prefix}{}", ids.next());
    Subject::try_new(name).unwrap_or_else(|_| unreachable!("a short line of text"))
}
