//! Who asks: a person with roles, or Aisle itself.

use serde::{Deserialize, Serialize};

use crate::id::Subject;

/// What a token allows its bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Books seats.
    Customer,
    /// Creates events and runs their sale.
    Organiser,
    /// Reads history.
    Analyst,
    /// May do everything.
    Admin,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Customer, Self::Organiser, Self::Analyst, Self::Admin];

    /// The name in tokens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Organiser => "organiser",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }
}

/// On whose behalf a command comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The bearer of a token.
    Person {
        /// The token's subject.
        subject: Subject,
        /// The token's roles.
        roles: Vec<Role>,
    },
    /// A process manager or a verified webhook: may do what the process needs.
    System,
}

impl Actor {
    /// Whether it has this role; an admin has every role, and so has the system.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        match self {
            Self::Person { roles, .. } => roles.contains(&role) || roles.contains(&Role::Admin),
            Self::System => true,
        }
    }

    /// Whether it is this person.
    #[must_use]
    pub fn is(&self, other: &Subject) -> bool {
        matches!(self, Self::Person { subject, .. } if subject == other)
    }
}
