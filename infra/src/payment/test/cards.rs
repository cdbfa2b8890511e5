//! The test cards and what becomes of a payment by each.
//!
//! | Number              | What becomes of it                                       |
//! |---------------------|----------------------------------------------------------|
//! | 4242 4242 4242 4242 | captured at once                                         |
//! | 4000 0000 0000 0002 | declined at once: `card_declined`                        |
//! | 4000 0000 0000 9995 | declined at once: `insufficient_funds`                   |
//! | 4000 0000 0000 0077 | captured after 3 s                                       |
//! | 4000 0000 0000 3220 | captured late (20 s unless configured), after the hold   |
//! | 4000 0000 0000 0259 | captured at once, told twice                             |
//! | 4000 0000 0000 0069 | declined after 3 s: `card_declined`                      |
//! | any other           | declined at once: `unknown_test_card`                    |

use jiff::SignedDuration;

use super::super::MethodToken;

/// How long a slow card takes.
const SLOW: SignedDuration = SignedDuration::from_secs(3);

/// A card that decides what becomes of the payments by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestCard {
    /// Captured at once.
    Success,
    /// Declined at once.
    Declined,
    /// Declined at once, for want of money.
    InsufficientFunds,
    /// Captured after 3 s.
    Slow,
    /// Captured after the hold has expired.
    Late,
    /// Captured at once, and told twice.
    Duplicate,
    /// Declined after 3 s.
    SlowDecline,
    /// A valid number that is no test card's: declined at once.
    Unknown,
}

/// What becomes of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The money is here.
    Captured,
    /// It failed, for this reason.
    Declined(&'static str),
}

impl TestCard {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Success,
        Self::Declined,
        Self::InsufficientFunds,
        Self::Slow,
        Self::Late,
        Self::Duplicate,
        Self::SlowDecline,
        Self::Unknown,
    ];

    /// Its number; for [`TestCard::Unknown`] one of many.
    #[must_use]
    pub const fn number(self) -> &'static str {
        match self {
            Self::Success => "4242424242424242",
            Self::Declined => "4000000000000002",
            Self::InsufficientFunds => "4000000000009995",
            Self::Slow => "4000000000000077",
            Self::Late => "4000000000003220",
            Self::Duplicate => "4000000000000259",
            Self::SlowDecline => "4000000000000069",
            Self::Unknown => "4111111111111111",
        }
    }

    /// The token that stands for it.
    #[must_use]
    pub fn token(self) -> MethodToken {
        MethodToken::known(self.token_text())
    }

    const fn token_text(self) -> &'static str {
        match self {
            Self::Success => "test:success",
            Self::Declined => "test:declined",
            Self::InsufficientFunds => "test:insufficient_funds",
            Self::Slow => "test:slow",
            Self::Late => "test:late",
            Self::Duplicate => "test:duplicate",
            Self::SlowDecline => "test:slow_decline",
            Self::Unknown => "test:unknown",
        }
    }

    /// The card of a number of digits only.
    pub(super) fn of_number(number: &str) -> Self {
        Self::ALL.into_iter().find(|card| card.number() == number).unwrap_or(Self::Unknown)
    }

    pub(super) fn of_token(token: &MethodToken) -> Option<Self> {
        Self::ALL.into_iter().find(|card| card.token_text() == token.as_str())
    }

    pub(super) const fn verdict(self) -> Verdict {
        match self {
            Self::Success | Self::Slow | Self::Late | Self::Duplicate => Verdict::Captured,
            Self::Declined | Self::SlowDecline => Verdict::Declined("card_declined"),
            Self::InsufficientFunds => Verdict::Declined("insufficient_funds"),
            Self::Unknown => Verdict::Declined("unknown_test_card"),
        }
    }

    pub(super) const fn delay(self, late: SignedDuration) -> SignedDuration {
        match self {
            Self::Slow | Self::SlowDecline => SLOW,
            Self::Late => late,
            _ => SignedDuration::ZERO,
        }
    }

    /// How often the outcome is told.
    pub(super) const fn tellings(self) -> usize {
        match self {
            Self::Duplicate => 2,
            _ => 1,
        }
    }
}
